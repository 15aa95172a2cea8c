"""The addresses by which people come in by their institutions, and join two accounts; `urls` names them all."""

from django.urls import path

from linkspan.web import connect, connected, merging, partners, saml

WAYS_IN = [
    path("accounts/oidc/<uuid:provider_id>/login/", connect.start),
    path("accounts/oidc/<uuid:provider_id>/login/callback/", connect.callback),
    path("accounts/saml/<uuid:provider_id>/login/", saml.start),
    path("accounts/saml/<uuid:provider_id>/acs/", saml.acs),
    path("accounts/saml/<uuid:provider_id>/acs/finish/", saml.finish),
    path("accounts/saml/<uuid:provider_id>/sls/", saml.sls),
    path("accounts/saml/<uuid:provider_id>/metadata/", saml.metadata),
    path("accounts/3rdparty/", connect.connections),
    path("accounts/connect/", connect.connect),
    path("accounts/connected/<uuid:provider_id>/", connect.connected),
    path("accounts/signed-out/<uuid:provider_id>/", connect.signed_out),
    path("connected/", connected.mine),
    path("connected/authorise/", connected.authorise),
    path("account/join/", merging.mine),
    path("account/join/<str:token>/", merging.proof),
    path("desk/partners/<str:school>/", partners.partners),
    path("desk/joins/", merging.desk),
    path("desk/joins/<uuid:merge_id>/", merging.one),
]
