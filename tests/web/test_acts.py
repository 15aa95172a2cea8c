"""Acts that cannot be undone: looked at, confirmed, in effect after a while or on a day, undone until then."""

import ast
from datetime import timedelta

import pytest
from tests.admissions.test_actions import AFTER, opened, scored, state
from tests.api.test_verbs import call
from tests.factories.acts import confirmed, done, fields_of
from tests.factories.people import browser, person
from tests.factories.world import load_world
from tests.site.doors import actions as every_action
from tests.site.doors import modules, named_in, short

from linkspan.accounts.models import RoleGrant
from linkspan.admissions import actions
from linkspan.admissions.rules.applications import State
from linkspan.kernel import acts, outbox
from linkspan.kernel.acts import Asked, Confirmed, Outdated, PlannedState, confirm, known_acts, look, release_due
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.models import OutboxDelivery, PlannedActRow, TrailEntry
from linkspan.messages.models import NoticeRow
from linkspan.web.act_words import WORDS


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", AFTER.isoformat())
    return load_world()


@pytest.fixture
def minutes(settings):
    settings.UNDO_MINUTES = 15


@pytest.fixture
def ready(cast):
    """A ranked round of one seat with three scored applicants, its list certified."""
    round_id = opened()
    people = [scored(cast, round_id, name, score) for name, score in (("Ana A", 900), ("Bo B", 800), ("Cy C", 700))]
    office = person("Olga Office", ("admissions", "MIT"))
    actions.certify_list(actor=office, round_id=round_id, now=AFTER)
    outbox.drain(now=AFTER)
    NoticeRow.objects.all().delete()
    return round_id, people, office


def asked(office, round_id, now=AFTER) -> Asked:
    return Asked(office, str(round_id), {}, "The committee met.", now)


def said(preview, once=None, **more) -> Confirmed:
    return Confirmed(once or new_id(), preview.seen, "The committee met.", len(preview.people), **more)


def told() -> set:
    return set(NoticeRow.objects.values_list("recipient_id", "kind"))


@pytest.mark.django_db
def test_a_preview_names_who_is_hit_and_told_by_the_rule_that_acts_and_changes_nothing(ready) -> None:
    round_id, people, office = ready
    before = TrailEntry.objects.count()
    found = look(actions.MATCH, asked(office, round_id))
    ids = [one.person_id for one, _ in people]
    assert {(c.learner_id, c.before, c.after) for c in found.changes if c.learner_id} == {
        (ids[0], "submitted", "offered"),
        (ids[1], "submitted", "no_seat"),
        (ids[2], "submitted", "no_seat"),
    }
    assert [(c.before, c.after) for c in found.changes if c.learner_id is None] == [("not decided", "decided")]
    assert (set(found.told), found.people) == (set(ids), frozenset(ids))
    assert [state(key) for _, key in people] == [State.SUBMITTED] * 3 and TrailEntry.objects.count() == before
    assert not OutboxDelivery.objects.filter(state="waiting").exists() and not PlannedActRow.objects.exists()
    assert look(actions.MATCH, asked(office, round_id)).seen == found.seen, "the same facts have one version"


@pytest.mark.django_db
def test_a_confirmed_act_waits_is_undone_and_takes_effect_at_its_time(ready, minutes) -> None:
    round_id, people, office = ready
    made = done(actions.MATCH, office, round_id, AFTER)
    assert (made.state, made.release_at) == (PlannedState.WAITING, AFTER + timedelta(minutes=15))
    release_due(AFTER + timedelta(minutes=14))
    assert [state(key) for _, key in people] == [State.SUBMITTED] * 3 and told() == set()
    colleague, far = person("Col League", ("admissions", "MIT")), person("Far Away", ("admissions", "HES"))
    assert [one.id for one in acts.waiting_here(colleague)] == [made.id] and acts.waiting_here(far) == ()
    with pytest.raises(NotPermitted):
        acts.undo(actor=far, planned_id=made.id, now=AFTER)
    assert acts.undo(actor=colleague, planned_id=made.id, now=AFTER).state == PlannedState.UNDONE
    release_due(AFTER + timedelta(hours=1))
    assert [state(key) for _, key in people] == [State.SUBMITTED] * 3
    again = done(actions.MATCH, office, round_id, AFTER)
    with pytest.raises(NotPermitted):
        acts.release(actor=colleague, planned_id=again.id, now=AFTER)
    later = AFTER + timedelta(minutes=15)
    release_due(later)
    release_due(later)
    outbox.drain(now=later)
    assert state(people[0][1]) == State.OFFERED
    kinds = ("application_offered", "application_no_seat", "application_no_seat")
    assert told() == {(one.person_id, kind) for (one, _), kind in zip(people, kinds, strict=True)}
    with pytest.raises(Refused, match="taken effect"):
        acts.undo(actor=office, planned_id=again.id, now=later)
    verbs = TrailEntry.objects.filter(subject__startswith="kernel.act:").order_by("position")
    assert list(verbs.values_list("verb", flat=True)) == ["confirm_act", "undo_act", "confirm_act"]


@pytest.mark.django_db
def test_what_was_seen_and_changed_since_is_refused_and_shown_anew(ready) -> None:
    round_id, people, office = ready
    client, path = browser(office), f"/desk/rounds/{round_id}/match/"
    first = fields_of(client.get(path).content.decode())
    actions.withdraw_application(actor=people[2][0], application_id=people[2][1], now=AFTER)
    answer = client.post(path, first | {"reason": "The committee met."})
    page = answer.content.decode()
    assert answer.status_code == 409 and "Something was changed since you looked" in page
    assert fields_of(page)["number"] == ["2"] and fields_of(page)["seen"] != first["seen"]
    assert 'value="The committee met."' in page, "what was typed is kept"
    assert state(people[0][1]) == State.SUBMITTED
    assert client.post(path, fields_of(page) | {"reason": "The committee met."}).status_code == 302
    assert [state(key) for _, key in people] == [State.OFFERED, State.NO_SEAT, State.WITHDRAWN]


@pytest.mark.django_db
def test_pressing_twice_acts_once_and_of_two_people_the_second_is_told(ready, minutes) -> None:
    round_id, _, office = ready
    other = person("Second Officer", ("admissions", "MIT"))
    seen, once = look(actions.MATCH, asked(office, round_id)), new_id()
    first = confirm(actions.MATCH, asked(office, round_id), said(seen, once))
    assert confirm(actions.MATCH, asked(office, round_id), said(seen, once)) == first
    assert PlannedActRow.objects.count() == 1
    with pytest.raises(Refused) as no:
        confirm(actions.MATCH, asked(other, round_id), said(seen))
    assert no.value.code == "act_waits" and "Olga Office" in no.value.message
    with pytest.raises(NotPermitted):
        confirm(actions.MATCH, asked(other, round_id), said(seen, once))
    page = browser(other).get(f"/desk/rounds/{round_id}/match/").content.decode()
    assert "Olga Office confirmed this" in page and "Undo" in page and "Let it take effect now" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["facts", "rights"])
def test_an_act_lapses_if_the_facts_or_the_rights_changed_and_only_its_person_is_told(ready, minutes, how) -> None:
    round_id, people, office = ready
    made = done(actions.MATCH, office, round_id, AFTER)
    if how == "facts":
        actions.withdraw_application(actor=people[0][0], application_id=people[0][1], now=AFTER)
    else:
        RoleGrant.objects.filter(user_id=office.person_id).delete()
    later = AFTER + timedelta(minutes=15)
    release_due(later)
    outbox.drain(now=later)
    assert PlannedActRow.objects.get(id=made.id).state == PlannedState.LAPSED
    assert told() == {(office.person_id, "act_lapsed")} and state(people[1][1]) == State.SUBMITTED


@pytest.mark.django_db
def test_a_day_is_named_for_it_and_what_is_not_said_is_asked_for(ready, minutes) -> None:
    round_id, people, office = ready
    seen = look(actions.MATCH, asked(office, round_id))
    for wrong, code in (
        ({"reason": " "}, "reason_missing"),
        ({"number": 2}, "number_wrong"),
        ({"release_at": AFTER}, "release_unusable"),
        ({"release_at": AFTER + timedelta(days=91)}, "release_unusable"),
    ):
        words = {"reason": "Yes.", "number": 3} | wrong
        with pytest.raises(Unusable) as no:
            confirm(actions.MATCH, asked(office, round_id), Confirmed(new_id(), seen.seen, **words))
        assert no.value.code == code
    with pytest.raises(Outdated):
        confirm(actions.MATCH, asked(office, round_id), Confirmed(new_id(), "x", "Yes.", 3))
    client, path = browser(office), f"/desk/rounds/{round_id}/match/"
    sent = fields_of(client.get(path).content.decode()) | {"reason": "Yes."}
    for wrong in ("31.12.2019", "2019-02-30", "x"):
        answer = client.post(path, sent | {"release": wrong})
        assert answer.status_code == 422 and f'value="{wrong}"' in answer.content.decode()
        assert 'value="Yes."' in answer.content.decode()
    day = AFTER.date() + timedelta(days=3)
    assert client.post(path, sent | {"release": day.isoformat()}).status_code == 302
    row = PlannedActRow.objects.get()
    assert row.release_at.date() == day and row.state == PlannedState.WAITING
    page = client.get("/desk/").content.decode()
    assert "Match the round" in page and "Yes." in page
    assert client.post(f"/desk/acts/{row.id}/", {"do": "release"}).status_code == 302
    assert state(people[0][1]) == State.OFFERED
    assert client.post(f"/desk/acts/{row.id}/", {"do": "undo"}).status_code == 409
    assert client.post(f"/desk/acts/{row.id}/", {"do": "x"}).status_code == 422


@pytest.mark.django_db
def test_what_a_learner_does_takes_effect_at_once(ready, minutes) -> None:
    _, people, _ = ready
    learner, application_id = people[2]
    path = f"/applications/{application_id}/answer/"
    page = browser(learner).post(path, {"do": "withdraw"}).content.decode()
    assert "Your application ends at once" in page and state(application_id) == State.SUBMITTED
    assert "Bo B" not in page and "Reason" not in page, "nobody else is named, and nothing is asked"
    assert confirmed(browser(learner), path, {"do": "withdraw"}).status_code == 302
    assert state(application_id) == State.WITHDRAWN


@pytest.mark.django_db
def test_the_api_looks_confirms_and_undoes(ready, minutes, client) -> None:
    round_id, people, office = ready
    body = {"subject": str(round_id), "reason": "The committee met."}
    seen = call(client, office, "acts/match/preview", body, key="a").json()
    assert len(seen["told"]) == 3 and len(seen["changes"]) == 4
    outdated = call(client, office, "acts/match/confirmation", body | {"seen": "x", "number": 3}, key="b")
    assert (outdated.status_code, outdated.json()["type"]) == (409, "urn:linkspan:problem:changed_since")
    made = call(client, office, "acts/match/confirmation", body | {"seen": seen["seen"], "number": 3}, key="c").json()
    assert [one["id"] for one in call(client, office, "acts/").json()] == [made["id"]]
    assert call(client, people[0][0], "acts/").json() == []
    assert call(client, people[0][0], f"acts/planned/{made['id']}/undo", {}, key="d").status_code == 403
    assert call(client, office, f"acts/planned/{made['id']}/undo", {}, key="e").json()["state"] == "undone"
    assert call(client, office, "acts/eat/preview", body, key="f").status_code == 404
    assert call(client, people[0][0], "acts/match/preview", body, key="g").status_code == 403


#: Verbs of actions that cannot be taken back by the same person, or of which others are told at once.
FINAL = {
    "activate", "admit", "answer", "cancel", "certify", "close", "confirm", "decide", "delete", "drop", "end", "erase",
    "freeze", "issue", "lift", "move", "post", "publish", "refuse", "reissue", "release", "rerun", "reverse", "revoke",
    "submit", "suspend", "withdraw",
}  # fmt: skip
CHECKED = "its page shows what is sent, with a page to check before"
SHOWN = "its page shows what changes before it is done, with a dry run of its own"
ONE = "one row of a queue, decided on the page that shows it; an appeal corrects it"
BACK = "can be given again by the same person"
DATED = "holds from a day on: taken back until then, followed by another one after"
SAID = "only says something, to which more can be said"
PARTS = "is a part of another act, or is done by the clock or a command"
#: Why an action with such a verb has no preview of this kind.
ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(
        (
            "accounts.submit_identity",
            "admissions.submit_application",
            "admissions.submit_review",
            "courseware.submit_problem",
            "exams.submit_attempt",
        ),
        CHECKED,
    ),
    **dict.fromkeys(
        (
            "accounts.end_access",
            "accounts.erase_by_email",
            "accounts.revoke_role",
            "accounts.revoke_roles",
            "catalog.publish_change",
            "catalog.publish_changes",
            "courseware.delete_post",
            "exams.cancel_sitting",
            "exams.publish_series",
            "exams.publish_version",
            "institutions.move_to_web",
        ),
        SHOWN,
    ),
    **dict.fromkeys(
        (
            "admissions.decide_appeal",
            "admissions.decide_waiver",
            "credentials.issue_commendation",
            "courseware.decide_link",
            "credentials.refuse_award",
            "credentials.refuse_awards",
            "exams.cancel_appointment",
            "exams.cancel_attempt",
            "exams.confirm_identity",
            "exams.decide_accommodation",
            "exams.decide_appeal",
            "exams.decide_late_answers",
            "exams.decide_way",
            "finance.confirm_bank_entry",
            "finance.decide_need",
            "finance.decide_refund",
            "finance.decide_write_off",
            "pathways.release_hold",
        ),
        ONE,
    ),
    **dict.fromkeys(
        (
            "accounts.delete_view",
            "accounts.end_partner",
            "accounts.end_sign_ins",
            "accounts.revoke_api_client",
            "accounts.revoke_scim_token",
            "accounts.revoke_token",
            "accounts.revoke_consent",
            "accounts.withdraw_deletion",
            "accounts.withdraw_invitation",
            "accounts.withdraw_merge",
            "accounts.withdraw_note",
            "courseware.end_extension",
            "courseware.end_link",
            "courseware.end_thread",
            "courseware.withdraw_announcement",
            "credentials.issue_transcript",
            "credentials.lift_revocation",
            "credentials.withdraw_grading_policy",
            "exams.cancel_booking",
            "exams.drop_booking",
            "exams.end_break",
            "exams.end_seb_waiver",
            "exams.end_timeline",
            "exams.end_wait",
            "exams.move_booking",
            "exams.withdraw_invitation",
            "exams.withdraw_ruling",
            "institutions.end_signatory",
            "institutions.end_trust",
            "pathways.close_feed",
            "pathways.delete_plan",
            "pathways.drop_draft",
            "pathways.revoke_share",
            "pathways.withdraw_approval",
            "recognition.withdraw_conferral",
            "recognition.withdraw_exception",
            "recognition.issue_transcript",
        ),
        BACK,
    ),
    "exams.answer_rejection": SAID,
    "recognition.answer_case": SAID,
    "credentials.publish_grading_policy": DATED,
    "institutions.publish_look": DATED,
    **dict.fromkeys(
        (
            "accounts.erase_from_trail",
            "catalog.publish_requirements",
            "credentials.issue_course_certificate",
            "credentials.issue_missing",
            "credentials.issue_over_api",
            "credentials.issue_program_credential",
            "credentials.reissue_credential",
            "credentials.revoke_credential",
            "credentials.suspend_credential",
            "credentials.withdraw_degree",
            "credentials.withdraw_degree_record",
            "enrolment.cancel_unpaid",
            "enrolment.close_verified_track",
            "enrolment.confirm_payment",
            "exams.close_no_show",
            "finance.cancel",
            "finance.issue_documents",
            "finance.post_forgone_tuition",
            "finance.reverse_forgone_tuition",
            "pathways.publish_version",
            "records.freeze_course_grade",
        ),
        PARTS,
    ),
}


def test_every_act_that_cannot_be_undone_is_looked_at_first() -> None:
    """A new action with such a verb is named here: in an `irreversible` module of its domain, or with the reason."""
    final = {one for one in every_action() if one[1].split("_")[0] in FINAL}
    looked = {
        action
        for name, module in modules().items()
        if name.endswith(".actions.irreversible")
        for one in module.definitions
        for action in named_in((name, one)) & every_action()
    }
    missing = {short(one) for one in final - looked}
    assert sorted(missing ^ set(ELSEWHERE)) == [], "give it an Act, or say why it needs none"
    for name, module in modules().items():
        if name.startswith("linkspan.web."):
            for one, tree in module.definitions.items():
                direct = {short(action) for action in named_in((name, one)) & looked}
                assert not direct, f"{name}.{one} does {direct} without a preview"
                assert isinstance(tree, ast.AST)


def test_every_act_has_its_words() -> None:
    assert {"match", "certify", "decide", "answer", "change_credentials", "reissue", "publish_grades"} <= set(
        known_acts()
    )
    assert all((name, "") in WORDS for name in known_acts())
