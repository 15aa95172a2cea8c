"""Addresses of the desks for signing in by institutions, and of their directories."""

from django.urls import path

from linkspan.web import backchannel, directories, providers

SIGN_IN = [
    path("desk/sign-in/", providers.mine),
    path("desk/<str:school>/sign-in/", providers.providers),
    path("desk/<str:school>/directory/", directories.directory),
    path("desk/<str:school>/sign-in/saml/", providers.by_saml),
    path("desk/<str:school>/sign-in/<uuid:provider_id>/", providers.one),
    path("accounts/oidc/<uuid:provider_id>/backchannel/", backchannel.backchannel),
]
