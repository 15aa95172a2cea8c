"""Every address of the site."""

from django.conf import settings
from django.urls import include, path

from linkspan.api.app import api
from linkspan.site import demo
from linkspan.site.health import health

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("health/", health),
    path("", include("linkspan.web.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/sign-in/<str:token>/", demo.sign_in))
