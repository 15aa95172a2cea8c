"""The addresses of what issuers publish, and of whom a school relies on; `web.urls` takes them in."""

from django.urls import path

from linkspan.web import issuers, looks, trust

PATHS = [
    path("desk/look/", looks.mine),
    path("desk/look/<str:school>/", looks.look),
    path("desk/look/<str:school>/signatories/", looks.enter),
    path("desk/look/<str:school>/signatories/<uuid:signatory_id>/end/", looks.end),
    path("desk/look/<str:school>/draft/certificate.png", looks.certificate, {"shown": "draft"}),
    path("desk/look/<str:school>/now/certificate.png", looks.certificate, {"shown": "now"}),
    path("desk/look/<str:school>/draft/badge.png", looks.badge, {"shown": "draft"}),
    path("desk/look/<str:school>/now/badge.png", looks.badge, {"shown": "now"}),
    path("issuers/<str:code>/mark.svg", looks.mark),
    path("desk/trust/", trust.mine),
    path("desk/trust/<str:school>/", trust.sources),
    path("desk/trust/<str:school>/federation/", trust.federation),
    path("desk/trust/<str:school>/keys/", trust.keys),
    path("desk/trust/<str:school>/<uuid:source_id>/", trust.one),
    path("credentials/<uuid:credential_id>/receipt.json", issuers.receipt),
    path("status/<uuid:list_id>/token/", issuers.status_token),
    path("status/<uuid:list_id>/<str:purpose>/", issuers.status_list),
    path(".well-known/did.json", issuers.own_did_document),
    path(".well-known/openid-federation", issuers.own_entity_statement),
    path("i/<str:code>/.well-known/openid-federation", issuers.entity_statement),
    path("i/<str:code>/did.json", issuers.did_document),
    path("i/<str:code>/log/", issuers.log),
    path("i/<str:code>/log/head.json", issuers.log_head),
    path("i/<str:code>/log/consistency/<int:older>.json", issuers.log_consistency),
    path("i/<str:code>/log/controllers.json", issuers.log_controllers),
    path("i/<str:code>/log/entries/<int:begin>.json", issuers.log_entries),
    path("registry.json", issuers.registry),
    path("dcc-registry.json", issuers.dcc_registry),
    path("schemas/<str:name>.json", issuers.schema),
]
