"""The joint round of three schools, from opening to offers, a decline, and the matching again, in a real browser."""

import pytest
from tests.journeys import test_story

from linkspan.admissions import queries
from linkspan.site.sample import joint

pytestmark = pytest.mark.django_db(transaction=True)
people, stage = test_story.people, test_story.stage
SCHOOLS = ("mit", "zlc", "hes")


def visitors(cast, make):
    """A browser for each person of the round, signed in."""
    people = {}
    for name in ("dara", "emil", "fay", "gil", "hana", *(f"{school}-admissions" for school in SCHOOLS)):
        people[name] = make()
        people[name].sign_in(f"{name}@example.org")
    return people


def mine(cast, found, name, school):
    """The address of one application."""
    rows = queries.choices(cast[name], cast[name].person_id, found.id)
    return f"/applications/{next(row.id for row in rows if row.round.institution == school)}/"


def apply(people, found, name, agreements) -> None:
    for agreement in agreements:
        person, round_ = people[name], joint.round_under(found, agreement)
        person.go(f"/rounds/{found.id}/")
        person.follow(f"Apply: {round_.title}")
        assert "New York time" in person.page.content() or "Madrid time" in person.page.content()
        person.press("Check your answers")
        person.press("Send the application")


def test_from_opening_to_offers_decline_and_again(stage, visitor, monkeypatch) -> None:
    cast, data = stage
    told = data["joint_round"]
    joint.put_records(cast, data)
    found = joint.joint_round(data)
    people = visitors(cast, visitor)
    test_story.at(monkeypatch, told["dates"]["apply"])
    public = f"/rounds/{found.id}/"
    visitor().go(public)
    for name, row in told["applicants"].items():
        order = list(row["choices"])
        apply(people, found, name, reversed(order) if name == "fay" else order)
    fay = people["fay"]
    fay.go(public)
    places = fay.page.locator("main select").all()
    for place, select in zip(("3", "2", "1"), places, strict=True):
        select.select_option(place)
    fay.press("Save the order")
    fay.shot("round-order")
    assert "The order of your choices is saved." in fay.page.content()

    test_story.at(monkeypatch, told["dates"]["read"])
    for name, row in told["applicants"].items():
        for agreement, score in row["choices"].items():
            if score is None:
                continue
            school = joint.round_under(found, agreement).institution
            staff = people[f"{school.lower()}-admissions"]
            staff.go(mine(cast, found, name, school))
            staff.page.get_by_label("Score of the committee").fill(str(score))
            staff.press("Record the score")

    test_story.at(monkeypatch, told["dates"]["decide"])
    mit = people["mit-admissions"]
    desk = {r.institution: f"/desk/rounds/{r.id}/" for r in found.rounds}
    mit.go(desk["MIT"])
    mit.press("Match and decide the round")
    assert "have not certified their list yet" in mit.page.content()
    for school in ("ZLC", "HES", "MIT"):
        people[f"{school.lower()}-admissions"].go(desk[school])
        people[f"{school.lower()}-admissions"].press("Certify the list")
        people[f"{school.lower()}-admissions"].confirm()
    mit.go(desk["MIT"])
    mit.press("Match and decide the round")
    mit.confirm()
    mit.shot("round-desk")
    fay.go(mine(cast, found, "fay", "ZLC"))
    words = fay.page.locator("main").inner_text()
    assert "Your score 820 is under the cut-off 870." in words and "Accept the offer" in words
    fay.shot("application-with-choices")
    hana = people["hana"]
    hana.go(mine(cast, found, "hana", "MIT"))
    assert "Place 2 on the waiting list" in hana.page.content()
    hana.go(public)
    hana.shot("round-cutoffs")

    test_story.at(monkeypatch, told["dates"]["answer"])
    people["dara"].go(mine(cast, found, "dara", "MIT"))
    people["dara"].press("Accept the offer")
    people["dara"].confirm()
    people["emil"].go(mine(cast, found, "emil", "MIT"))
    people["emil"].press("Decline")
    people["emil"].confirm()
    test_story.at(monkeypatch, told["dates"]["again"])
    mit.go(desk["MIT"])
    mit.press("Match again for seats given back")
    mit.confirm()
    fay.go(mine(cast, found, "fay", "MIT"))
    assert "Accept the offer" in fay.page.content()
    people["gil"].go(mine(cast, found, "gil", "ZLC"))
    assert "Accept the offer" in people["gil"].page.content()
    people["gil"].go("/notices/")
    assert all(replay.same for replay in queries.replayed_round(cast["mit-admissions"], found.id))
