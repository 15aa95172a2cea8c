"""How what an institution issues looks: mark, colours, who signs; by its registrars, from a day on."""

import io
from base64 import b64encode
from datetime import date, timedelta

import pytest
from django.db import connection
from PIL import Image
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world

from linkspan.institutions import actions, queries
from linkspan.institutions.actions import looks
from linkspan.institutions.engines.pictures import cleaned
from linkspan.institutions.rules import Drawn, PictureKind, contrast, plain_look
from linkspan.kernel.audit import trail_of
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable

pytestmark = pytest.mark.django_db
MARK = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="#123456"/></svg>'
TODAY = NOW.date()


def png(side: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (side, side), "#123456").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def registrar(cast):
    return person("Rita Registrar", ("registrar", "TST"))


@pytest.fixture(autouse=True)
def school(cast):
    told = {"name": "Test School", "country": "US", "time_zone": "UTC", "url": "https://tst.example/", "aliases": []}
    actions.register_institution(actor=person("Olu Operator", ("operator", None)), code="TST", now=NOW, **told)


def draft(actor, **more):
    told = {"institution": "TST", "primary": "#123456", "accent": "#7a4a00", "mark": MARK, "mark_words": "A ring"}
    actions.draft_look(actor=actor, now=NOW, **{**told, **more})


def test_black_on_white_is_the_most_and_the_same_the_least() -> None:
    assert (contrast("#000000", "#ffffff"), contrast("#777777", "#777777")) == (21, 1)
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


def test_a_look_counts_from_its_day_on_and_what_was_before_keeps_its_own(registrar) -> None:
    draft(registrar)
    assert queries.look_on("TST", TODAY) == plain_look("TST")
    actions.publish_look(actor=registrar, institution="TST", valid_from=TODAY - timedelta(days=365), now=NOW)
    draft(registrar, primary="#400040", mark=None)
    actions.publish_look(actor=registrar, institution="TST", valid_from=TODAY, now=NOW)
    shown = [queries.look_on("TST", TODAY - timedelta(days=days)) for days in (0, 1, 366)]
    assert [look.primary for look in shown] == ["#400040", "#123456", plain_look("TST").primary]
    assert shown[0].mark == shown[1].mark != Drawn()
    assert [look.primary for look in queries.looks_of(registrar, "TST")] == ["#400040", "#123456"]
    assert queries.drafted_look(registrar, "TST") is None


def test_a_look_that_replaces_another_does_not_begin_in_the_past(registrar) -> None:
    draft(registrar)
    actions.publish_look(actor=registrar, institution="TST", valid_from=TODAY, now=NOW)
    draft(registrar)
    with pytest.raises(Unusable) as no:
        actions.publish_look(actor=registrar, institution="TST", valid_from=TODAY - timedelta(days=1), now=NOW)
    assert no.value.code == "look_in_the_past"


def test_without_a_draft_nothing_is_published(registrar) -> None:
    draft(registrar)
    actions.discard_look(actor=registrar, institution="TST", now=NOW)
    with pytest.raises(Refused) as no:
        actions.publish_look(actor=registrar, institution="TST", valid_from=TODAY, now=NOW)
    assert no.value.code == "look_not_drafted"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"primary": "#ffee00"}, "colour_pale"),
        ({"accent": "#f0f0f0"}, "colour_pale"),
        ({"primary": "red"}, "colour_unusable"),
        ({"mark_words": " "}, "mark_words_missing"),
        ({"mark": b"GIF89a"}, "picture_unusable"),
    ],
)
def test_what_cannot_be_read_or_shown_is_refused(registrar, wrong, code) -> None:
    with pytest.raises(Unusable) as no:
        draft(registrar, **wrong)
    assert no.value.code == code
    assert queries.drafted_look(registrar, "TST") is None


@pytest.mark.parametrize(
    "roles", [[("registrar", "MIT")], [("program_staff", "TST")], [("dean", "TST")], [("auditor", None)], []]
)
def test_nobody_else_decides(roles) -> None:
    other = person("Odo Other", *roles)
    told = {"actor": other, "institution": "TST", "now": NOW}
    with pytest.raises(NotPermitted):
        draft(other)
    with pytest.raises(NotPermitted):
        actions.publish_look(valid_from=TODAY, **told)
    with pytest.raises(NotPermitted):
        actions.discard_look(**told)
    with pytest.raises(NotPermitted):
        actions.enter_signatory(name="A", title="B", valid_from=TODAY, **told)
    for read in (queries.looks_of, queries.drafted_look, queries.signatories_of):
        with pytest.raises(NotPermitted):
            read(other, "TST")


def test_who_signs_is_who_was_in_office_on_the_day(registrar) -> None:
    told = {"actor": registrar, "institution": "TST", "title": "Dean (sample)", "now": NOW}
    first = actions.enter_signatory(name="Ada Old (sample)", valid_from=date(2010, 1, 1), signature=png(), **told)
    actions.enter_signatory(name="Bo New (sample)", valid_from=TODAY, **told)
    again = actions.enter_signatory(name="Ada Old (sample)", valid_from=date(2010, 1, 1), **told)
    actions.end_signatory(actor=registrar, signatory_id=first, valid_to=TODAY - timedelta(days=1), now=NOW)
    assert again == first
    days = (date(2009, 12, 31), date(2010, 1, 1), TODAY - timedelta(days=1), TODAY)
    names = [[one.name for one in queries.signing_on("TST", day)] for day in days]
    assert names == [[], ["Ada Old (sample)"], ["Ada Old (sample)"], ["Bo New (sample)"]]
    assert queries.signing_on("TST", TODAY - timedelta(days=1))[0].signature.kind is PictureKind.PNG


def test_an_end_before_the_beginning_and_a_strange_hand_are_refused(registrar) -> None:
    told = {"actor": registrar, "institution": "TST", "title": "Dean (sample)", "now": NOW}
    made = actions.enter_signatory(name="Ada (sample)", valid_from=TODAY, **told)
    with pytest.raises(Unusable):
        actions.end_signatory(actor=registrar, signatory_id=made, valid_to=TODAY - timedelta(days=1), now=NOW)
    with pytest.raises(NotFound):
        other = person("Odo Other", ("registrar", "MIT"))
        actions.end_signatory(actor=other, signatory_id=made, valid_to=TODAY, now=NOW)


EVIL = b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="20" height="10"
 onload="alert(1)"><script>alert(1)</script><title>x</title><foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p>
</foreignObject><g style="fill:#123456;background:url(https://e.example/x)" onclick="alert(1)">
<path d="M0 0L1 1" fill="url(https://e.example/y)" clip-path="url(#a)" xlink:href="https://e.example/z"/></g></svg>"""


def test_of_an_svg_nothing_stays_but_shapes_and_their_paint() -> None:
    kept = cleaned(EVIL)
    assert kept.kind is PictureKind.SVG
    assert kept.content == (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" viewBox="0 0 20 10"><g fill="#123456">'
        b'<path d="M0 0L1 1" clip-path="url(#a)"/></g></svg>'
    )
    assert cleaned(kept.content) == kept


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>a</text></svg>', "picture_shapes"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="a"/></svg>', "picture_shapes"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><style>*{}</style></svg>', "picture_shapes"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', "picture_unusable"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 9"/>', "picture_unusable"),
        (
            b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>',
            "picture_unusable",
        ),
        (b"<html/>", "picture_unusable"),
        (b"\x89PNG\r\n\x1a\nbroken", "picture_unusable"),
        (b"", "picture_unusable"),
        (b"<svg" * 300_000, "picture_unusable"),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">' + b"<g/>" * 3_001 + b"</svg>",
            "picture_unusable",
        ),
    ],
)
def test_what_is_no_picture_of_shapes_is_refused_by_name(content, code) -> None:
    with pytest.raises(Unusable) as no:
        cleaned(content)
    assert no.value.code == code


def test_a_large_png_is_made_small_and_a_jpeg_under_its_name_is_none() -> None:
    kept = cleaned(png(2_000))
    assert Image.open(io.BytesIO(kept.content)).size == (800, 800)
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    with pytest.raises(Unusable):
        cleaned(out.getvalue())


def uploaded(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def test_a_registrar_drafts_looks_publishes_and_enters_who_signs_by_the_page(registrar) -> None:
    page, client = "/desk/look/TST/", browser(registrar)
    assert client.get("/desk/look/").url == page
    told = {"do": "draft", "primary": "#400040", "accent": "#7a4a00", "mark_words": "A ring"}
    assert client.post(page, {**told, "mark": uploaded(MARK, "mark.svg")}, follow=True).status_code == 200
    for name in ("certificate", "badge"):
        assert client.get(f"{page}draft/{name}.png").content.startswith(b"\x89PNG")
    assert client.post(page, {"do": "publish", "valid_from": TODAY.isoformat()}, follow=True).status_code == 200
    assert queries.look_on("TST", TODAY).primary == "#400040"
    assert client.get(f"{page}draft/badge.png").status_code == 404
    told = {"name": "Ada (sample)", "title": "Dean", "valid_from": "2010-01-01"}
    client.post(f"{page}signatories/", {**told, "signature": uploaded(png(), "s.png")})
    (one,) = queries.signing_on("TST", TODAY)
    assert (one.name, one.title, one.signature.kind) == ("Ada (sample)", "Dean", PictureKind.PNG)
    client.post(f"{page}signatories/{one.id}/end/", {"valid_to": "2011-01-01"})
    assert queries.signing_on("TST", TODAY) == ()
    shown = client.get("/issuers/TST/mark.svg")
    assert shown["Content-Security-Policy"] == "default-src 'none'; img-src data:; sandbox"
    assert b'<circle cx="5"' in shown.content


def test_a_pale_colour_keeps_the_form_and_says_why_at_the_field(registrar) -> None:
    told = {"do": "draft", "primary": "#ffee00", "accent": "#7a4a00", "mark_words": "Two suns"}
    page = browser(registrar).post("/desk/look/TST/", told)
    words = page.content.decode()
    assert page.status_code == 422 and "too pale for paper" in words and "Two suns" in words


@pytest.mark.parametrize("roles", [[("registrar", "MIT")], [("program_staff", "TST")], []])
def test_the_page_and_its_pictures_are_the_registrars_alone(registrar, roles) -> None:
    draft(registrar)
    other = browser(person("Odo Other", *roles))
    for path in ("", "draft/certificate.png", "draft/badge.png", "now/certificate.png", "now/badge.png"):
        assert other.get(f"/desk/look/TST/{path}").status_code == 403, path


def test_by_the_api(registrar) -> None:
    client = browser(registrar)

    def post(path, body, key):
        return client.post(f"/api/v1/looks/{path}", body, "application/json", headers={"Idempotency-Key": key})

    mark = b64encode(MARK).decode()
    body = {"primary": "#400040", "accent": "#7a4a00", "mark_base64": mark, "mark_words": "A ring"}
    assert post("TST", body, "k1").status_code == 204
    assert client.get("/api/v1/looks/TST/sample.png").content.startswith(b"\x89PNG")
    assert post("TST/publish", {"valid_from": TODAY.isoformat()}, "k2").status_code == 204
    (look,) = client.get("/api/v1/looks/TST").json()
    assert (look["primary"], look["mark"], look["valid_from"]) == ("#400040", "svg", TODAY.isoformat())
    made = post("TST/signatories", {"name": "Ada", "title": "Dean", "valid_from": "2010-01-01"}, "k3").json()["id"]
    assert post(f"signatories/{made}/end", {"valid_to": "2012-01-01"}, "k4").status_code == 204
    (one,) = client.get("/api/v1/looks/TST/signatories").json()
    assert (one["name"], one["valid_to"], one["has_signature"]) == ("Ada", "2012-01-01", False)
    assert post("TST/discard", {}, "k5").status_code == 204


def test_a_picture_is_looked_at_before_the_transaction(registrar, monkeypatch) -> None:
    deep: list[int] = []

    def looked(content: bytes) -> Drawn:
        deep.append(len(connection.savepoint_ids))
        return Drawn(PictureKind.PNG, content)

    monkeypatch.setattr(looks, "cleaned", looked)
    outside = len(connection.savepoint_ids)
    draft(registrar)
    told = {"institution": "TST", "name": "Pat", "title": "Dean (sample)", "valid_from": TODAY, "signature": b"x"}
    actions.enter_signatory(actor=registrar, now=NOW, **told)
    assert deep == [outside, outside]


def test_a_look_that_is_replaced_on_its_day_stands_on_the_trail(registrar) -> None:
    for primary in ("#123456", "#400040"):
        draft(registrar, primary=primary)
        actions.publish_look(actor=registrar, institution="TST", valid_from=TODAY, now=NOW)
    *_, last = [entry for entry in trail_of("institutions.institution:TST") if entry.verb == "publish_look"]
    assert (last.before["primary"], last.after["primary"]) == ("#123456", "#400040")
