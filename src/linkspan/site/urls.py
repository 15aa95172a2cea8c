"""Every address of the site."""

from django.conf import settings
from django.urls import include, path

from linkspan.api import applications, edx_proctoring, lti, openbadges, openid, openid4vci, scim
from linkspan.api.app import api
from linkspan.site import demo

CALLBACKS = "api/edx_proctoring/v1/proctored_exam/attempt/<str:external_id>"
urlpatterns = [
    path(
        ".well-known/openid-credential-issuer/api/v1/openid4vci/<str:code>",
        openid4vci.issuer_metadata,
        name="openid4vci-issuer",
    ),
    path(
        ".well-known/oauth-authorization-server/api/v1/openid4vci/<str:code>",
        openid4vci.server_metadata,
        name="openid4vci-server",
    ),
    path(
        "api/v1/openid4vci/<str:code>/.well-known/openid-credential-issuer",
        openid4vci.issuer_metadata,
        name="openid4vci-issuer_below",
    ),
    path("i/<str:code>/credential-type", openid4vci.credential_type, name="openid4vci-credential_type"),
    path("oauth2/access_token", edx_proctoring.token_there, name="edx_proctoring-token"),
    path(f"{CALLBACKS}/ready", edx_proctoring.ready_there, name="edx_proctoring-ready"),
    path(f"{CALLBACKS}/reviewed", edx_proctoring.reviewed_there, name="edx_proctoring-reviewed"),
    path("api/v1/lti/token", lti.token_there, name="lti-token"),
    path("api/v1/lti/control", lti.control_there, name="lti-control"),
    path("scim/v2/ServiceProviderConfig", scim.service_provider_config, name="scim-config"),
    path("scim/v2/ResourceTypes", scim.resource_types, name="scim-types"),
    path("scim/v2/Schemas", scim.schema_list, name="scim-schemas"),
    path("scim/v2/Users", scim.users, name="scim-users"),
    path("scim/v2/Users/<str:held>", scim.user, name="scim-user"),
    path("scim/v2/Groups", scim.groups, name="scim-groups"),
    path("scim/v2/Groups/<str:held>", scim.group, name="scim-group"),
    path(".well-known/oauth-authorization-server", applications.server_metadata, name="openbadges-server"),
    path(".well-known/openid-configuration", openid.configuration, name="openid-configuration"),
    path("openid/keys", openid.keys, name="openid-keys"),
    path("openid/userinfo", openid.userinfo, name="openid-userinfo"),
    path("ims/oauth/register", applications.register, name="openbadges-register"),
    path("ims/oauth/push", applications.push, name="openbadges-push"),
    path("ims/oauth/token", applications.token, name="openbadges-token"),
    path("ims/oauth/revoke", applications.revoke, name="openbadges-revoke"),
    path("ims/ob/v3p0/discovery", openbadges.badge_discovery, name="openbadges-discovery"),
    path("ims/ob/v3p0/credentials", openbadges.badge_credentials, name="openbadges-credentials"),
    path("ims/ob/v3p0/profile", openbadges.badge_profile, name="openbadges-profile"),
    path("ims/clr/v2p0/discovery", openbadges.record_discovery, name="openbadges-record_discovery"),
    path("ims/clr/v2p0/credentials", openbadges.record_credentials, name="openbadges-record_credentials"),
    path("ims/clr/v2p0/profile", openbadges.record_profile, name="openbadges-record_profile"),
    path("api/v1/", api.urls),
    path("", include("linkspan.web.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/3rdparty/", include("allauth.socialaccount.urls")),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
handler400 = "linkspan.web.refusals.damaged"
handler500 = "linkspan.site.away.broken"
if settings.DEMO:
    urlpatterns.append(path(f"{demo.PLACE}<str:token>/", demo.sign_in, name="demo-sign_in"))
