"""The degree in force for the learner's catalogue year decides the slots; it does not change under who holds credit."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.people import NOW, person, token_for
from tests.recognition.test_actions import accepted, cast, entitled, join, learner  # noqa: F401 - fixtures

from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.pathways.queries import agreement_version
from linkspan.pathways.rules.agreement import Agreement
from linkspan.recognition import actions, queries
from linkspan.recognition.rules.catalogue import CatalogueDegree, check_degree, in_force, under
from linkspan.recognition.rules.plan import PlaceState

DEGREE = {
    "credits": "40",
    "slots": [
        {"slot": "core", "courses": 7},
        {"slot": "elective", "courses": 2},
        {"slot": "capstone", "courses": 1, "last": True, "alone": True},
    ],
}
YEAR = NOW.year


def degree(from_year: int) -> CatalogueDegree:
    return CatalogueDegree("HES", "ALM", from_year, {"slots": []}, NOW, "Registrar", "Faculty vote.")


@given(st.sets(st.integers(2000, 2040)), st.integers(1990, 2050))
def test_the_newest_that_has_begun_is_in_force(years, year) -> None:
    found = in_force([degree(y) for y in years], year)
    begun = [y for y in years if y <= year]
    assert (found.from_year if found else None) == (max(begun) if begun else None)
    assert in_force([degree(y) for y in years], None) is None


def test_what_is_no_part_of_a_degree_stays_the_agreements() -> None:
    receiving = {"institution": "HES", "program": "ALM", "slots": [1], "load": {"fall": 8}}
    document = Agreement.read({"id": "a", "receiving": receiving})
    found = under(document, CatalogueDegree("HES", "ALM", 2018, DEGREE, NOW, "R", "x"))
    assert found.receiving.as_json() == {"institution": "HES", "program": "ALM", **DEGREE}
    assert under(document, None) is document


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"slots": []},
        {"slots": "all"},
        {"slots": [{"slot": "core"}]},
        {"slots": [{"slot": "core", "courses": 1}] * 2},
        {"slots": [{"slot": "core", "courses": -1}]},
        {"slots": [{"slot": "core", "courses": 1, "after": "none"}]},
        {"slots": [{"slot": "core", "courses": 1, "after": "core"}]},
        {"slots": [{"slot": a, "courses": 1, "after": b} for a, b in (("a", "b"), ("b", "c"), ("c", "a"))]},
        {**DEGREE, "load": {"autumn": 8}},
        {**DEGREE, "load": [8]},
        {**DEGREE, "load": {"fall": float("nan")}},
        {**DEGREE, "offered": {"nothing": ["fall"]}},
        {**DEGREE, "on_campus_min": "one"},
        {**DEGREE, "credits": -1},
        {**DEGREE, "institution": "MIT"},
    ],
)
def test_what_is_no_degree(data) -> None:
    with pytest.raises(Unusable):
        check_degree(2018, data)


def enter(actor, *, from_year=YEAR, data=DEGREE, program="", reason="Faculty vote of May."):
    actions.enter_degree(
        actor=actor, institution="HES", program=program, from_year=from_year, data=data, reason=reason, now=NOW
    )


def program_of(application) -> str:
    return agreement_version(application.round.agreement_id, 1).document["receiving"]["program"]


@pytest.mark.django_db
def test_credit_is_posted_against_the_degree_of_the_catalogue_year(cast, learner) -> None:  # noqa: F811
    made = accepted(cast, learner)
    stated = agreement_version(made.round.agreement_id, 1).document["receiving"]["slots"]
    narrow = {"slots": [{"slot": row["slot"], "courses": 1} for row in stated]}
    enter(cast["registrar"], from_year=YEAR - 5, data=narrow, program=program_of(made))
    enter(cast["registrar"], from_year=YEAR + 1, program=program_of(made))
    join(cast, made.id)
    awards = queries.awards_of(learner, learner.person_id)
    slots = [award.slot for award in awards]
    assert slots and len(set(slots)) == len(slots), "each slot has one place in this catalogue"
    (plan,) = queries.degree_plans(learner, learner.person_id)
    assert len(plan.places) == len(stated) and plan.catalogue_year == YEAR
    assert plan.count(PlaceState.WAIVED) == len(awards)


@pytest.mark.django_db
def test_a_degree_does_not_change_under_who_holds_credit(cast, learner) -> None:  # noqa: F811
    made = accepted(cast, learner)
    join(cast, made.id)
    before = queries.degree_plans(learner, learner.person_id)
    with pytest.raises(Refused, match="hold credit already"):
        enter(cast["registrar"], program=program_of(made))
    enter(cast["registrar"], from_year=YEAR + 1, program=program_of(made))
    assert queries.degree_plans(learner, learner.person_id) == before


@pytest.mark.django_db
def test_a_degree_is_entered_once_by_the_schools_registrar(cast) -> None:  # noqa: F811
    for nobody in (cast["dean"], cast["hes-admissions"], cast["mitx-registrar"], person("Stranger")):
        with pytest.raises(NotPermitted):
            enter(nobody, program="ALM")
    enter(cast["registrar"], program="ALM")
    enter(cast["registrar"], program="ALM")
    assert len(queries.degrees_of("HES", "ALM")) == 1
    with pytest.raises(Refused, match="There is a degree"):
        enter(cast["registrar"], program="ALM", data={**DEGREE, "credits": "44"})
    with pytest.raises(Unusable):
        enter(cast["registrar"], program="ALM", from_year=YEAR + 2, reason=" ")


@pytest.mark.django_db
def test_over_the_api(cast, client: Client, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", (NOW + timedelta(hours=1)).isoformat())
    body = {"institution": "HES", "program": "ALM", "from_year": YEAR, "degree": DEGREE, "reason": "Faculty vote."}

    def post(who: str) -> int:
        headers = {"Authorization": f"Bearer {token_for(cast[who])}", "Idempotency-Key": f"degree-{who}"}
        return client.post(
            "/api/v1/recognition/degrees", json.dumps(body), "application/json", headers=headers
        ).status_code

    assert (post("dean"), post("mitx-registrar"), post("registrar")) == (403, 403, 200)
    (found,) = client.get("/api/v1/recognition/degrees/HES").json()
    assert (found["program"], found["from_year"], found["data"]) == ("ALM", YEAR, DEGREE)
