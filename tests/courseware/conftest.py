"""Small courses in OLX, written by each test."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.factories.people import NOW, SYSTEM, person

from linkspan.catalog.actions import add_course, add_run
from linkspan.enrolment.actions import enrol
from linkspan.enrolment.rules import Track
from linkspan.institutions.actions import register_institution
from linkspan.kernel.actor import Actor

Write = Callable[..., Path]
RUN = "course-v1:CasesX+C1+R1"


def number(answer: object, **attributes: str) -> str:
    """A problem that asks for a number."""
    told = "".join(f' {name}="{value}"' for name, value in attributes.items())
    asked = f'<numericalresponse answer="{answer}"><formulaequationinput/></numericalresponse>'
    return f"<problem{told}><p>How many?</p>{asked}</problem>"


@pytest.fixture
def course(tmp_path: Path) -> Write:
    """Write a course: the inside of its one chapter, more files by name, policies, a grading policy."""

    def write(
        inside: str,
        files: Mapping[str, str] | None = None,
        policy: Mapping[str, Any] | None = None,
        grading: Mapping[str, Any] | None = None,
    ) -> Path:
        folder = tmp_path / "course"
        whole = {
            "course.xml": '<course org="CasesX" course="C1" url_name="R1"/>',
            "course/R1.xml": '<course display_name="A course"><chapter url_name="c"/></course>',
            "chapter/c.xml": f"<chapter>{inside}</chapter>",
            "policies/R1/policy.json": json.dumps(policy or {}),
            "policies/R1/grading_policy.json": json.dumps(
                grading
                or {
                    "GRADER": [{"type": "HW", "min_count": 1, "drop_count": 0, "weight": 1}],
                    "GRADE_CUTOFFS": {"Pass": 0.5},
                }
            ),
        } | dict(files or {})
        for name, text in whole.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        return folder

    return write


@pytest.fixture
def learner() -> Actor:
    """Somebody in the audit track of the run."""
    register_institution(
        actor=SYSTEM,
        code="CasesX",
        name="Cases University (sample)",
        country="US",
        time_zone="UTC",
        url="https://cases.example",
        aliases=[],
        now=NOW,
    )
    key = add_course(actor=SYSTEM, institution="CasesX", code="C1", title="Cases", summary="", credits=None, now=NOW)
    names = ("enrolment_opens", "starts", "upgrade_by", "enrolment_closes", "ends")
    dates = {name: NOW + timedelta(days=day) for day, name in enumerate(names)}
    add_run(actor=SYSTEM, run_id=RUN, course_key=key, dates=dates, zone="UTC", now=NOW)
    return studying("Learner Sample")


def studying(name: str) -> Actor:
    who = person(name)
    assert who.person_id is not None
    enrol(actor=who, learner_id=who.person_id, run_id=RUN, track=Track.AUDIT, now=NOW)
    return who


def sequential(inside: str, **attributes: str) -> str:
    told = "".join(f' {name}="{value}"' for name, value in ({"url_name": "s"} | attributes).items())
    return f"<sequential{told}><vertical url_name='v'>{inside}</vertical></sequential>"
