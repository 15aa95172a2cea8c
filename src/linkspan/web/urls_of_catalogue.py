"""Every address of the desk of a catalogue; `urls` has them all."""

from django.urls import path

from linkspan.web import catalog_degrees, catalog_desk, catalog_files

CATALOGUE = [
    path("desk/catalogue/", catalog_desk.overview),
    path("desk/catalogue/changes/<uuid:change_id>/", catalog_desk.change),
    path("desk/catalogue/<str:school>/", catalog_desk.school),
    path("desk/catalogue/<str:school>/publishing/", catalog_desk.four_eyes),
    path("desk/catalogue/<str:school>/tree/", catalog_desk.tree),
    path("desk/catalogue/<str:school>/degrees/", catalog_degrees.edit),
    path("desk/catalogue/<str:school>/file/", catalog_files.file),
    path("desk/catalogue/<str:school>/catalogue.json", catalog_files.export),
    path("desk/catalogue/<str:school>/copy/", catalog_files.copy),
    path("desk/catalogue/<str:school>/waiting/", catalog_files.waiting),
    path("desk/catalogue/<str:school>/<str:kind>/", catalog_desk.listed),
    path("desk/catalogue/<str:school>/<str:kind>/enter/", catalog_desk.enter),
]
