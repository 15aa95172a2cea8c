"""Every address of the site."""

from importlib.util import find_spec

from django.urls import include, path

urlpatterns = [path("accounts/", include("allauth.urls"))]
if find_spec("linkspan.web.urls"):
    urlpatterns.append(path("", include("linkspan.web.urls")))
