"""The trail is a chain an institution: whatever is changed afterwards is named, and a person can be erased from it."""

import threading

import pytest
from django.conf import settings
from django.db import connection, transaction
from tests.factories.people import NOW, SYSTEM

from linkspan.kernel import audit
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.audit import Fault
from linkspan.kernel.audit.entries import sealed
from linkspan.kernel.ids import new_id
from linkspan.kernel.models import TrailChain, TrailEntry, TrailNote

pytestmark = pytest.mark.django_db


def staff(*institutions: str) -> Actor:
    return Actor(new_id(), "Ada Sample", frozenset(Grant("registrar", name) for name in institutions))


def count(actor: Actor = SYSTEM, entries: int = 1, **more) -> None:
    for number in range(entries):
        audit.record(actor=actor, verb="count", subject="test:1", now=NOW, after={"number": number}, **more)


def found(institution: str | None = None) -> list[tuple[str, int, Fault]]:
    return [(f.institution, f.number, f.fault) for f in audit.broken_links(institution)]


def rows(institution: str = ""):
    return TrailEntry.objects.filter(institution=institution)


@pytest.fixture
def five() -> None:
    count(entries=5)
    count(staff("MITx"), entries=2)


def test_untouched_chains_hold(five) -> None:
    assert found() == []
    assert [e.after["number"] for e in audit.trail_of("test:1")] == [0, 1, 2, 3, 4, 0, 1]


@pytest.mark.parametrize(
    "change",
    [
        {"after": {"number": 9}},
        {"why": "Another."},
        {"actor_name": "Another"},
        {"actor_id": new_id()},
        {"verb": "other"},
        {"subject": "test:2"},
        {"words_salt": "0" * 32},
        {"words_sha256": "0" * 64},
    ],
)
def test_a_changed_entry_is_named(five, change) -> None:
    rows().filter(number=3).update(**change)
    assert found() == [("", 3, Fault.CHANGED)]


def test_a_changed_entry_that_got_a_new_hash_is_named(five) -> None:
    row = rows().get(number=3)
    row.verb = "other"
    row.sha256 = sealed(row).sha256()
    row.save()
    assert found() == [("", 3, Fault.CHANGED)]


@pytest.mark.parametrize("number", [1, 3])
def test_a_removed_entry_is_named(five, number) -> None:
    rows().filter(number=number).delete()
    assert found() == [("", number, Fault.REMOVED)]


def test_reordered_entries_are_named(five) -> None:
    for now, then in ((2, 99), (3, 2), (99, 3)):
        rows().filter(number=now).update(number=then)
    assert found() == [("", number, Fault.REORDERED) for number in (2, 3, 4)]


def test_a_cut_tail_is_named(five) -> None:
    rows().filter(number__gt=3).delete()
    assert found() == [("", 4, Fault.CUT)]


def test_a_cut_tail_with_its_head_rewritten_is_named_by_the_note_outside(five) -> None:
    audit.note_heads(now=NOW)
    TrailNote.objects.all().delete()
    rows().filter(number__gt=3).delete()
    TrailChain.objects.filter(institution="").update(length=3, sha256=rows().get(number=3).sha256)
    assert found() == [("", 4, Fault.CUT)]
    assert found("MITx") == []
    settings.TRAIL_NOTES.unlink()
    assert found() == [], "nothing in the database tells it: hence the file"


def test_a_chain_written_anew_is_named_by_the_note_outside(five) -> None:
    audit.note_heads(now=NOW)
    TrailNote.objects.all().delete()
    TrailEntry.objects.all().delete()
    TrailChain.objects.all().delete()
    count(entries=7)
    count(staff("MITx"), entries=2)
    assert found() == [("", 5, Fault.CHANGED), ("MITx", 2, Fault.CHANGED)]


def test_a_chain_removed_whole_is_named_by_the_note(five) -> None:
    audit.note_heads(now=NOW)
    rows("MITx").delete()
    TrailChain.objects.filter(institution="MITx").delete()
    assert found() == [("MITx", 1, Fault.CUT)]


def test_notes_are_a_chain_too(five) -> None:
    for _ in range(2):
        audit.note_heads(now=NOW)
    assert found() == []
    TrailNote.objects.order_by("id").first().delete()
    assert found() == [("notes", 1, Fault.CHANGED)]


def test_heads_are_noted_once_a_day(five) -> None:
    audit.note_daily(NOW)
    audit.note_daily(NOW)
    assert len(settings.TRAIL_NOTES.read_text().splitlines()) == TrailNote.objects.count() == 1


def test_an_entry_stands_in_the_chain_it_belongs_to() -> None:
    for actor in (SYSTEM, staff(), staff("MITx"), staff("MITx", "DelftX")):
        count(actor)
    count(staff("MITx"), institution="DelftX")
    chains = TrailEntry.objects.order_by("position").values_list("institution", "number")
    assert list(chains) == [("", 1), ("", 2), ("MITx", 1), ("", 3), ("DelftX", 1)]


def test_an_erased_person_is_gone_and_the_chains_hold() -> None:
    learner, office = staff(), staff("MITx")
    mine, other = f"people.form:{new_id()}", f"people.form:{new_id()}"
    audit.record(actor=learner, verb="begin", subject=mine, now=NOW, after={"name": "Ada Sample"})
    audit.record(actor=office, verb="answer", subject=mine, now=NOW, why="Ada is fit.")
    audit.record(actor=office, verb="begin", subject=other, now=NOW, why="Not theirs.")
    audit.record(actor=learner, verb="sign", subject=other, now=NOW, why="Kept.")
    audit.note_heads(now=NOW)

    def erase(**more) -> audit.Erased:
        told = {"person_id": learner.person_id, "kinds": ["people.form"], "ground": "Asked for it.", "now": NOW}
        return audit.erase(actor=SYSTEM, **told, **more)

    went = audit.Erased(names=2, words=2, gone={"people.form": 2}, kept={"people.form": 1})
    assert erase(dry_run=True) == went
    assert audit.trail_of(mine)[0].actor_name == "Ada Sample"
    assert erase() == went
    assert [(e.actor_name, e.after, e.why, e.erased) for e in (*audit.trail_of(mine), *audit.trail_of(other))] == [
        ("", None, "", True),
        (office.name, None, "", True),
        (office.name, None, "Not theirs.", False),
        ("", None, "Kept.", True),
    ]
    assert not TrailEntry.objects.filter(actor_id=learner.person_id).exclude(name_salt="").exists()
    assert found() == []
    (told,) = audit.newest_entries(5, verb="erase_from_trail")
    assert told.why == "Asked for it." and told.subject == f"accounts.user:{learner.person_id}"
    assert (
        erase() == audit.Erased(0, 0, kept={"people.form": 1})
        and len(audit.newest_entries(5, verb="erase_from_trail")) == 1
    )


def test_words_blanked_without_an_entry_of_erasure_are_named(five) -> None:
    rows().filter(number=3).update(before=None, after=None, why="", words_salt="")
    assert found() == [("", 3, Fault.CHANGED)]


def test_words_put_where_they_were_erased_are_named() -> None:
    learner = staff()
    audit.record(actor=learner, verb="begin", subject="a.b:1", now=NOW, why="Mine.")
    audit.erase(actor=SYSTEM, person_id=learner.person_id, kinds=["a.b"], ground="Asked.", now=NOW)
    rows().filter(number=1).update(why="Another.")
    assert found() == [("", 1, Fault.CHANGED)]


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError):
        audit.record(actor=SYSTEM, verb="count", subject="test:1", now=NOW, after={"grade": 0.5})


def writes(actor: Actor) -> bool:
    """Whether an entry is written although nothing that another transaction holds is waited for."""
    told = []

    def write() -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '1ms'")
                count(actor)
            told.append(True)
        except Exception as error:
            told.append("lock timeout" not in str(error) and error)
        finally:
            connection.close()

    other = threading.Thread(target=write)
    other.start()
    other.join()
    return told[0]


@pytest.mark.django_db(transaction=True)
def test_writers_of_two_institutions_do_not_wait_for_each_other() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite whoever writes is alone")
    mitx, delftx = staff("MITx"), staff("DelftX")
    count(mitx)
    count(delftx)
    with transaction.atomic():
        count(mitx)
        assert writes(delftx) is True
        assert writes(mitx) is False
    assert found() == [] and rows("DelftX").count() == rows("MITx").count() == 2
