"""Addresses of the desk of courses: their content, previews, cohorts, points; `urls` has them all."""

from django.urls import path

from linkspan.web import (
    authoring,
    cohorts,
    course_about,
    course_points,
    discussion_desk,
    extensions,
    previews,
    studying,
)

TEACHING = [
    path("desk/courses/<str:run_id>/announcements/", studying.desk),
    path("desk/courses/", authoring.desk),
    path("desk/courses/<str:run_id>/discussion/", discussion_desk.desk),
    path("desk/courses/trials/<uuid:trial_id>/", authoring.trial),
    path("desk/courses/trials/<uuid:trial_id>/grades.csv", authoring.grades),
    path("desk/courses/trials/<uuid:trial_id>/findings.csv", authoring.findings),
    path("desk/courses/<str:run_id>/", authoring.run),
    path("desk/courses/<str:run_id>/about/", course_about.edit),
    path("desk/courses/<str:run_id>/preview/", previews.outline),
    path("desk/courses/<str:run_id>/preview/<str:name>/", previews.unit),
    path("desk/courses/<str:run_id>/trial/again/", previews.again),
    path("desk/courses/<str:run_id>/trial/<str:name>/answer/", previews.answer),
    path("desk/courses/<str:run_id>/trial/<str:name>/handle/", previews.handle),
    path("desk/courses/<str:run_id>/preview/<str:name>/to/", previews.to),
    path("desk/courses/<str:run_id>/extensions/", extensions.extensions),
    path("desk/courses/<str:run_id>/cohorts/", cohorts.cohorts),
    path("desk/courses/<str:run_id>/points/", course_points.points),
    path("desk/courses/scorings/<uuid:rescore_id>/", course_points.scoring),
    path("desk/courses/scorings/<uuid:rescore_id>/changes.csv", course_points.changes),
    path("desk/courses/<str:run_id>/versions/<uuid:version_id>/export/", authoring.export),
    path("desk/courses/<str:run_id>/compare/<uuid:before>/<uuid:after>/", authoring.compare),
]
