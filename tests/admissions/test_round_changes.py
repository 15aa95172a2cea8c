"""A round that is under way is changed, prolonged, closed early and cancelled, with a reason; who applied is told."""

from datetime import timedelta

import pytest
from tests.admissions.test_actions import CLOSES, admissible, apply, opened, scored, state
from tests.api.test_verbs import call
from tests.factories.acts import confirmed
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.models import RoundRow
from linkspan.admissions.rules.applications import Mode, State
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.messages.models import NoticeRow

pytestmark = pytest.mark.django_db
WHY = "A storm."


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    return load_world()


@pytest.fixture
def office():
    return person("Olga Office", ("admissions", "MIT"))


def notices() -> set:
    outbox.drain(now=NOW)
    return set(NoticeRow.objects.filter(kind__startswith="round_").values_list("recipient_id", "kind"))


def change(office, round_id, now=NOW, **terms):
    row = RoundRow.objects.get(id=round_id)
    held = {"opens_at": row.opens_at, "closes_at": row.closes_at, "seats": row.seats, "reason": WHY}
    return actions.change_round(actor=office, round_id=round_id, now=now, **held | terms)


@pytest.fixture
def three(cast):
    """An open round with two applications, one that was withdrawn, and somebody's draft."""
    round_id = opened()
    people = [admissible(cast, name) for name in ("Ana A", "Bo B", "Cy C", "Di D")]
    made = [apply(one, round_id) for one in people[:3]]
    actions.withdraw_application(actor=people[2], application_id=made[2].id, now=NOW)
    actions.save_draft(actor=people[3], round_id=round_id, statement="I want", now=NOW)
    return round_id, people, [one.id for one in made]


def test_a_change_is_told_to_who_applied_or_began_to_and_nobody_else(office, three) -> None:
    round_id, people, _ = three
    later = CLOSES + timedelta(days=7)
    assert change(office, round_id, closes_at=later, seats=5).closes_at == later
    concerned = {people[at].person_id for at in (0, 1, 3)}
    assert notices() == {(who, "round_changed") for who in concerned}
    change(office, round_id)
    assert NoticeRow.objects.filter(kind="round_changed").count() == 3, "the same again tells nobody"
    told = NoticeRow.objects.filter(kind="round_changed").first().context
    assert told["reason"] == WHY and later.strftime("%Y-%m-") in told["due"]
    today = NOW + timedelta(hours=1)
    assert change(office, round_id, now=today, closes_at=NOW + timedelta(minutes=1)).closes_at == today
    with pytest.raises(Refused, match="closed"):
        apply(people[3], round_id, now=today)
    assert change(office, round_id, now=NOW + timedelta(days=1), closes_at=later).closes_at == later


def test_what_was_promised_stands(cast, office, three) -> None:
    round_id, _, _ = three
    for terms, code in (
        ({"opens_at": NOW + timedelta(days=1)}, "round_opened"),
        ({"seats": None}, "round_unusable"),
        ({"seats": -1}, "round_unusable"),
        ({"reason": " "}, "reason_missing"),
    ):
        with pytest.raises((Refused, Unusable)) as no:
            change(office, round_id, **terms)
        assert no.value.code == code
    for stranger in (person("Far Away", ("admissions", "HES")), cast["learner"], person("A Reader", ("reader", "MIT"))):
        with pytest.raises(NotPermitted):
            change(stranger, round_id)
        with pytest.raises(NotPermitted):
            actions.cancel_round(actor=stranger, round_id=round_id, reason=WHY, now=NOW)
    actions.certify_list(actor=office, round_id=round_id, now=CLOSES)
    with pytest.raises(Refused, match="certified this list"):
        change(office, round_id, seats=9)
    with pytest.raises(Refused, match="certified this list"):
        actions.cancel_round(actor=office, round_id=round_id, reason=WHY, now=NOW)
    rolling = opened(Mode.ROLLING, 2, term="other term")
    mine = apply(admissible(cast, "Fay F"), rolling)
    actions.decide_application(actor=office, application_id=mine.id, admit=True, reason="Yes.", now=NOW)
    with pytest.raises(Refused, match="1 seats are taken"):
        change(office, rolling, seats=0)
    with pytest.raises(Refused, match="Places in this round are given"):
        actions.cancel_round(actor=office, round_id=rolling, reason=WHY, now=NOW)


def test_a_cancelled_round_ends_its_applications_and_can_be_opened_anew(office, three) -> None:
    round_id, people, ids = three
    found = actions.cancel_round(actor=office, round_id=round_id, reason=WHY, now=NOW)
    assert (found.cancelled_at, found.cancel_reason) == (NOW, WHY)
    assert [state(key) for key in ids] == [State.CANCELLED, State.CANCELLED, State.WITHDRAWN]
    assert notices() == {(people[at].person_id, "round_cancelled") for at in (0, 1, 3)}
    actions.cancel_round(actor=office, round_id=round_id, reason="Again.", now=NOW)
    assert notices() == {(people[at].person_id, "round_cancelled") for at in (0, 1, 3)}
    with pytest.raises(Refused, match="was cancelled"):
        apply(people[3], round_id)
    with pytest.raises(Refused, match="was cancelled"):
        actions.certify_list(actor=office, round_id=round_id, now=CLOSES)
    assert queries.open_rounds([found.agreement_id], NOW) == {}
    assert queries.deadlines_ahead([found.agreement_id], NOW) == () or all(
        one.term != "a term" for one in queries.deadlines_ahead([found.agreement_id], NOW)
    )
    anew = opened()
    assert anew != round_id and apply(people[0], anew).state == State.SUBMITTED


def test_the_page_keeps_what_was_typed_shows_who_is_told_and_then_acts(cast, office, three, client) -> None:
    round_id, people, ids = three
    desk, path = browser(office), f"/desk/rounds/{round_id}/change/"
    page = desk.get(path).content.decode()
    assert "Close it now" in page and "Cancel the round" in page
    row = RoundRow.objects.get(id=round_id)
    zone = queries.zone_of_round(round_id)
    held = {"opens": f"{row.opens_at.astimezone(zone):%Y-%m-%dT%H:%M}", "seats": "7", "reason": WHY}
    for wrong in ("tomorrow", "2019-02-30T10:00", ""):
        answer = desk.post(path, held | {"do": "change", "closes": wrong})
        shown = answer.content.decode()
        assert answer.status_code == 422 and 'value="7"' in shown and f'value="{WHY}"' in shown, wrong
        assert f'value="{wrong}"' in shown
    for wrong in ("seven", "1.5"):
        assert desk.post(path, held | {"do": "change", "closes": held["opens"], "seats": wrong}).status_code == 422
    longer = f"{CLOSES + timedelta(days=3):%Y-%m-%dT%H:%M}"
    shown = " ".join(desk.post(path, held | {"do": "change", "closes": longer}).content.decode().split())
    assert "3 people get a message" in shown and "Closes" in shown and ">7<" in shown
    assert confirmed(desk, path, held | {"do": "change", "closes": longer}).status_code == 302
    assert RoundRow.objects.get(id=round_id).seats == 7
    assert browser(people[0]).get(path).status_code == 403
    sent = {
        "opens_at": row.opens_at.isoformat(),
        "closes_at": (NOW + timedelta(hours=1)).isoformat(),
        "seats": 7,
        "reason": WHY,
    }
    api = f"admission_desk/rounds/{round_id}"
    assert call(client, people[0], f"{api}/change", sent, key="a").status_code == 403
    assert call(client, office, f"{api}/change", sent | {"closes_at": "2020-01-01T00:00"}, key="b").status_code == 422
    assert call(client, office, f"{api}/change", sent, key="c").json()["seats"] == 7
    assert confirmed(desk, path, {"do": "cancel", "reason": WHY}).status_code == 302
    assert state(ids[0]) == State.CANCELLED and "This round was cancelled" in desk.get(path).content.decode()
    assert WHY in browser(people[0]).get(f"/applications/{ids[0]}/").content.decode()
    assert call(client, office, f"{api}/cancellation", {"reason": WHY}, key="d").status_code == 200
    assert browser(office).get(f"/desk/rounds/{round_id}/").status_code == 200


def test_a_joint_round_is_matched_without_the_program_that_was_cancelled(cast, office) -> None:
    joint = actions.open_intake(actor=office, coordinator="MIT", title="Joint", term="a term", answer_by=None, now=NOW)
    first = opened(intake_id=joint)
    learner, application_id = scored(cast, first, "Ana A", 900)
    actions.cancel_round(actor=office, round_id=first, reason=WHY, now=NOW)
    assert queries.intake(joint).rounds == () and state(application_id) == State.CANCELLED
    assert learner.person_id
