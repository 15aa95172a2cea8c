"""The application form, a recommender's letter, blind reading and an appeal, in a real browser."""

import re

import pytest
from django.core import mail
from tests.factories.people import person
from tests.journeys import test_story

from linkspan.admissions import queries
from linkspan.admissions.queries import reviews
from linkspan.site.sample import joint

pytestmark = pytest.mark.django_db(transaction=True)
people, stage = test_story.people, test_story.stage


def test_form_letter_reading_and_appeal(stage, visitor, monkeypatch, tmp_path) -> None:
    cast, data = stage
    told = data["joint_round"]
    joint.put_records(cast, data)
    found = joint.joint_round(data)
    mit = joint.round_under(found, "mit-scm-blended-from-mitx-scm")
    test_story.at(monkeypatch, told["dates"]["apply"])
    newcomer = visitor()
    newcomer.sign_in("newcomer@example.org")
    paper = tmp_path / "diploma.pdf"
    paper.write_bytes(b"%PDF-1.7 sample")
    newcomer.go(f"/apply/{mit.id}/")
    newcomer.page.get_by_label("Statement (optional)").fill("I am Nia")
    newcomer.press("Save and go on later")
    newcomer.page.get_by_label("Statement (optional)").fill("I am Nia and I")
    newcomer.page.get_by_label("Clause 2:").set_input_files(str(paper))
    newcomer.press("Hand in")
    assert newcomer.page.get_by_label("Statement (optional)").input_value() == "I am Nia and I"
    assert "not scanned for viruses" in newcomer.page.content()
    newcomer.page.get_by_text("Ask for a letter").click()
    newcomer.check()
    newcomer.page.get_by_label("Name of the recommender").fill("Prof. Sample")
    newcomer.page.get_by_label("E-mail address").fill("prof@example.org")
    newcomer.press("Send the link")
    newcomer.shot("application-form")
    recommender = visitor()
    message = next(m for m in mail.outbox if m.to == ["prof@example.org"])
    recommender.go(re.search(r"/letters/[^/\s]+/", message.body)[0])
    recommender.page.get_by_label("Your letter").set_input_files(str(paper))
    recommender.press("Hand in the letter")
    assert "Thank you" in recommender.page.content()
    recommender.shot("letter")
    newcomer.go(f"/apply/{mit.id}/")
    newcomer.press("Check your answers")
    newcomer.press("Send the application")

    office = visitor()
    office.sign_in("mit-admissions@example.org")
    office.go(f"/desk/rounds/{mit.id}/")
    office.follow("Readers and rubric")
    office.page.get_by_label("Criteria, one a line").fill("Proposal; 3\nMotivation; 1")
    office.press("Save the rubric")
    office.press("Assign readers")
    for persona, points in (("mit-reader-one", "5"), ("mit-reader-two", "2")):
        reader = visitor()
        reader.sign_in(f"{persona}@example.org")
        reader.go("/desk/")
        reader.follow("My readings")
        reader.follow(reviews.reading_list(cast[persona])[0].candidate)
        assert "Nia" not in reader.page.locator("main").inner_text()
        reader.shot("blind-file")
        for criterion in ("Proposal", "Motivation"):
            reader.page.get_by_label(criterion).select_option(points)
        reader.press("Hand in the reading")
    office.go(f"/desk/rounds/{mit.id}/readers/")
    office.shot("readers")
    office.press("Record the readers' means as scores")

    decided = test_story.at(monkeypatch, told["dates"]["decide"])
    joint.certify_lists(cast, data)
    office.go(f"/desk/rounds/{mit.id}/")
    office.press("Match and decide the round")
    office.confirm()
    (mine,) = queries.applications_of(cast["newcomer"], cast["newcomer"].person_id)
    newcomer.go(f"/applications/{mine.id}/")
    newcomer.page.get_by_text("Appeal against this decision").click()
    newcomer.check()
    newcomer.page.get_by_label("What did the decision overlook?").fill("My credential comes next week.")
    newcomer.press("Send the appeal")
    newcomer.shot("appeal")
    assert decided < queries.open_appeals(cast["mit-admissions"], "MIT")[0].due_at
    second = person("Second Officer", ("admissions", "MIT"))
    answering = visitor()
    answering.sign_in("second.officer@example.org")
    answering.go("/desk/rounds/")
    answering.follow("Answer by")
    answering.page.get_by_label("Reason, for the applicant").fill("Apply in the next round.")
    answering.press("Dismiss")
    assert second.name in answering.page.content()
