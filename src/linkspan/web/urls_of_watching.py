"""Addresses of exams that somebody watches: our proctors in a live room, or a service of others."""

from django.urls import path

from linkspan.web import (
    exam_lti,
    exam_room,
    exam_services,
    exam_timeline,
    exam_watch,
    exam_watched,
    exam_watched_desk,
    exam_ways,
)

WATCHING = [
    path("exams/attempts/<uuid:attempt_id>/decline/", exam_watch.decline),
    path("desk/exams/<uuid:attempt_id>/intervene/", exam_watch.intervene),
    path("exams/<str:code>/watching/", exam_watched.how),
    path("exams/<str:code>/practice/", exam_watched.practise),
    path("exams/practice/<uuid:session_id>/finish/", exam_watched.finish),
    path("exams/attempts/<uuid:attempt_id>/ask-again/", exam_watched.ask_again),
    path("desk/exams/<uuid:attempt_id>/other-way/", exam_watched_desk.other_way),
    path("desk/exams/<uuid:attempt_id>/recording/", exam_watched_desk.recording),
    path("lti/authorise/", exam_lti.authorise),
    path("lti/start/", exam_lti.start_assessment),
    path("exams/attempts/<uuid:attempt_id>/service/", exam_lti.launch),
    path("exams/attempts/<uuid:attempt_id>/service/begin/", exam_lti.begin),
    path("exams/<str:code>/another-way/", exam_ways.mine),
    path("exams/<str:code>/timeline/", exam_room.consent),
    path("exams/attempts/<uuid:attempt_id>/room/", exam_room.hear),
    path("exams/attempts/<uuid:attempt_id>/help/", exam_room.ask),
    path("exams/attempts/<uuid:attempt_id>/timeline/", exam_timeline.one),
    path("desk/sittings/<uuid:sitting_id>/room/", exam_room.sitting),
    path("desk/sittings/<uuid:sitting_id>/room/news/", exam_room.news),
    path("desk/sittings/<uuid:sitting_id>/room/all/", exam_room.tell_all),
    path("desk/exams/<uuid:attempt_id>/message/", exam_room.tell),
    path("desk/exam-ways/<uuid:way_id>/", exam_ways.decide),
    path("desk/exams/make/<str:code>/watching/", exam_watched_desk.settings),
    path("desk/proctoring/", exam_services.mine),
    path("desk/<str:school>/proctoring/", exam_services.services),
    path("desk/<str:school>/proctoring/<uuid:service_id>/", exam_services.one),
]
