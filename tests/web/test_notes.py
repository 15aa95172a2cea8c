"""Notes of an office about a person: its own alone, never changed without a trace; and what was sent to them."""

import json
import zipfile
from datetime import timedelta

import pytest
from tests.api.test_verbs import call
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world

from linkspan.accounts import actions, queries
from linkspan.accounts.models import NoteRow
from linkspan.accounts.rules import LONGEST_NOTE, Office, Role
from linkspan.enrolment.actions import enrol
from linkspan.enrolment.rules import Track
from linkspan.kernel import audit, outbox
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.models import OutboxDelivery
from linkspan.messages.models import NoticeRow
from linkspan.messages.rules import Way
from linkspan.screens.person import person_file

pytestmark = pytest.mark.django_db
RUN = "course-v1:MITx+SC0x+1T2018"
STAFF = Office(Role.PROGRAM_STAFF, "MITx")


@pytest.fixture
def learner(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    who = load_world()["learner"]
    enrol(actor=who, learner_id=who.person_id, run_id=RUN, track=Track.AUDIT, now=NOW)
    return who


@pytest.fixture
def office(learner):
    return person("Pat Office", ("program_staff", "MITx"))


def wrong(work, *of, **given) -> str:
    with pytest.raises(LinkspanError) as told:
        work(*of, **given)
    return told.value.code


def write(actor, learner, text="Rang about the visa.", office=STAFF):
    return actions.write_note(actor=actor, person_id=learner.person_id, office=office, text=text, now=NOW)


def test_a_note_is_written_corrected_by_a_version_and_withdrawn_with_a_reason(learner, office) -> None:
    note_id, later = write(office, learner), NOW + timedelta(hours=1)
    of = {"actor": office, "note_id": note_id, "now": later}
    actions.correct_note(**of, number=1, text="Rang about the housing.")
    assert wrong(actions.correct_note, **of, number=1, text="Of the older page.") == "note_changed"
    assert wrong(actions.correct_note, **of, number=2, text=" Rang about the housing. ") == "note_same"
    assert wrong(actions.withdraw_note, **of, number=2, reason=" ") == "reason_missing"
    actions.withdraw_note(**of, number=2, reason="Another person.")
    assert wrong(actions.correct_note, **of, number=3, text="Again.") == "note_withdrawn"
    (found,) = queries.notes_about(office, learner.person_id)
    told = [(one.number, one.text, one.withdrawn, one.why, one.by) for one in found.versions]
    assert told == [
        (1, "Rang about the visa.", False, "", "Pat Office"),
        (2, "Rang about the housing.", False, "", "Pat Office"),
        (3, "", True, "Another person.", "Pat Office"),
    ]
    trail = [one for one in audit.trail_of(f"accounts.user:{learner.person_id}") if one.verb.endswith("_note")]
    assert [(one.verb, one.institution, one.after["number"], one.why) for one in trail] == [
        ("write_note", "MITx", 1, ""),
        ("correct_note", "MITx", 2, ""),
        ("withdraw_note", "MITx", 3, ""),
    ]
    assert "visa" not in json.dumps([one.after for one in trail]), "the trail does not say what is noted"
    for text in ("", " \n", "x" * (LONGEST_NOTE + 1)):
        assert wrong(write, office, learner, text) == "note_unusable"


def test_only_that_office_of_that_institution_writes_and_reads(learner, office) -> None:
    note_id = write(office, learner)
    for role in Role:
        for school in ("MITx", "MIT", "HES"):
            other = person(f"Other {role} {school}", (role, school))
            mine = (role, school) == (Role.PROGRAM_STAFF, "MITx")
            assert bool(queries.notes_about(other, learner.person_id)) is mine
            if mine:
                continue
            assert wrong(queries.note, other, note_id) == "note_unknown"
            for text in (STAFF, Office(role, school)):
                if text == Office(Role.REGISTRAR, "MITx"):
                    continue
                assert wrong(write, other, learner, office=text) == "person_unknown", (role, school, text)
            assert (
                wrong(actions.correct_note, actor=other, note_id=note_id, number=1, text="x", now=NOW) == "note_unknown"
            )
            assert (
                wrong(actions.withdraw_note, actor=other, note_id=note_id, number=1, reason="x", now=NOW)
                == "note_unknown"
            )
    assert queries.notes_about(learner, learner.person_id) == ()
    both = person("Staff Learner", ("program_staff", "MITx"))
    enrol(actor=both, learner_id=both.person_id, run_id=RUN, track=Track.AUDIT, now=NOW)
    assert wrong(write, both, both) == "person_unknown", "nobody keeps notes about oneself"
    write(office, both, "About a colleague who studies.")
    assert queries.notes_about(both, both.person_id) == ()
    stranger = person("Far Stranger")
    assert wrong(write, office, stranger) == "person_unknown"
    registrar = person("Reg Office", ("registrar", "MITx"))
    write(registrar, learner, "Of the registrar.", Office(Role.REGISTRAR, "MITx"))
    assert [one.last.text for one in queries.notes_about(registrar, learner.person_id)] == ["Of the registrar."]
    assert [one.last.text for one in queries.notes_about(office, learner.person_id)] == ["Rang about the visa."]


def test_the_person_gets_the_text_in_their_copy_without_the_name_of_who_wrote_it(learner, office) -> None:
    actions.withdraw_note(actor=office, note_id=write(office, learner, "First."), number=1, reason="Mixed up.", now=NOW)
    copy = zipfile.ZipFile(actions.export_person(actor=learner, person_id=learner.person_id, now=NOW))
    lines = [json.loads(line) for line in copy.read("tables/accounts_note.jsonl").splitlines()]
    assert [(one["institution"], one["office"], one["text"], one["why"]) for one in lines] == [
        ("MITx", "program_staff", "First.", ""),
        ("MITx", "program_staff", "", "Mixed up."),
    ]
    assert all("by" not in one and "by_id" not in one for one in lines)


def test_the_pages(learner, office) -> None:
    client, home = browser(office), f"/desk/people/{learner.person_id}/"
    page = client.get(home).content.decode()
    assert "Notes of your office" in page and 'value="program_staff:MITx"' in page
    sent = {"office": "program_staff:MITx", "text": "<script>alert(1)</script>\nRang."}
    assert client.post(f"{home}notes/", sent)["Location"] == home
    page = client.get(home).content.decode()
    assert "&lt;script&gt;alert(1)" in page and "<script>alert(1)" not in page
    (row,) = NoteRow.objects.all()
    here = f"/desk/notes/{row.note_id}/"
    kept = client.post(f"{home}notes/", {"office": "program_staff:MITx", "text": "x" * 4001, "form_page": home})
    assert (
        kept.status_code == 422
        and "x" * 4001 in kept.content.decode()
        and 'aria-invalid="true"' in kept.content.decode()
    )
    assert client.post(f"{home}notes/", sent | {"office": "dean:MITx"}).status_code == 404
    assert client.post(here, {"do": "correct", "number": "1", "text": "Rang twice."})["Location"] == home
    assert client.post(here, {"do": "correct", "number": "1", "text": "Old."}).status_code == 409
    assert client.post(here, {"do": "withdraw", "number": "²", "reason": "x"}).status_code == 422
    page = client.get(here).content.decode()
    assert "Rang twice." in page and "What it said before" in page
    assert client.post(here, {"do": "withdraw", "number": "2", "reason": "Wrong person."})["Location"] == home
    page = client.get(here).content.decode()
    assert "Wrong person." in page and 'name="do"' not in page
    for other in (learner, person("Dean Far", ("dean", "MITx"))):
        assert browser(other).get(here).status_code == 404
        assert browser(other).post(f"{home}notes/", sent).status_code == 404
    assert NoteRow.objects.count() == 3


def test_the_operations(client, learner, office) -> None:
    path = f"notes/people/{learner.person_id}"
    body = {"role": "program_staff", "institution": "MITx", "text": "Rang."}
    made = call(client, office, path, body, key="a")
    assert made.json() == call(client, office, path, body, key="a").json()
    note_id = made.json()["id"]
    assert call(client, office, f"notes/{note_id}/correct", {"number": 1, "text": "Wrote."}, key="b").status_code == 200
    again = call(client, office, f"notes/{note_id}/withdraw", {"number": 1, "reason": "x"}, key="c")
    assert (again.status_code, again.json()["type"]) == (409, "urn:linkspan:problem:note_changed")
    assert call(client, office, f"notes/{note_id}/withdraw", {"number": 2, "reason": "x"}, key="d").status_code == 200
    (told,) = call(client, office, path).json()
    assert [one["text"] for one in told["versions"]] == ["Rang.", "Wrote.", ""]
    assert call(client, learner, path).json() == []
    assert call(client, person("Far Away", ("registrar", "HES")), path).status_code == 404


def test_what_was_sent_stands_in_the_file_of_the_office_that_it_is_about(learner, office) -> None:
    outbox.drain(now=NOW)
    sent = person_file(office, learner.person_id, with_sent=True).sent
    assert [(one.subject, one.way) for one in sent] == [("You are enrolled in Supply Chain Analytics", Way.DELIVERED)]
    for refused, way in (("dead", Way.REFUSED), ("dropped", Way.REFUSED), ("waiting", Way.WAITING)):
        NoticeRow.objects.update(mailed_at=None)
        OutboxDelivery.objects.filter(subscriber="messages.on_notice_written").update(state=refused, delivered_at=None)
        assert [one.way for one in person_file(office, learner.person_id, with_sent=True).sent] == [way]
    OutboxDelivery.objects.all().delete()
    assert [one.way for one in person_file(office, learner.person_id, with_sent=True).sent] == [Way.NOTICE_ONLY]
    page = browser(office).get(f"/desk/people/{learner.person_id}/?sent=yes").content.decode()
    assert "Notices and mail sent" in page and "notice only" in page
    elsewhere = person("Ad Mission", ("admissions", "MIT"))
    assert person_file(elsewhere, learner.person_id, with_sent=True).sent == ()
