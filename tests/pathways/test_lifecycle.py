"""Two parties, one hash: drafts, review, approval, supersession, teach-out, and what was on record when."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.news import still_open
from tests.factories.people import NOW, SYSTEM, person
from tests.pathways.examples import agreement

from linkspan.catalog.actions import add_course
from linkspan.institutions.actions import register_institution
from linkspan.kernel import audit as trail
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.pathways import actions, queries
from linkspan.pathways.queries import desk
from linkspan.pathways.rules.life.lifecycle import MOVES, Move, Status, next_status, status_at, terms_sha256
from linkspan.site.command import main

ID = "receiving-from-sending"
LATER = NOW + timedelta(days=30)


@pytest.fixture
def parties(db):
    return {
        "sending": person("Send Registrar", ("registrar", "Sending")),
        "dean": person("Receive Dean", ("dean", "Receiving")),
        "receiving": person("Receive Registrar", ("registrar", "Receiving")),
        "both": person("Both Hats", ("registrar", "Receiving"), ("dean", "Sending")),
        "stranger": person("Stranger", ("registrar", "Elsewhere")),
        "everywhere": person("Everywhere", ("registrar", None)),
    }


def proposed(parties, document=None, now=NOW):
    draft_id = actions.start_draft(
        actor=parties["receiving"], owner="Receiving", document=document or agreement(), now=now
    )
    return actions.send_draft(actor=parties["receiving"], draft_id=draft_id, now=now)


def approve(actor, version=1, seen=None, now=NOW):
    seen = seen or desk.version_detail(SYSTEM, ID, version).sha256
    return actions.approve_version(actor=actor, agreement_id=ID, version=version, seen_sha256=seen, now=now)


def move(actor, to, version=1, now=NOW, until=None):
    return actions.move_agreement(
        actor=actor, agreement_id=ID, version=version, to=to, reason="Agreed.", now=now, until=until
    )


def test_from_draft_to_active(parties) -> None:
    assert proposed(parties) == (ID, 1)
    with pytest.raises(NotFound):
        queries.agreement_on(ID, LATER.date())
    assert approve(parties["receiving"]) == Status.PARTNER_REVIEW
    assert still_open("agreement_sent", NOW) == {"Send Registrar", "Both Hats"}
    assert approve(parties["sending"]) == Status.APPROVED
    assert still_open("agreement_sent", NOW) == set()
    assert move(parties["sending"], Status.ACTIVE) == Status.ACTIVE
    assert queries.agreement_on(ID, LATER.date()).document["status"] == "active"
    found = desk.version_detail(parties["dean"], ID, 1)
    assert [m.status for m in found.moves] == ["draft", "partner_review", "approved", "active"]
    assert {a.party for a in found.approvals} == {"sending", "receiving"}
    verbs = [entry.verb for entry in trail.trail_of(f"pathways.agreement:{ID}")]
    assert verbs.count("approve_agreement") == 2 and "start_draft" in verbs


def test_nobody_approves_for_both(parties) -> None:
    proposed(parties)
    approve(parties["both"])
    with pytest.raises(Refused, match="Somebody else"):
        approve(parties["both"])


@pytest.mark.parametrize("who", ["stranger", "everywhere"])
def test_only_a_grant_at_the_party_approves(parties, who) -> None:
    proposed(parties)
    with pytest.raises(NotPermitted):
        approve(parties[who])
    with pytest.raises(NotPermitted):
        approve(SYSTEM)


def test_terms_that_were_not_read_are_not_approved(parties) -> None:
    proposed(parties)
    with pytest.raises(Refused, match="not the terms"):
        approve(parties["sending"], seen="0" * 64)


def test_approval_is_given_once_and_can_be_taken_back(parties) -> None:
    proposed(parties)
    approve(parties["receiving"])
    assert approve(parties["dean"]) == Status.PARTNER_REVIEW
    approve(parties["sending"])
    with pytest.raises(Unusable):
        actions.withdraw_approval(actor=parties["sending"], agreement_id=ID, version=1, reason=" ", now=NOW)
    back = actions.withdraw_approval(
        actor=parties["sending"], agreement_id=ID, version=1, reason="The senate asks for more time.", now=NOW
    )
    assert back == Status.PARTNER_REVIEW
    with pytest.raises(Refused):
        move(parties["receiving"], Status.ACTIVE)
    approve(parties["sending"])
    move(parties["receiving"], Status.ACTIVE)
    with pytest.raises(Refused, match="in force"):
        actions.withdraw_approval(actor=parties["sending"], agreement_id=ID, version=1, reason="Late.", now=NOW)


def test_a_change_is_a_new_version_that_both_approve_again(parties) -> None:
    proposed(parties)
    approve(parties["receiving"])
    approve(parties["sending"])
    move(parties["sending"], Status.ACTIVE)
    changed = agreement() | {"valid_from": "2019-09-01", "caps": []}
    assert proposed(parties, changed, LATER) == (ID, 2)
    assert queries.agreement_on(ID, date(2019, 10, 1)).version == 1
    with pytest.raises(Refused):
        move(parties["sending"], Status.APPROVED, version=2, now=LATER)
    approve(parties["receiving"], 2, now=LATER)
    approve(parties["sending"], 2, now=LATER)
    move(parties["sending"], Status.ACTIVE, 2, now=LATER)
    assert [queries.agreement_on(ID, on).version for on in (date(2019, 8, 31), date(2019, 9, 1))] == [1, 2]
    assert queries.agreement_on(ID, date(2019, 8, 31)).document["status"] == "active"
    assert desk.version_detail(SYSTEM, ID, 1).status == Status.SUPERSEDED
    for recorded, valid, expected in [
        (NOW, date(2019, 10, 1), (1, Status.ACTIVE)),
        (LATER, date(2019, 10, 1), (2, Status.ACTIVE)),
        (LATER, date(2019, 2, 1), (1, Status.ACTIVE)),
    ]:
        version, status = desk.status_as_recorded(SYSTEM, ID, recorded, valid)
        assert (version.version, status) == expected


def test_a_newer_proposal_ends_the_one_in_review(parties) -> None:
    proposed(parties)
    proposed(parties, agreement() | {"caps": []})
    assert desk.version_detail(SYSTEM, ID, 1).status == Status.SUPERSEDED
    with pytest.raises(Refused):
        approve(parties["sending"], 1)


def test_closing_names_a_teach_out(parties) -> None:
    actions.publish_version(actor=SYSTEM, document=agreement(), now=NOW)
    with pytest.raises(Unusable):
        move(parties["sending"], Status.CLOSED)
    move(parties["sending"], Status.CLOSED, until=LATER.date())
    with pytest.raises(Refused, match="may finish until"):
        move(parties["sending"], Status.RETIRED, now=LATER)
    assert move(parties["sending"], Status.RETIRED, now=LATER + timedelta(days=1)) == Status.RETIRED


def test_drafts_belong_to_their_party(parties) -> None:
    with pytest.raises(NotPermitted):
        actions.start_draft(actor=parties["stranger"], owner="Receiving", document=agreement(), now=NOW)
    draft_id = actions.start_draft(actor=parties["dean"], owner="Receiving", document=agreement(), now=NOW)
    for who in ("stranger", "sending", "everywhere"):
        with pytest.raises(NotFound):
            desk.draft(parties[who], draft_id)
        with pytest.raises(NotFound):
            actions.send_draft(actor=parties[who], draft_id=draft_id, now=NOW)
    saved = actions.save_draft(
        actor=parties["receiving"], draft_id=draft_id, document={"title": "Half"}, revision=1, now=NOW
    )
    assert (saved.revision, saved.title) == (2, "Half")
    with pytest.raises(Refused, match="meanwhile"):
        actions.save_draft(actor=parties["dean"], draft_id=draft_id, document={}, revision=1, now=NOW)
    with pytest.raises(Unusable):
        actions.send_draft(actor=parties["dean"], draft_id=draft_id, now=NOW)
    actions.drop_draft(actor=parties["dean"], draft_id=draft_id, now=NOW)
    assert desk.own_drafts(parties["dean"]) == ()


def test_the_parties_of_an_agreement_stay(parties) -> None:
    proposed(parties)
    other = agreement() | {"sending": {"institution": "Elsewhere", "program": "P"}}
    with pytest.raises(Refused, match="parties"):
        proposed(parties, other)
    with pytest.raises(Refused, match="of others"):
        actions.start_draft(actor=parties["stranger"], owner="Elsewhere", document=agreement(), now=NOW)


def test_the_hash_is_over_the_terms_not_the_status() -> None:
    assert terms_sha256(agreement()) == terms_sha256(agreement() | {"status": "suspended"})
    assert terms_sha256(agreement()) != terms_sha256(agreement() | {"seats": 3})


@given(st.sampled_from(list(Status)), st.lists(st.sampled_from(list(Status)), max_size=12))
def test_no_path_leaves_the_table(status, asked) -> None:
    walked = [status]
    for to in asked:
        if to in MOVES[walked[-1]]:
            walked.append(next_status(walked[-1], to))
        else:
            with pytest.raises(Refused):
                next_status(walked[-1], to)
    ended = [s for s in walked if s in (Status.RETIRED, Status.REJECTED)]
    assert not ended or walked[-1] == ended[0]
    actives = [i for i, s in enumerate(walked) if s == Status.ACTIVE and i > 0]
    assert all(walked[i - 1] in (Status.APPROVED, Status.SUSPENDED) for i in actives)


days = st.dates(date(2018, 1, 1), date(2018, 12, 31))


@given(
    st.lists(st.tuples(st.sampled_from(list(Status)), st.integers(0, 50), days), max_size=8), st.integers(0, 60), days
)
def test_what_is_recorded_later_or_valid_later_changes_nothing_earlier(rows, hours, valid) -> None:
    moves = [Move(s, "", "", NOW + timedelta(hours=h), d) for s, h, d in rows]
    recorded = NOW + timedelta(hours=hours)
    seen = [m for m in moves if m.at <= recorded and m.effective <= valid]
    assert status_at(moves, recorded, valid) == status_at(seen, None, None)


def test_sending_sees_the_other_versions(parties) -> None:
    proposed(parties, agreement() | {"valid_to": "2019-01-01"})
    approve(parties["receiving"])
    approve(parties["sending"])
    move(parties["sending"], Status.ACTIVE)
    gap = agreement() | {"valid_from": "2019-06-01"}
    with pytest.raises(Refused) as no:
        proposed(parties, gap, LATER)
    assert any("Nothing is in force from 2019-01-01 to 2019-06-01" in reason for reason in no.value.reasons)
    (draft,) = desk.own_drafts(parties["receiving"])
    found = desk.problems_beside(parties["receiving"], draft.terms)
    assert "validity_gap" in {problem.code for problem in found if problem.is_error}
    closed = agreement() | {"valid_from": "2019-01-01"}
    actions.save_draft(
        actor=parties["receiving"], draft_id=draft.id, document=closed, revision=draft.revision, now=LATER
    )
    assert actions.send_draft(actor=parties["receiving"], draft_id=draft.id, now=LATER) == (ID, 2)


def test_a_version_that_never_came_into_force_leaves_no_gap(parties) -> None:
    proposed(parties, agreement() | {"valid_to": "2019-01-01"})
    assert proposed(parties, agreement() | {"valid_from": "2019-06-01"}) == (ID, 2)


def test_a_next_version_does_not_begin_in_the_past_without_a_reason(parties) -> None:
    actions.publish_version(actor=SYSTEM, document=agreement() | {"valid_from": "2017-01-01"}, now=NOW)
    actor = parties["receiving"]
    early = agreement() | {"valid_from": (NOW - timedelta(days=1)).date().isoformat()}
    draft = actions.start_draft(actor=actor, owner="Receiving", document=early, now=NOW)
    for reason in ("", "  "):
        with pytest.raises(Unusable, match="in the past"):
            actions.send_draft(actor=actor, draft_id=draft, now=NOW, reason=reason)
    assert [v.version for v in desk.versions_of(SYSTEM, ID)] == [1]
    assert actions.send_draft(actor=actor, draft_id=draft, now=NOW, reason=" The board decided then. ") == (ID, 2)
    said = "sent to the other party; it begins before: The board decided then."
    assert [m.reason for m in desk.version_detail(parties["sending"], ID, 2).moves][-1] == said
    assert [e.why for e in trail.trail_of(f"pathways.agreement:{ID}") if e.verb == "move_agreement"].count(said) == 1
    today = agreement() | {"valid_from": NOW.date().isoformat()}
    assert proposed(parties, today) == (ID, 3)


def test_what_is_in_no_catalogue_and_not_marked_so_is_not_sent(parties, tmp_path, capsys) -> None:
    for code in ("Sending", "Receiving"):
        more = {"country": "US", "time_zone": "UTC", "url": f"https://{code}.example", "aliases": []}
        register_institution(actor=SYSTEM, code=code, name=code, now=NOW, **more)
    with pytest.raises(Refused) as no:
        proposed(parties)
    told = "\n".join(no.value.reasons)
    assert all(
        f"has no {what} in the catalogue" in told for what in ("program P", "program Degree", "course A", "course E")
    )
    (draft,) = desk.own_drafts(parties["receiving"])
    shown = {p.code: p.is_error for p in desk.problems_beside(parties["receiving"], draft.terms)}
    assert shown["not_here"]
    file = tmp_path / "draft.json"
    file.write_text(json.dumps({**draft.document, "status": "active"}))
    assert main(["agreements", "check", str(file), "--json"]) == 0
    capsys.readouterr()
    assert main(["agreements", "check", str(file), "--here", "--json"]) == 1
    found = [row["message"] for row in json.loads(capsys.readouterr().out)["errors"]]
    assert found == [p.message for p in desk.problems_beside(parties["receiving"], draft.terms) if p.code == "not_here"]
    file.write_text(json.dumps({**draft.document, "status": "active", "recognition": 7}))
    assert main(["agreements", "check", str(file), "--here", "--json"]) == 1
    for name in "ABCD":
        add_course(actor=SYSTEM, institution="Sending", code=name, title=name, summary="", credits=None, now=NOW)
    marked = {**draft.document, "not_here_yet": ["P", "Degree", "E"]}
    actions.save_draft(actor=parties["receiving"], draft_id=draft.id, document=marked, revision=1, now=NOW)
    assert actions.send_draft(actor=parties["receiving"], draft_id=draft.id, now=NOW) == (ID, 1)
