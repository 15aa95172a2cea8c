"""Small courses in OLX, written by each test."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]


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
