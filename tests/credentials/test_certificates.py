"""The certificate as a document: whose mark and colours, who signed, courses by title, the short address; badges."""

import io
from datetime import timedelta

import pypdf
import pytest
from django.test import Client
from django.utils.translation import override
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.credentials import actions, queries
from linkspan.credentials.engines.picture import badge_svg
from linkspan.credentials.models import CredentialRow
from linkspan.institutions.actions import draft_look, enter_signatory, publish_look
from linkspan.institutions.queries import look_on
from linkspan.institutions.rules import plain_look
from linkspan.kernel.errors import NotFound
from linkspan.kernel.ids import long_number_of, new_id, span_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def held(cast):
    learner = cast["learner"]
    put_grades(learner)
    return actions.issue_program_credential(actor=SYSTEM, learner_id=learner.person_id, program_key="MITx/SCM", now=NOW)


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_a_certificate_is_one_page_and_names_courses_by_title_who_signed_and_where_to_check(held) -> None:
    pdf = queries.certificate(held.id)
    (text,) = pages(pdf)
    wanted = ["Amara", "Supply Chain Management", "Supply Chain Analytics", "Odile Marwen", "Teo Varga"]
    assert [word for word in wanted if word not in text] == []
    assert "MITx" in text.replace("MITx/", "") and "MITx/SC0x" not in text and long_number_of(held.id) in text
    assert b"pdfuaid" in pdf


def test_what_was_awarded_keeps_the_look_and_the_signature_of_its_day(cast, held) -> None:
    before, day = look_on("MITx", held.awarded_at.date()), NOW.date() + timedelta(days=1)
    draft_look(actor=SYSTEM, institution="MITx", primary="#111111", accent="#222222", mark_words="A ring", now=NOW)
    publish_look(actor=SYSTEM, institution="MITx", valid_from=day, now=NOW)
    enter_signatory(actor=SYSTEM, institution="MITx", name="Zoe Later", title="Dean", valid_from=day, now=NOW)
    assert look_on("MITx", held.awarded_at.date()) == before != look_on("MITx", day)
    (text,) = pages(queries.certificate(held.id))
    assert "Zoe Later" not in text


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("María de la Concepción Fernández-Villalobos Gutiérrez Ibáñez", "Supply Chain Management " * 8),
        ("محمد عبد الرحمن بن سليمان", "إدارة سلسلة التوريد"),
    ],
)
@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_long_names_and_titles_and_arabic_stay_on_one_page_with_tags(held, name, title, language) -> None:
    CredentialRow.objects.filter(id=held.id).update(holder_name=name, title=title.strip())
    with override(language):
        pdf = queries.certificate(held.id)
        assert queries.certificate_picture(held.id).startswith(b"\x89PNG")
    assert len(pages(pdf)) == 1 and b"pdfuaid" in pdf


def test_a_short_address_leads_to_its_certificate_and_no_other(held) -> None:
    number = long_number_of(held.id)
    assert len(number) == 19
    for typed in (number, number.lower(), number.replace("-", "").replace("0", "o")):
        assert Client().get(f"/c/{typed}/").url == f"/credentials/{held.id}/"
    other = new_id()
    for wrong in (long_number_of(other), "nothing", number[:-1] + ("1" if number[-1] != "1" else "2")):
        with pytest.raises(NotFound):
            queries.numbered(wrong)
    first, last, ending = span_of(long_number_of(other))
    assert first <= other <= last and other.hex.endswith(ending)


def test_a_badge_carries_the_mark_and_the_colours_of_its_issuer(cast) -> None:
    look = look_on("MITx", NOW.date())
    drawn = badge_svg(title="A title", issuer="MITx", year="2018", look=look).decode()
    assert look.primary in drawn and look.accent in drawn and look.mark.content.decode() in drawn
    plain = badge_svg(title="A title", issuer="MITx", year="2018", look=plain_look("MITx")).decode()
    assert "M190 250h220" in plain
    assert Client().get("/badges/MITx/SCM.png").content.startswith(b"\x89PNG")
