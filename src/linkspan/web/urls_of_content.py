"""Addresses of course content, in frames without the site's origin."""

from django.urls import path

from linkspan.web import content, content_blocks

CONTENT = [
    path("content/<str:token>/unit/<str:name>/", content.frame),
    path("content/<str:token>/unit/<str:name>/transcript/<str:language>/", content.transcript),
    path("content/<str:token>/unit/<str:name>/block/", content_blocks.block),
    path("content/<str:token>/block/<str:kind>/<path:name>", content_blocks.resource),
    path("content/<str:token>/static/<path:name>", content.asset),
    path("content/<str:token>/part/<path:name>", content.part),
]
