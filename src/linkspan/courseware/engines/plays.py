"""Lives of problems, played from a file: what an author asks before the learners do.

Form: `{"problems": {name: OLX}, "cases": [{"id", "problem", "settings", "user", "steps": [...]}]}`; a step has `at`,
`do` (open, submit, save, reset, show, hint), and `answers`, `index` or `settings`. Each step loads the problem anew
from the state that the one before left, as each request of the web page does.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree
from lxml.html import fragment_fromstring

from linkspan.courseware.engines.fields import settings_of
from linkspan.courseware.engines.problems import Problem
from linkspan.courseware.engines.runtime import CourseRuntime
from linkspan.courseware.engines.told import Learner, Outcome, Result
from linkspan.courseware.rules import Block

RUN = "course-v1:X+C+R"
USAGE = "problem/p"
TAGS = re.compile(r"<[^>]*>")
NUMBERS_AT_THE_START = re.compile(r"[\d\s+\-*/.()^=]*\d")


class PlayError(ValueError):
    """A case that cannot be played; the message says which member is wrong."""


@dataclass(slots=True)
class _Life:
    """One learner's problem between two steps."""

    source: str
    settings: dict[str, Any]
    learner: Learner
    folder: Path
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    right: list[Mapping[str, Any]] = field(default_factory=list)

    def at(self, now: datetime) -> Problem:
        """The problem as a request finds it."""
        self.state = json.loads(json.dumps(self.state))
        runtime = CourseRuntime(run_id=RUN, folder=self.folder, learner=self.learner, state=self.state, now=now)
        return Problem(runtime, _block(self.source, self.settings))


def play(document: Any, folder: Path) -> list[dict[str, Any]]:
    """Return one result a case, in order; a case that cannot be played has `error` instead."""
    if not isinstance(document, Mapping) or not isinstance(document.get("cases"), list):
        raise PlayError('The file needs a list of "cases".')
    problems = document.get("problems")
    if not isinstance(problems, Mapping):
        raise PlayError('The file needs "problems": OLX by name.')
    return [_result(case, number, problems, folder) for number, case in enumerate(document["cases"], 1)]


def _result(case: Any, number: int, problems: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    name = case.get("id", number) if isinstance(case, Mapping) else number
    try:
        life = _life(case, problems, folder)
        steps = case.get("steps")
        if not isinstance(steps, list):
            raise PlayError("steps: a list is needed.")
        return {"id": name, "steps": [_step(life, step, f"step {at}") for at, step in enumerate(steps, 1)]}
    except PlayError as error:
        return {"id": name, "error": str(error)}


def _life(case: Any, problems: Mapping[str, Any], folder: Path) -> _Life:
    source = problems.get(str(case.get("problem"))) if isinstance(case, Mapping) else None
    if not isinstance(source, str):
        raise PlayError("problem: the name of one of the problems is needed.")
    settings, user = case.get("settings") or {}, case.get("user") or {}
    if not isinstance(settings, Mapping) or not isinstance(user, Mapping):
        raise PlayError("settings, user: objects are needed.")
    number = user.get("user_id", 7)
    if not isinstance(number, int):
        raise PlayError("user_id: a whole number is needed.")
    return _Life(source, dict(settings), Learner(str(number), number, user.get("staff") is True), folder)


def _block(source: str, settings: Mapping[str, Any]) -> Block:
    try:
        node = etree.fromstring(source, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise PlayError(f"The problem is no XML: {error}") from error
    for key, value in settings.items():
        node.set(key, value if isinstance(value, str) else json.dumps(value))
    node.set("url_name", "p")
    found = settings_of({str(key): str(value) for key, value in node.attrib.items()})
    return Block(USAGE, "problem", "p", found.display_name, found, (), etree.tostring(node))


def _step(life: _Life, step: Any, where: str) -> dict[str, Any]:
    if not isinstance(step, Mapping):
        raise PlayError(f"{where}: an object is needed.")
    life.settings |= step.get("settings") or {}
    now = _instant(step.get("at"), where)
    try:
        problem = life.at(now)
        fresh = problem.seeds_drawn
        outcome = _act(problem, step, life, where)
        told = _told(problem, outcome)
        drawn = problem.seeds_drawn
        after = life.at(now)
        told["after"] = _after(after, fresh, drawn, life)
    except PlayError:
        raise
    except Exception as error:  # an author's problem may fail in any way
        raise PlayError(f"{where}: the problem cannot be played: {error}") from error
    life.right.append(after.reference())
    return told


def _instant(text: Any, where: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise PlayError(f"{where}, at: an instant is needed.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _act(problem: Problem, step: Mapping[str, Any], life: _Life, where: str) -> Outcome:
    match step.get("do"):
        case "open":
            return Outcome(Result.SHOWN)
        case "submit":
            return problem.submit(_answers(step, life, where))
        case "save":
            return problem.save(_answers(step, life, where))
        case "reset":
            return problem.reset()
        case "show":
            return problem.answers()
        case "hint" if isinstance(step.get("index"), int):
            return problem.hint(step["index"])
    raise PlayError(f"{where}: do is one of open, submit, save, reset, show, hint.")


def _answers(step: Mapping[str, Any], life: _Life, where: str) -> Mapping[str, Any]:
    answers = step.get("answers") or {}
    if not isinstance(answers, Mapping):
        raise PlayError(f"{where}, answers: an object is needed.")
    if "right_for_step" not in answers:
        return answers
    number = answers["right_for_step"]
    if not isinstance(number, int) or not 0 < number <= len(life.right):
        raise PlayError(f"{where}, right_for_step: the number of an earlier step is needed.")
    return life.right[number - 1]


def _told(problem: Problem, outcome: Outcome) -> dict[str, Any]:
    """What came of the act; only what there is."""
    told: dict[str, Any] = {"result": outcome.result.value}
    if outcome.message:
        told["message"] = outcome.message
    if outcome.notice:
        told["notification"] = [outcome.notice.kind, outcome.notice.text]
    if outcome.published:
        told["published"] = [outcome.published.earned, outcome.published.possible]
    if outcome.answers is not None:
        told["answers"] = {key: _plain(value) for key, value in outcome.answers.items()}
    if outcome.hints:
        listed = len(re.findall("<li", outcome.hints.html))
        told |= {"hints_listed": listed, "hint_index": outcome.hints.index, "more": outcome.hints.more}
    if outcome.result.graded:
        marks = problem.marks()
        told["marks"] = {key: [mark.correctness, mark.points] for key, mark in marks.items()}
        feedback = [text for mark in marks.values() if mark.feedback for text in _feedback(mark.feedback)]
        if feedback:
            html = _plain(problem.shown().html)
            told |= {"feedback": feedback, "feedback_in_page": all(one in html for one in feedback)}
    return told


def _after(problem: Problem, first: int, drawn: int, life: _Life) -> dict[str, Any]:
    """What a page opened right after the step shows."""
    shown = problem.shown()
    told = {
        "attempts": shown.attempts,
        "done": shown.done,
        "score_shown": [None if shown.earned is None else float(shown.earned), float(shown.possible)],
        "submit": shown.submit,
        "save": shown.save,
        "reset": shown.reset,
        "show_answer": shown.show_answer,
        "inputs": dict(shown.inputs),
        "seed": _seed(problem, first, drawn),
    }
    if shown.saved_note:
        told["saved_note"] = True
    variant = NUMBERS_AT_THE_START.match(_plain(shown.html))
    return told | ({"variant": variant[0].strip()} if variant and "<script" in life.source else {})


def _seed(problem: Problem, first: int, drawn: int) -> int | str:
    if problem.seed_is_fixed:
        return problem.seed
    return "new draw" if drawn > first else "first draw" if first else "kept"


def _feedback(html: str) -> list[str]:
    """The author's words, without the label that stock puts before a hint."""
    found = fragment_fromstring(html, create_parent="div").find_class("hint-text")
    return [_plain(one.text_content()) for one in found] or [_plain(html)]


def _plain(html: Any) -> Any:
    return " ".join(TAGS.sub(" ", html).split()) if isinstance(html, str) else html
