"""The export of a learning platform: invented people who completed the program, with their records. Seeded."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

COURSES = ("SC0x", "SC1x", "SC2x", "SC3x", "SC4x")
COUNTRIES = ("BR", "DE", "GH", "IN", "KE", "MX", "PH", "PL", "US", "VN")


def write_export(path: Path, spec: Mapping[str, Any]) -> None:
    """Write the export as JSON lines, as `courseware.engines.exports.ExportFile` reads it."""
    with path.open("w", encoding="utf-8") as lines:
        for row in rows(spec):
            lines.write(json.dumps(row) + "\n")


def rows(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """`others` people; the first `meeting_all` have what the master's asks for, the others lack one thing each."""
    drawn = random.Random(spec["seed"])  # noqa: S311  sample data
    for number in range(spec["others"]):
        full = number < spec["meeting_all"]
        lacks = "" if full else ("degree", "accredited", "test")[number % 3]
        yield {
            "email": f"completer-{number:04}@example.org",
            "name": f"Completer {number:04} (sample)",
            "facts": [*_grades(drawn), *_background(drawn, lacks)],
        }


def _percent(drawn: random.Random) -> str:
    return str(drawn.randint(60, 98))


def _grades(drawn: random.Random) -> list[dict[str, Any]]:
    courses = [{"id": code, "grade": _grade(_percent(drawn)), "completed": "2018-05-15"} for code in COURSES]
    exam: Mapping[str, Any] = {"id": "CFx", "grade": _grade(_percent(drawn)), "proctored": True, "taken": "2018-06-02"}
    credential = {
        "id": f"urn:platform:scm-{drawn.getrandbits(48):012x}",
        "issuer": "MITx",
        "program": "SCM",
        "awarded": "2018-06-20",
        "status": "active",
        "courses": courses,
        "exams": [exam],
    }
    graded = [
        _fact("course_grade", code, {"institution": "MITx", "passed": True, **course})
        for code, course in zip(COURSES, courses, strict=True)
    ]
    return [*graded, _fact("exam_result", "CFx", exam), _fact("credential", "SCM", credential)]


def _background(drawn: random.Random, lacks: str) -> list[dict[str, Any]]:
    facts = [_fact("residence", "residence", {"country": drawn.choice(COUNTRIES)})]
    if lacks != "degree":
        degree = {"level": "bachelor", "institution": "Example University", "accredited": lacks != "accredited"}
        facts.append(_fact("degree", "bachelor", degree))
    else:
        facts.append(
            _fact("degree", "associate", {"level": "associate", "institution": "Example College", "accredited": True})
        )
    score = drawn.randint(80, 99) if lacks == "test" else drawn.randint(100, 120)
    facts.append(_fact("test", "TOEFL", {"name": "TOEFL", "score": score, "taken": "2018-03-01"}))
    return facts


def _grade(value: str) -> dict[str, str]:
    return {"scale": "percent", "value": value}


def _fact(kind: str, key: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "key": key, "data": data}


def committee_scores[Email: str](emails: Sequence[Email], spec: Mapping[str, Any]) -> dict[Email, int]:
    """Scores of the admissions committee: some high ones, the others under them, all distinct at the top."""
    drawn = random.Random(spec["seed"] + 1)  # noqa: S311  sample data
    high = set(drawn.sample(emails, spec["seats_scored_high"]))
    return {email: drawn.randint(900, 1000) if email in high else drawn.randint(300, 880) for email in emails}


def complete_facts(seed: int) -> list[dict[str, Any]]:
    """The facts of one holder of the credential who has a degree, a language test and three years of work."""
    drawn = random.Random(seed)  # noqa: S311  sample data
    return [*_grades(drawn), *_background(drawn, ""), _fact("experience", "work", {"years": 3})]
