"""Versions are immutable, moves follow the table, the version of the day answers, audits replay."""

from datetime import date

import pytest
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.world import load_world
from tests.pathways.examples import agreement, record

from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.pathways import actions, queries
from linkspan.pathways.engines.documents import packaged_agreements
from linkspan.pathways.rules.life.lifecycle import MOVES, Status

pytestmark = pytest.mark.django_db


def publish(document=None, actor=SYSTEM) -> str:
    return actions.publish_version(actor=actor, document=document or agreement(), now=NOW)


def move(to, actor=SYSTEM, reason="Agreed."):
    return actions.move_agreement(
        actor=actor, agreement_id="receiving-from-sending", version=1, to=to, reason=reason, now=NOW
    )


def test_a_published_version_stays() -> None:
    assert publish() == publish()
    with pytest.raises(Refused):
        publish(agreement() | {"caps": []})


def test_moves_follow_the_table() -> None:
    publish()
    assert move(Status.SUSPENDED) == Status.SUSPENDED
    assert queries.agreement_on("receiving-from-sending", date(2019, 1, 1)).document["status"] == "suspended"
    with pytest.raises(Refused):
        move(Status.DRAFT)
    with pytest.raises(Unusable):
        move(Status.ACTIVE, reason=" ")


def test_what_has_ended_stays_ended() -> None:
    assert MOVES[Status.RETIRED] == MOVES[Status.REJECTED] == frozenset()
    assert set(MOVES) == set(Status)


def test_only_registrars_of_the_parties_edit() -> None:
    stranger = person("Stranger", ("registrar", "Elsewhere"))
    with pytest.raises(NotPermitted):
        publish(actor=stranger)
    registrar = person("Registrar", ("registrar", "Receiving"))
    with pytest.raises(Refused):
        publish(actor=registrar)
    publish(agreement() | {"status": "draft"}, actor=registrar)
    with pytest.raises(NotPermitted):
        move(Status.SUSPENDED, actor=stranger)
    with pytest.raises(NotFound):
        actions.move_agreement(actor=SYSTEM, agreement_id="none", version=1, to=Status.ACTIVE, reason="x", now=NOW)


@pytest.mark.parametrize(
    ("on", "version", "status", "courses"),
    [
        (date(2018, 10, 3), 1, "in_qualification", 0),
        (date(2026, 11, 23), 2, "active", 3),
    ],
)
def test_data_science_by_date(on, version, status, courses) -> None:
    load_world()
    held = record()
    held["credentials"][0] |= {"issuer": "MITx", "program": "SDS"}
    for row, name in zip(held["credentials"][0]["courses"], ["6.431x", "18.6501x", "6.86x", "14.310Fx"], strict=False):
        row["id"] = name
    (answer,) = queries.pathways_for(held, on)
    assert (answer.agreement.version, answer.audit.status) == (version, status)
    assert len(answer.audit.recognised) == courses


def test_an_audit_replays_as_it_was_seen() -> None:
    publish()
    learner = person("Ada Sample")
    audit_id, found = actions.store_audit(
        actor=learner,
        learner_id=learner.person_id,
        record=record(),
        agreement_id="receiving-from-sending",
        on=date(2019, 6, 1),
        now=NOW,
    )
    publish(agreement() | {"version": 2, "requirements": agreement()["requirements"][:1]})
    replayed = queries.replayed_audit(learner, audit_id)
    stored, again = replayed.stored, replayed.again
    assert stored.result == again == found.as_json()
    with pytest.raises(NotPermitted):
        queries.stored_audit(person("Other Sample"), audit_id)
    with pytest.raises(NotFound):
        queries.stored_audit(learner, new_id())


def data_science(awarded: str) -> dict:
    held = record()
    held["credentials"][0] |= {"issuer": "MITx", "program": "SDS", "awarded": awarded}
    for row, name in zip(held["credentials"][0]["courses"], ["6.431x", "18.6501x", "6.86x", "14.310Fx"], strict=False):
        row["id"] = name
    return held


def publish_data_science() -> None:
    """The sample's two versions, as if the first had been in force, with its four courses, before the second."""
    first, second = (
        dict(row)
        for row in sorted(packaged_agreements(), key=lambda row: row["version"])
        if row["id"] == "hes-data-science-from-mitx-sds"
    )
    publish(first | {"status": "active", "valid_to": second["valid_from"]})
    entry = {"by": "credential_date", "choice": "stay"}
    publish(second | {"entry": entry})


@pytest.mark.parametrize(("awarded", "version", "courses"), [("2019-05-01", 1, 4), ("2019-10-01", 2, 3)])
def test_who_held_the_credential_before_keeps_the_courses_of_that_version(awarded, version, courses) -> None:
    publish_data_science()
    learner, on = person("Ada Sample"), date(2026, 11, 23)
    held = data_science(awarded)
    audit_id, found = actions.store_audit(
        actor=learner,
        learner_id=learner.person_id,
        record=held,
        agreement_id="hes-data-science-from-mitx-sds",
        on=on,
        now=NOW,
    )
    assert (found.version, len(found.recognised), found.status) == (version, courses, "active")
    replayed = queries.replayed_audit(learner, audit_id)
    stored, again = replayed.stored, replayed.again
    assert stored.version == version and stored.result == again
    (row,) = queries.network_on(on, held)
    assert row.audit == found and row.agreement.version == version
    (answer,) = queries.pathways_for(held, on)
    assert answer.audit == found
    assert queries.audits_of([held], queries.agreement_on("hes-data-science-from-mitx-sds", on), on) == (found,)


def test_an_audit_replays_after_its_version_was_superseded() -> None:
    publish()
    learner = person("Ada Sample")
    ids = {"learner_id": learner.person_id, "agreement_id": "receiving-from-sending"}
    audit_id, _ = actions.store_audit(actor=learner, record=record(), on=date(2019, 6, 1), now=NOW, **ids)
    move(Status.SUPERSEDED)
    replayed = queries.replayed_audit(learner, audit_id)
    stored, again = replayed.stored, replayed.again
    assert stored.result == again


@pytest.mark.parametrize(
    ("started", "version", "other"), [("2022-03-01", 1, 2), ("2023-03-01", 2, None), (None, 2, None)]
)
def test_students_of_5707_stay_or_move_to_5757(started, version, other) -> None:
    load_world()
    courses = [{"institution": "UQx", "id": "LEAD", "started": started}] if started else []
    held = record() | {"courses": courses}
    held["credentials"][0] |= {"issuer": "UQx", "program": "Business Leadership"}
    agreement_, found = queries.judged_on("uq-leadership-from-uqx-business-leadership", held, date(2024, 6, 1))
    assert (agreement_.version, found.version, found.status) == (version, version, "active")
    assert agreement_.document["receiving"]["program"] == ("5707" if version == 1 else "5757")
    assert found.judging["other"] == other
    assert (started or "not on record") in found.judging["why"]
