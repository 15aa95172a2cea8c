"""What models say of a version: against numbers of another program, worked out by the worker, of groups of 100 only."""

import html
import uuid
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from tests.factories import exams as make
from tests.factories.answered import by_ability, choices, put_answered
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.factories.world import load_world

from linkspan.exams import actions, queries
from linkspan.exams.engines.statistics import irt
from linkspan.exams.models import AccommodationRow, AnalysisRow, AttemptRow, ExamRow
from linkspan.exams.queries.modelling import _bands, _differing, _purified
from linkspan.exams.rules.modelling import GroupKind, WorkState
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted
from linkspan.screens.exam_statistics import statistics_screen

PAGE = "/desk/exams/make/CFx/versions/1/analysis/"
ITEMS, LEARNERS = 8, 240


def matrix(answers, items=6):
    return np.asarray([[float(one[f"q{n}"] == "1") for n in range(items)] for one in answers])


def test_both_models_give_the_numbers_of_another_program() -> None:
    """The numbers are those of girth 0.8 (onepl_mml, twopl_mml)."""
    right = matrix(by_ability(400, 6))
    one, two = irt.rasch(right), irt.two_parameter(right)
    assert one.converged and two.converged
    assert one.spread == pytest.approx(1.0215, abs=0.002)
    assert one.difficulty == pytest.approx([-1.5365, -0.8584, -0.3059, 0.1952, 0.9825, 1.3869], abs=0.002)
    assert two.slope == pytest.approx([0.7314, 0.8909, 1.042, 0.9588, 1.2458, 1.3734], abs=0.002)
    assert two.difficulty == pytest.approx([-1.9413, -0.9273, -0.2954, 0.1998, 0.8445, 1.1232], abs=0.002)


def test_fit_tells_guessing_from_what_is_expected_and_from_what_is_too_regular() -> None:
    drawn = np.random.default_rng(3)
    able, hard = drawn.normal(0, 1.1, 600), np.linspace(-2, 2, 12)
    right = (drawn.random((600, 12)) < 1 / (1 + np.exp(hard - able[:, None]))).astype(float)
    right[:, 5], right[:, 6] = able > hard[5], drawn.random(600) < 0.5
    right[::3, 7] = np.nan
    model = irt.rasch(right)
    others = [n for n in range(12) if n not in (5, 6)]
    assert max(model.infit[5], model.outfit[5]) < 0.8 and min(model.infit[6], model.outfit[6]) > 1.2
    assert [model.infit[n] for n in others] == pytest.approx([1] * 10, abs=0.12)
    # Few miss an easy question, and these few decide its outfit.
    assert [model.outfit[n] for n in others] == pytest.approx([1] * 10, abs=0.25)


def test_a_question_that_differs_does_not_make_the_others_look_so() -> None:
    """Three of ten questions are much harder for a group of equal ability."""
    drawn = np.random.default_rng(5)
    able, hard = drawn.normal(0, 1, 1600), np.linspace(-1.5, 1.5, 10)
    focal = np.arange(1600) % 2 == 0
    harder = np.zeros((1600, 10))
    harder[np.ix_(focal, [0, 1, 2])] = 1.6
    right = (drawn.random((1600, 10)) < 1 / (1 + np.exp(hard + harder - able[:, None]))).astype(float)
    plain = [_differing(right[:, n], _bands(right), focal, ~focal) for n in range(10)]
    pure = _purified(right, right, focal, ~focal)
    assert [n for n, one in enumerate(plain) if one.ets != "A"] != [0, 1, 2]
    assert [n for n, one in enumerate(pure) if one.ets != "A"] == [0, 1, 2]
    assert all(one.ets == "C" and one.delta < 0 for one in pure[:3])


def test_questions_that_were_not_had_tell_nothing_and_useless_ones_are_left_out() -> None:
    right = matrix(by_ability(400, 6))
    whole = irt.rasch(right).difficulty
    right[::2, 0] = np.nan
    assert irt.rasch(right).difficulty == pytest.approx(whole, abs=0.25)
    right[:, 1], right[:350, 2] = 1, np.nan
    assert irt.usable(right, 100) == [0, 3, 4, 5]
    assert irt.usable(np.empty((0, 3)), 100) == []


def test_versions_are_equated_by_the_shift_of_their_common_questions() -> None:
    tie = irt.linked([0, 1, 2, 3, 4], [0.5, 1.5, 2.5, 3.5, 4.5])
    assert (tie.shift, tie.error, tie.common) == (0.5, 0, 5)
    assert irt.linked([0, 1, 2, 3], [0, 1, 2, 3]) is None
    able = irt.ability_at(60, [-1, 0, 1], [1, 1, 1])
    assert irt.expected(able, [-1, 0, 1], [1, 1, 1]) == pytest.approx(60)
    assert irt.ability_at(100, [-1, 0, 1], [1, 1, 1]) is None


def put_by_model(sitting, number: int, seed: int, harder: int = 0) -> list[uuid.UUID]:
    """Attempts whose answers follow a Rasch model; the first so many miss the first question but rarely."""
    answers = by_ability(LEARNERS, ITEMS, seed)
    for n, one in enumerate(answers[:harder]):
        one["q0"] = "1" if n % 4 == 0 else "0"
    shares = [{name: str(int(given == "1")) for name, given in one.items()} for one in answers]
    unsaid = [dict.fromkeys(one) for one in answers]
    return [one.learner_id for one in put_answered(sitting, unsaid, number=number, shares=shares)]


@pytest.fixture
def cast(db):
    """Two versions of an exam of eight questions, each with 240 attempts; of the first, 120 with extra time."""
    people = load_world()
    bank, draw = choices(ITEMS)
    make.put_exam(bank, draw=draw)
    sitting = make.put_sitting()
    learners = put_by_model(sitting, 1, 1, harder=120)
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    actions.publish_version(actor=SYSTEM, code="CFx", number=2, now=NOW + timedelta(days=1))
    put_by_model(sitting, 2, 2)
    exam = ExamRow.objects.get(code="CFx")
    told = {"exam": exam, "amount": 25, "state": "approved", "requested_at": NOW, "decided_at": NOW}
    AccommodationRow.objects.bulk_create([AccommodationRow(learner_id=one, **told) for one in learners[:120]])
    return people


def test_the_worker_works_it_out_once_and_says_when_it_is_out_of_date(cast) -> None:
    staff = cast["staff"]
    assert statistics_screen(staff, "CFx", 1).work.state is None
    assert actions.ask_analysis(actor=staff, code="CFx", number=1, now=NOW)
    assert not actions.ask_analysis(actor=staff, code="CFx", number=1, now=NOW), "it is under way"
    assert "part 0 of 4" in browser(staff).get(PAGE).content.decode()
    outbox.drain(now=NOW)
    work = statistics_screen(staff, "CFx", 1).work
    assert (work.state, work.step, work.fresh, work.models.attempts) == (WorkState.DONE, 4, True, LEARNERS)
    assert [one.item for one in work.models.items] == [f"q{n}" for n in range(ITEMS)]
    assert all(one.slope is None for one in work.models.items), "too few attempts for two parameters"
    assert all(abs(one.infit - 1) < 1 and abs(one.outfit - 1) < 1 for one in work.models.items)
    assert work.models.compared == (), "no group is compared before the institution says so"
    (tie,) = work.models.equated
    assert (tie.version, tie.common, tie.cut) == (2, ITEMS, 60)
    assert 50 < tie.equal < 62 and tie.error < 12
    assert not actions.ask_analysis(actor=staff, code="CFx", number=1, now=NOW), "nothing came since"
    AttemptRow.objects.filter(id=AttemptRow.objects.filter(version__number=1)[0].id).update(state="rejected")
    assert not statistics_screen(staff, "CFx", 1).work.fresh
    actions.work_out_analysis(version_id=AnalysisRow.objects.get().version_id, asked_at=NOW, now=NOW)
    assert not statistics_screen(staff, "CFx", 1).work.fresh, "a delivery that comes again does nothing"
    assert "Results, rulings or settings changed since." in browser(staff).get(PAGE).content.decode()


def test_a_group_is_compared_where_it_may_be_and_is_large_and_is_else_not_named(cast) -> None:
    registrar = person("Registrar Sample", ("registrar", "MITx"))
    for other in (cast["staff"], person("Elsewhere", ("registrar", "HES")), cast["learner"]):
        with pytest.raises(NotPermitted):
            actions.set_compared_groups(actor=other, institution="MITx", groups=set(GroupKind), now=NOW)
    answer = browser(registrar).post("/desk/exams/make/at/MITx/groups/", {"groups": list(GroupKind)})
    assert answer.status_code == 302 and queries.compared_groups("MITx") == tuple(GroupKind)
    assert browser(registrar).post("/desk/exams/make/at/MITx/groups/", {"groups": "religion"}).status_code == 422
    actions.ask_analysis(actor=cast["staff"], code="CFx", number=1, now=NOW)
    outbox.drain(now=NOW)
    (group,) = statistics_screen(cast["staff"], "CFx", 1).work.models.compared
    assert (group.kind, group.value, group.questions) == (GroupKind.EXTRA_TIME, "", ITEMS)
    row = min(group.rows, key=lambda one: one.delta)
    assert (row.item, row.size) == ("q0", "C") and row.delta < Decimal("-1.5")
    assert all(one.delta > 0 for one in group.rows if one != row), "it is only this one that is harder"
    page = html.unescape(browser(cast["staff"]).get(PAGE).content.decode())
    assert "Learners with extra time, against all others" in page and "a large difference" in page
    kept = AccommodationRow.objects.values_list("id", flat=True)[:21]
    AccommodationRow.objects.filter(id__in=list(kept)).update(state="refused")
    AttemptRow.objects.filter(version__number=1).update(released_at=NOW + timedelta(seconds=1))
    assert actions.ask_analysis(actor=cast["staff"], code="CFx", number=1, now=NOW + timedelta(days=1))
    outbox.drain(now=NOW + timedelta(days=1))
    assert statistics_screen(cast["staff"], "CFx", 1).work.models.compared == (), "99 have extra time"
    page = browser(cast["staff"]).get(PAGE).content.decode()
    assert "extra time, against" not in page and "Nothing to tell" in page


def test_few_attempts_give_no_model_and_only_who_makes_the_exam_may_ask(db, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: NOW)
    cast = load_world()
    bank, draw = choices(2)
    make.put_exam(bank, draw=draw)
    put_answered(make.put_sitting(), by_ability(12, 2))
    for other in (cast["proctor"], cast["learner"], person("Elsewhere", ("program_staff", "HES"))):
        with pytest.raises(NotFound):
            actions.ask_analysis(actor=other, code="CFx", number=1, now=NOW)
        assert browser(other).post(PAGE, {"do": "work_out"}).status_code == 404
    client = browser(cast["staff"])
    assert client.post(PAGE, {"do": "explode"}).status_code == 422 and not AnalysisRow.objects.exists()
    assert client.post(PAGE, {"do": "work_out"}).status_code == 302
    outbox.drain(now=NOW)
    assert "Too few attempts for a model yet." in client.get(PAGE).content.decode()
    bearer = {"Authorization": f"Bearer {token_for(cast['staff'])}", "Idempotency-Key": "a"}
    path = "/api/v1/exam_making/exams/CFx/versions/1/models"
    told = client.post(path, {}, content_type="application/json", headers=bearer).json()
    assert (told["work"]["state"], told["work"]["models"]["attempts"]) == ("done", 12)
