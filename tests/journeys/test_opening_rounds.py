"""Admissions staff open a joint round and a round in it, and take in scores, in a real browser."""

import pytest
from tests.admissions.test_actions import MIT, apply, opened
from tests.factories.people import person
from tests.journeys import test_story

from linkspan.admissions import queries

pytestmark = pytest.mark.django_db(transaction=True)
people, stage = test_story.people, test_story.stage


def test_open_and_score(stage, visitor, tmp_path) -> None:
    staff = visitor()
    staff.sign_in("mit-admissions@example.org")
    staff.go("/desk/rounds/")
    staff.follow("Open a joint round")
    staff.page.get_by_label("Title").fill("Spring together")
    staff.page.get_by_label("First term of studies").fill("2031 spring")
    staff.press("Open the joint round")
    assert "The matching reveals both" in staff.page.content()
    staff.go("/desk/rounds/open/")
    staff.page.get_by_label("Under which agreement").select_option(MIT)
    staff.press("Go on")
    staff.shot("open-round")
    staff.page.get_by_label("First term of studies").fill("2031 spring")
    staff.page.get_by_label("Seats", exact=True).fill("40")
    staff.page.get_by_label("Opens, by the clocks of America/New_York").fill("2030-10-01T00:00")
    staff.page.get_by_label("Closes, by the clocks of America/New_York").fill("2030-11-15T23:59")
    staff.page.get_by_label("Joint round", exact=True).select_option(label="MIT: Spring together, Spring 2031")
    staff.press("Open the round")
    made = next(found for found in queries.rounds("MIT") if found.term == "2031 spring")
    assert made.seats == 40 and made.id != made.intake_id

    round_id = opened()
    sent = apply(person("Ana A"), round_id)
    file = tmp_path / "scores.csv"
    staff.go(f"/desk/rounds/{round_id}/")
    staff.follow("Scores from a file")
    for row, button, answer in (
        ("nobody,5", "Save the scores", "is not the id of an application"),
        (f"{sent.id},640", "Look it through", "Every row can be used"),
        (f"{sent.id},640", "Save the scores", "Scores are saved: 1 new, 0 changed."),
    ):
        file.write_text(f"application,score\n{row}\n")
        staff.page.get_by_label("CSV file").set_input_files(str(file))
        staff.press(button)
        assert answer in staff.page.content()
        staff.shot(f"scores-{button.split()[0].lower()}")
