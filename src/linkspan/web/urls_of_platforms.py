"""The addresses of learning platforms: connections, comparisons with the record, and whose usernames are."""

from django.urls import path

from linkspan.web import comparisons, platforms, usernames

PLATFORMS = [
    path("desk/platforms/", platforms.mine),
    path("desk/<str:school>/platforms/", platforms.platforms),
    path("desk/<str:school>/platforms/<uuid:platform_id>/", platforms.one),
    path("desk/comparisons/<uuid:comparison_id>/", comparisons.comparison),
    path("desk/comparisons/lines/<uuid:line_id>/", comparisons.line),
    path("desk/usernames/", usernames.desk),
    path("desk/usernames/<uuid:username_id>/", usernames.one),
    path("account/usernames/", usernames.mine),
]
