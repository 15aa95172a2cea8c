"""Every address of the site."""

from importlib.util import find_spec

from django.urls import include, path

from linkspan.api.app import api

urlpatterns = [path("accounts/", include("allauth.urls")), path("api/v1/", api.urls)]
if find_spec("linkspan.web.urls"):
    urlpatterns.append(path("", include("linkspan.web.urls")))
