"""Who may do what with degrees: each verb, role and institution; a registrar's own degree; two at the same moment."""

import json
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from tests.admissions.test_actions import HES
from tests.factories.people import SYSTEM, person
from tests.factories.rows import put
from tests.recognition import test_actions as story
from tests.recognition.test_actions import LATER, cast, join, joined, learner  # noqa: F401
from tests.recognition.test_by_hand import degree, second  # noqa: F401
from tests.recognition.test_conferrals import (  # noqa: F401
    BEGUN,
    DAY,
    approve,
    conferred,
    credential_of,
    done,
    finish,
    prepare,
    refusal,
    told,
)
from tests.recognition.test_credit_races import at_once

from linkspan.accounts.actions import export_person, grant_role
from linkspan.accounts.queries import actor_for
from linkspan.kernel.errors import NotFound, NotPermitted, Refused
from linkspan.kernel.ids import new_id
from linkspan.kernel.lists import Ask
from linkspan.messages.queries import waits_at, waits_of
from linkspan.recognition import actions, queries
from linkspan.recognition.models import ConferralListRow, ConferralRow, CreditAwardRow

pytestmark = pytest.mark.django_db
#: A school whose list of roles nobody signed off has that to do as well.
ELSE = {"review_access"}
ROLES = ("program_staff", "proctor", "admissions", "reader", "dean", "author", "auditor", "operator")
WHY = {"reason": "x", "now": LATER}


def verbs(list_id, conferral_id, done):  # noqa: F811
    """Every act and read of the office, each as a call with an actor."""
    ask = {"conferral_id": conferral_id, "why": "x", "told": "y", "now": LATER}
    return {
        "prepare": lambda who: prepare(who, done),
        "decide": lambda who: approve(who, list_id),
        "withdraw": lambda who: actions.withdraw_conferral(actor=who, list_id=list_id, **WHY),
        "leave out": lambda who: actions.leave_out(actor=who, conferral_id=conferral_id, **WHY),
        "ask": lambda who: actions.ask_revocation(actor=who, **ask),
        "revoke": lambda who: actions.decide_revocation(actor=who, conferral_id=conferral_id, accept=True, **WHY),
        "set holds": lambda who: actions.set_conferral_holds(actor=who, institution="HES", holds=[], now=LATER),
        "graduands": lambda who: queries.graduands(who, "HES"),
        "degrees": lambda who: queries.degrees_at(who, "HES"),
        "holds": lambda who: queries.conferral_holds(who, "HES"),
        "list": lambda who: queries.conferral_list_file(who, list_id),
        "file": lambda who: queries.conferral_file(who, conferral_id),
    }


def test_nobody_but_registrars_of_the_school_does_or_reads_anything(cast, learner, done) -> None:  # noqa: F811
    made = prepare(cast["registrar"], done)
    row = ConferralRow.objects.get()
    before = (list(ConferralRow.objects.values()), list(ConferralListRow.objects.values()))
    others = [person(f"Other {role}", (role, None if role in ("operator", "auditor") else "HES")) for role in ROLES]
    far = person("Far Registrar", ("registrar", "MITx"))
    for who in (learner, person("Just Learning"), far, *others):
        for name, verb in verbs(made.list.id, row.id, done).items():
            with pytest.raises((NotFound, NotPermitted)):
                assert verb(who) is None, f"{who.name} may {name}"
        assert queries.lists_waiting(who) == 0
        if not who.has_role("auditor"):
            refusal(NotPermitted, queries.degrees_conferred, who, "HES")
    assert queries.conferrals_at(far, Ask()).rows == () and queries.conferral_lists(far) == ()
    assert (list(ConferralRow.objects.values()), list(ConferralListRow.objects.values())) == before


def test_a_registrar_has_no_hand_in_their_own_degree(cast, learner, done, second) -> None:  # noqa: F811
    registrar = cast["registrar"]
    grant_role(actor=SYSTEM, person_id=learner.person_id, role="registrar", institution="HES", now=LATER)
    own = actor_for(learner.person_id)
    assert queries.graduands(own, "HES") == ()
    assert [one.reason.code for one in refusal(Refused, prepare, own, done).value.reasons] != []
    made = prepare(registrar, done)
    row = ConferralRow.objects.get()
    assert refusal(Refused, approve, own, made.list.id).value.code == "own_degree"
    refusal(NotPermitted, actions.leave_out, actor=own, conferral_id=row.id, **WHY)
    refusal(NotFound, queries.conferral_file, own, row.id)
    (line,) = queries.conferral_list_file(own, made.list.id).people
    assert not line.removable and queries.conferrals_at(own, Ask()).rows == ()
    approve(second, made.list.id)
    actions.confer_due(BEGUN)
    told(BEGUN)
    ask = {"conferral_id": row.id, "why": "Case 12.", "told": "Not yours.", "now": BEGUN}
    refusal(NotPermitted, actions.ask_revocation, actor=own, **ask)
    actions.ask_revocation(actor=registrar, **ask)
    assert told(BEGUN) == {(second.person_id, "revocation_waits")}, "whose degree it is reads nothing of it yet"
    assert [one.what for one in turns(second, BEGUN)] == ["decide_revocation"]
    assert (turns(own, BEGUN), turns(registrar, BEGUN), waits_of(own, BEGUN)) == ([], [], ())
    refusal(NotPermitted, actions.decide_revocation, actor=own, conferral_id=row.id, accept=False, **WHY)
    (mine,) = queries.conferrals_of(own, own.person_id).values()
    (line,) = queries.conferral_list_file(own, made.list.id).people
    assert mine == line.conferral and (mine.asked_at, mine.asked_by, mine.asked_why, mine.asked_told) == (
        *(None, "", "", ""),
    )
    assert copied(own)["state"] == "conferred" and not {name for name in copied(own) if name.startswith("asked")}
    actions.decide_revocation(actor=second, conferral_id=row.id, accept=True, reason="Yes.", now=BEGUN)
    (mine,) = queries.conferrals_of(own, own.person_id).values()
    assert (mine.asked_told, mine.asked_why, mine.revoked_by) == ("Not yours.", "", "")
    assert copied(own)["asked_told"] == "Not yours." and "asked_why" not in copied(own)


def turns(who, now) -> list:
    """What of degrees waits for a registrar."""
    return [one for one in waits_at(who, now) if one.what not in ELSE]


def copied(who) -> dict:
    """The conferral as the copy of all that is held about its holder has it."""
    copy = zipfile.ZipFile(export_person(actor=who, person_id=who.person_id, now=BEGUN))
    (row,) = copy.read("tables/recognition_conferral.jsonl").splitlines()
    return json.loads(row)


def test_a_list_whose_day_has_passed_is_refused_or_called_off(cast, learner, done, second) -> None:  # noqa: F811
    registrar, after = cast["registrar"], BEGUN + timedelta(days=1)
    made = prepare(registrar, done)
    (wait,) = turns(second, LATER)
    assert (wait.what, wait.id, turns(registrar, LATER)) == ("decide_conferral", made.list.id, [])
    assert wait.late_after.date() == DAY
    assert refusal(Refused, approve, second, made.list.id, now=after).value.code == "day_passed"
    actions.confer_due(after)
    assert ConferralRow.objects.get().state == "waiting", "what nobody approved is never conferred"
    approve(second, made.list.id, accept=False, now=after)
    assert turns(second, after) == []
    today = prepare(registrar, done, day=after.date(), now=after)
    assert turns(second, after)[0].standing(after) == "on_time", "a list of today is not late at once"
    approve(second, today.list.id, now=after)
    actions.confer_due(after)
    told(after)
    row = ConferralRow.objects.get(state="conferred")
    later = after + timedelta(days=1)
    ask = {"actor": registrar, "conferral_id": row.id, "why": "x", "told": "y", "now": later}
    actions.ask_revocation(**ask)
    actions.decide_revocation(actor=second, conferral_id=row.id, accept=True, reason="z", now=later)
    told(later)
    again = prepare(registrar, done, day=later.date(), now=later)
    approve(second, again.list.id, now=later)
    actions.confer_due(later + timedelta(hours=1))
    old, new = row.id, ConferralRow.objects.get(listed=again.list.id).id
    assert queries.conferral_file(registrar, new).credential_id is None, "that of before is not the one of today"
    told(later + timedelta(hours=1))
    assert queries.conferral_file(registrar, new).credential_id == credential_of(learner).id
    assert queries.my_degrees(learner)[done].conferred.id == new != old


def test_who_is_not_ready_is_left_and_the_others_are_listed(cast, learner, done) -> None:  # noqa: F811
    other, told_ = person("Bo B"), {"agreement_id": HES, "version": 1, "institution": "HES", "slot": "elective"}
    put(CreditAwardRow, **told_, learner_id=other.person_id, application_id=new_id(), state="active", posted_at=LATER)
    ids = [one.application_id for one in queries.graduands(cast["registrar"], "HES")]
    assert (len(ids), ids[0]) == (2, done), "who is ready comes first"
    made = prepare(cast["registrar"], *ids, *ids)
    assert [(one.one, one.reason.code) for one in made.left] == [(other.person_id, "not_complete")]
    assert [one.learner_id for one in ConferralRow.objects.all()] == [learner.person_id] and made.list.people == 1
    assert [one.learner_id for one in queries.graduands(cast["registrar"], "HES")] == [other.person_id]
    assert queries.degrees_at(cast["registrar"], "HES") == {"ALM Management": "Master of Liberal Arts, Management"}
    assert queries.graduands(cast["registrar"], "HES", "No such degree") == ()


def test_two_registrars_at_once(transactional_db) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite writes one at a time, in memory from one thread: this runs on PostgreSQL")
    here = story.load_world()
    ana = story.entitled(here)
    joined_ = story.join(here, story.accepted(here, ana).id)
    two, three = (person(f"Registrar {name}", ("registrar", "HES")) for name in ("Two", "Three"))
    finish(here, ana, joined_.id, two)
    one = here["registrar"]
    found = at_once(*[lambda who=who: prepare(who, joined_.id).list for who in (one, two, three)])
    assert sorted(found) == ["nobody_ready", "nobody_ready", "waiting"]
    row = ConferralListRow.objects.get()
    others = [who for who in (one, two, three) if who.person_id != row.prepared_by_id]
    yes = lambda who: lambda: (approve(who, row.id), ConferralListRow.objects.get())[1]  # noqa: E731
    no = lambda who: lambda: (approve(who, row.id, accept=False), ConferralListRow.objects.get())[1]  # noqa: E731
    found = at_once(yes(others[0]), no(others[1]))
    assert found in (["approved", "decided_already"], ["decided_already", "refused"])
    if found[1] == "refused":
        row = ConferralListRow.objects.get(id=prepare(one, joined_.id).list.id)
        approve(two, row.id)
    off = lambda: actions.withdraw_conferral(actor=three, list_id=row.id, reason="x", now=BEGUN)  # noqa: E731
    out = lambda: actions.leave_out(  # noqa: E731
        actor=one, conferral_id=ConferralRow.objects.get(listed=row).id, reason="x", now=BEGUN
    )
    due = lambda: (actions.confer_due(BEGUN), ConferralListRow.objects.get(id=row.id))[1]  # noqa: E731
    at_once(off, out, due, due)
    state = ConferralRow.objects.get(listed=row).state
    listed = ConferralListRow.objects.get(id=row.id).state
    assert (state, listed) in {("conferred", "done"), ("left_out", "called_off")}
    told(BEGUN)
    assert (credential_of(ana) is not None) == (state == "conferred")
