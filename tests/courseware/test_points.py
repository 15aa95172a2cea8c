"""Points that staff decide: one learner's by hand, a corrected problem's for everybody; nobody else's move."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.api.test_verbs import call
from tests.courseware.conftest import RUN, Write, number, studying
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.accounts.queries import person_of
from linkspan.courseware.actions import (
    ask_rescore,
    discard_rescore,
    import_course,
    open_unit,
    set_points,
    submit_problem,
    take_rescore,
    try_points,
)
from linkspan.courseware.models import RescoreRow, ScoreRow, SetPointsRow
from linkspan.courseware.queries import grade, points_set, rescore, rescores_of, score_changes
from linkspan.courseware.rules import RescoreState, ScoreChange
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.messages.queries import notices_of

pytestmark = pytest.mark.django_db
INSIDE = (
    '<sequential url_name="s" display_name="Week" graded="true" format="HW"><vertical url_name="v">{p}{q}</vertical>'
    "</sequential>"
)


def content(answer: object) -> str:
    """A graded subsection of two problems, the first with this answer."""
    return INSIDE.replace("{p}", number(answer, url_name="p", display_name="Demand")).replace(
        "{q}", number(2, url_name="q")
    )


@pytest.fixture
def taught(course: Write, learner: Actor) -> Actor:
    """A learner of a course whose first problem is wrong: it takes 5, and 4 is right."""
    import_course(actor=SYSTEM, path=course(content(5)), now=NOW)
    return learner


@pytest.fixture
def staff() -> Actor:
    """Program staff there."""
    return person("Stef Staff", ("program_staff", "CasesX"))


def answer(who: Actor, usage: str, value: str) -> None:
    """Submit one."""
    submit_problem(actor=who, run_id=RUN, usage=usage, answers={"2_1": value}, now=NOW)


def percent(who: Actor) -> int:
    """The grade in the course."""
    return int(grade(who.own_id, RUN, NOW).percent)


def told(who: Actor) -> list[str]:
    """The titles of somebody's notices."""
    return [one.title for one in notices_of(who) if one.title.startswith("Your points")]


def test_points_by_hand_count_for_one_learner_with_their_history(taught: Actor, staff: Actor) -> None:
    other = studying("Other Sample")
    answer(taught, "problem/q", "2")
    asked = {"actor": staff, "run_id": RUN, "learner_id": taught.person_id, "usage": "s"}
    effect = try_points(**asked, earned=Decimal("1.5"), now=NOW)
    assert (effect.points_before, effect.points_after, effect.possible) == (1, Decimal("1.5"), 2)
    assert (effect.before, effect.after) == (50, 75) and percent(taught) == 50 and not SetPointsRow.objects.exists()
    for _ in range(2):
        assert set_points(**asked, earned=Decimal("1.5"), reason="Illness", now=NOW) == effect
        effect = try_points(**asked, earned=Decimal("1.5"), now=NOW)
    assert (percent(taught), percent(other)) == (75, 0) and SetPointsRow.objects.count() == 1
    answer(taught, "problem/p", "5")
    assert percent(taught) == 75
    set_points(**asked, earned=None, reason="Answered since", now=NOW + timedelta(hours=1))
    assert percent(taught) == 100
    rows = points_set(staff, RUN).rows
    assert [(row.earned, row.reason, row.counts) for row in rows] == [
        (None, "Answered since", False),
        (Decimal("1.5"), "Illness", False),
    ]
    outbox.drain(now=NOW + timedelta(hours=2))
    assert told(taught).count("Your points in Cases were changed") == 2 and not told(other)
    assert [entry.why for entry in audit.newest_entries(5, verb="set_points")] == ["Answered since", "Illness"]
    assert outbox.backlog() == (0, 0)


def test_no_points_are_zero_points(taught: Actor, staff: Actor) -> None:
    answer(taught, "problem/q", "2")
    set_points(
        actor=staff, run_id=RUN, learner_id=taught.person_id, usage="s", earned=Decimal(0), reason="Copied", now=NOW
    )
    assert percent(taught) == 0


@pytest.mark.parametrize("earned", ["-1", "2.1", "NaN", "Infinity", "0.00001", "1e30"])
def test_points_that_nobody_can_have_are_refused(taught: Actor, staff: Actor, earned: str) -> None:
    with pytest.raises(Unusable):
        set_points(
            actor=staff,
            run_id=RUN,
            learner_id=taught.person_id,
            usage="s",
            earned=Decimal(earned),
            reason="x",
            now=NOW,
        )
    assert not SetPointsRow.objects.exists()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"usage": "nowhere"}, Unusable),
        ({"reason": " "}, Unusable),
        ({"reason": "x" * 1001}, Unusable),
        ({"learner_id": None}, Unusable),
        ({"run_id": "course-v1:No+No+No"}, NotFound),
    ],
)
def test_points_without_a_place_a_reason_or_a_learner_are_refused(taught, staff, given, error) -> None:
    whole = {"run_id": RUN, "learner_id": taught.person_id, "usage": "s", "earned": Decimal(1), "reason": "x"} | given
    whole["learner_id"] = whole["learner_id"] or person("Stranger Sample").person_id
    with pytest.raises(error):
        set_points(actor=staff, now=NOW, **whole)
    assert not SetPointsRow.objects.exists()


@pytest.mark.parametrize("role", ["author", "proctor", "dean"])
def test_who_decides_no_points_there_does_nothing(taught: Actor, role: str) -> None:
    for who in (person("Role Sample", (role, "CasesX")), person("Else Sample", ("registrar", "ElseX")), taught):
        with pytest.raises(NotPermitted):
            set_points(
                actor=who, run_id=RUN, learner_id=taught.person_id, usage="s", earned=Decimal(2), reason="x", now=NOW
            )
        with pytest.raises(NotPermitted):
            ask_rescore(actor=who, run_id=RUN, usage="p", only_higher=True, reason="x", now=NOW)
        with pytest.raises(NotPermitted):
            points_set(who, RUN)


def asked(staff: Actor, course: Write, *, only_higher: bool, correct: object = 4):
    """Correct the problem, teach it, and have it scored again on trial."""
    import_course(actor=SYSTEM, path=course(content(correct)), now=NOW + timedelta(minutes=1))
    found = ask_rescore(actor=staff, run_id=RUN, usage="p", only_higher=only_higher, reason="Wrong key", now=NOW)
    outbox.drain(now=NOW + timedelta(minutes=2))
    return found


@pytest.mark.parametrize("only_higher", [True, False])
def test_a_corrected_problem_is_tried_read_and_then_counts(taught, staff, course: Write, only_higher: bool) -> None:
    right, wrong, none = taught, studying("Wrong Sample"), studying("None Sample")
    answer(right, "problem/p", "4")
    answer(wrong, "problem/p", "5")
    answer(none, "problem/q", "2")
    assert [percent(one) for one in (right, wrong, none)] == [0, 50, 50]
    scoring = asked(staff, course, only_higher=only_higher)
    found = rescore(staff, scoring)
    lower = [] if only_higher else [ScoreChange(wrong.own_id, Decimal(1), Decimal(0), Decimal(1))]
    assert (found.state, found.whole, found.higher, found.lower) == (RescoreState.TRIED, 2, 1, len(lower))
    changes = score_changes(staff, scoring).rows
    assert list(changes) == [*lower, ScoreChange(right.own_id, Decimal(0), Decimal(1), Decimal(1))]
    assert [percent(one) for one in (right, wrong, none)] == [0, 50, 50]
    for _ in range(2):
        take_rescore(actor=staff, rescore_id=scoring, now=NOW)
    outbox.drain(now=NOW + timedelta(minutes=3))
    assert [percent(one) for one in (right, wrong, none)] == [50, 50 if only_higher else 0, 50]
    assert rescore(staff, scoring).state is RescoreState.COUNTED
    words = "Your points in Cases were changed"
    assert [told(one).count(words) for one in (right, wrong, none)] == [1, len(lower), 0]
    (block,) = [one for one in open_unit(actor=right, run_id=RUN, name="v", now=NOW).blocks if one.id == "problem/p"]
    assert block.problem.earned == 1 and block.problem.attempts == 1
    with pytest.raises(Refused):
        discard_rescore(actor=staff, rescore_id=scoring, now=NOW)
    assert outbox.backlog() == (0, 0)


def test_who_answers_in_between_is_scored_by_the_newest_answer(taught, staff, course: Write) -> None:
    answer(taught, "problem/p", "4")
    scoring = asked(staff, course, only_higher=True)
    answer(taught, "problem/p", "9")
    take_rescore(actor=staff, rescore_id=scoring, now=NOW)
    outbox.drain(now=NOW + timedelta(minutes=3))
    assert ScoreRow.objects.get().earned == 0 and not told(taught)


def test_what_was_tried_before_another_version_does_not_count(taught, staff, course: Write) -> None:
    answer(taught, "problem/p", "4")
    scoring = asked(staff, course, only_higher=True)
    import_course(actor=SYSTEM, path=course(content(6)), now=NOW + timedelta(minutes=5))
    assert rescore(staff, scoring).stale
    with pytest.raises(Refused):
        take_rescore(actor=staff, rescore_id=scoring, now=NOW)
    with pytest.raises(Refused):
        ask_rescore(actor=staff, run_id=RUN, usage="p", only_higher=True, reason="again", now=NOW)
    discard_rescore(actor=staff, rescore_id=scoring, now=NOW)
    assert not RescoreRow.objects.exists() and percent(taught) == 0


def test_the_page_and_the_api_do_the_same(taught, staff, course: Write, client, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    answer(taught, "problem/p", "4")
    page, place = browser(staff), f"/desk/courses/{RUN}/points/"
    email = person_of(taught.own_id).email
    typed = {"email": email, "subsection": "sequential/s", "points": "1,5", "reason": "Illness"}
    looked = page.post(place, typed | {"do": "look"}).content.decode()
    shown = " ".join(re.sub("<[^>]+>", "", looked).split())
    assert (
        "0 → 1.5 / 2" in shown and "0%" in shown and 'value="Illness"' in looked and not SetPointsRow.objects.exists()
    )
    assert page.post(place, typed | {"do": "set", "points": "x"}).status_code == 422
    assert page.post(place, typed | {"do": "set"}).status_code == 302
    shown = page.get(place).content.decode()
    assert "Illness" in shown and "1.5" in shown
    body = {"learner_id": str(taught.person_id), "subsection": "s", "points": None, "reason": "x"}
    effect = call(client, staff, f"courseware/runs/{RUN}/points", body, key="a").json()
    assert (effect["before"], effect["after"]) == (75, 0)
    import_course(actor=SYSTEM, path=course(content(4)), now=NOW + timedelta(minutes=1))
    there = page.post(place, {"do": "score", "problem": "problem/p", "reason": "Wrong key"}).headers["Location"]
    assert "Being tried" in page.get(there).content.decode()
    outbox.drain(now=NOW + timedelta(minutes=2))
    assert "Waits for your decision" in page.get(there).content.decode()
    assert page.get(f"{there}changes.csv").content.decode().count("\n") == 2
    assert page.post(there, {"do": "count"}).status_code == 302
    outbox.drain(now=NOW + timedelta(minutes=3))
    assert "Counts" in page.get(there).content.decode()
    (row,) = rescores_of(staff, RUN)
    assert row.only_higher and row.higher == 1
    assert browser(person("Else Sample", ("registrar", "ElseX"))).get(there).status_code == 404
    assert browser(taught).get(place).status_code == 403
