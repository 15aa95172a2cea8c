"""The funnel is counted, not stored; it reads the past; it is for deans of the parties."""

from datetime import timedelta

import pytest
from tests.admissions.test_actions import AFTER, MIT, answer, opened, scored
from tests.factories.acts import match
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.credentials.actions import issue_program_credential
from linkspan.kernel.bands import Band
from linkspan.kernel.errors import NotFound, NotPermitted
from linkspan.kernel.ids import new_id
from linkspan.outcomes import queries
from linkspan.outcomes.rules.funnel import STEPS

pytestmark = pytest.mark.django_db
PROGRAM = "MITx/SCM"
FEW = Band(0, 4)


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def played(cast):
    """Three admissible applicants for one seat, one completer without a degree on record, one who did not complete."""
    round_id = opened()
    people = [scored(cast, round_id, name, score) for name, score in (("Ana A", 900), ("Bo B", 800), ("Cy C", 700))]
    completer = person("No Degree")
    put_grades(completer)
    issue_program_credential(actor=SYSTEM, learner_id=completer.person_id, program_key=PROGRAM, now=NOW)
    put_grades(person("Half Way"), courses=("SC0x", "SC1x"), exam=None)
    match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    return round_id, people


def test_from_completion_to_a_seat(cast, played) -> None:
    found = queries.exact_funnel(SYSTEM, PROGRAM, played[0], AFTER)
    assert found.steps() == {"completers": 4, "applied": 3, "admissible": 3, "admitted": 1, "without_seat": 2}


def test_what_the_network_offers_those_without_a_seat(cast, played) -> None:
    found = queries.exact_funnel(SYSTEM, PROGRAM, played[0], AFTER)
    assert {row.institution for row in found.elsewhere} == {"HES", "ZLC", "PolyU", "UQ", "Curtin"}
    assert MIT not in {row.agreement_id for row in found.elsewhere}
    assert all(
        (row.eligible_now, row.one_clause_short) == (0, 2) for row in found.elsewhere if row.institution == "HES"
    )
    assert len(found.elsewhere) > 1
    assert found.offered_elsewhere == 2, "each person is counted once"


def test_who_accepts_still_counts_as_admitted(cast, played) -> None:
    answer(played[1][0], accept=True)
    assert queries.exact_funnel(SYSTEM, PROGRAM, played[0], AFTER).admitted == 1


def test_people_are_told_bands_and_never_a_count(cast, played) -> None:
    for actor in (cast["dean"], cast["auditor"]):
        found = queries.funnel(actor, PROGRAM, played[0], AFTER)
        assert set(found.steps.values()) == {FEW}
        assert {band for row in found.elsewhere for band in (row.eligible_now, row.one_clause_short)} == {FEW}
        (cohort,) = queries.cohorts(actor, PROGRAM, AFTER)
        assert cohort.steps == {**dict.fromkeys(STEPS, FEW), "started": Band(5, 9)}
        with pytest.raises(NotPermitted):
            queries.exact_funnel(actor, PROGRAM, played[0], AFTER)


def test_records_are_read_as_they_stood(cast, played) -> None:
    late = person("Late One")
    put_grades(late, now=AFTER + timedelta(days=1))
    assert queries.exact_funnel(SYSTEM, PROGRAM, played[0], AFTER).completers == 4
    assert queries.exact_funnel(SYSTEM, PROGRAM, played[0], AFTER + timedelta(days=2)).completers == 5


def test_for_deans_of_the_parties_only(cast, played) -> None:
    for stranger in (played[1][0][0], cast["mit-admissions"], person("Other Dean", ("dean", "HES"))):
        with pytest.raises(NotPermitted):
            queries.funnel(stranger, PROGRAM, played[0], AFTER)
    for party in ("MIT", "MITx"):
        assert queries.funnel(person(f"Dean of {party}", ("dean", party)), PROGRAM, played[0], AFTER)
    with pytest.raises(NotPermitted):
        queries.balance(played[1][0][0], NOW.date())
    with pytest.raises(NotFound):
        queries.funnel(cast["dean"], PROGRAM, new_id(), AFTER)


def test_nothing_is_forgone_before_anybody_joins(cast, played) -> None:
    balance = queries.balance(cast["dean"], NOW.date())
    assert balance.forgone.minor == 0


def test_what_is_kept_is_counted_again_as_soon_as_it_could_differ(cast, played) -> None:
    def asked(at):
        return queries.counted_funnel(cast["dean"], PROGRAM, played[0], AFTER, at)

    first, later = asked(AFTER), AFTER + timedelta(hours=1)
    assert asked(later) == first, "nothing changed, so it was not counted again"
    answer(played[1][0], accept=False)
    put_grades(person("After the Day"), now=AFTER + timedelta(days=1))
    again = asked(later)
    assert again.at == later
    put_grades(person("Before the Day"), now=NOW)
    assert queries.exact_funnel(SYSTEM, PROGRAM, played[0], AFTER).completers == 5
    assert asked(later).value.steps["completers"] == Band(5, 9) != first.value.steps["completers"]
    for number in range(4):
        put_grades(person(f"Another {number}"), now=NOW)
    assert queries.cohorts(cast["dean"], PROGRAM, AFTER)[0].steps["started"] == Band(10, 14)
