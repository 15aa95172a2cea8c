"""A problem as a learner meets it: shown, answered, saved, reset, hinted at, explained.

Stock's own block decides everything: what is closed, which buttons there are, what is right. What its browser would
get is what is told here, and nothing more: the raw tree, which holds hints and answers, never leaves.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from webob.multidict import MultiDict
from xblock.exceptions import NotFoundError

from linkspan.courseware.engines.inputs import prepared
from linkspan.courseware.engines.markup import as_html
from linkspan.courseware.engines.runtime import CourseRuntime
from linkspan.courseware.engines.stock import RANDOMIZATION
from linkspan.courseware.engines.told import Hints, Mark, Notice, Outcome, Published, Result, Shown
from linkspan.courseware.rules import Block

#: The picture of a formula preview that only capa's own scripts would fill.
SPINNER = re.compile(r"<img[^>]*spinner[^>]*>")
#: Inputs that take a text; one of them must hold something.
TEXTS = ("textline", "formulaequationinput", "textbox", "crystallography", "chemicalequationinput", "vsepr_input")
#: Inputs that take a choice; each of them must have one.
CHOICES = ("choicegroup", "radiogroup", "checkboxgroup", "optioninput", "radiotextgroup", "checkboxtextgroup")
#: Inputs that show how they read a formula, and by which act of theirs.
PREVIEWS = {"chemicalequationinput": "preview_chemcalc", "formulaequationinput": "preview_formcalc"}
#: Responses whose answer is a text or a choice.
SIMPLE_RESPONSES = frozenset(
    (
        "numericalresponse",
        "formularesponse",
        "stringresponse",
        "multiplechoiceresponse",
        "choiceresponse",
        "optionresponse",
    )
)
#: How stock tells that either of two answers is right.
TOLD_OR = re.compile(r"\s*<b>\s*or\s*</b>\s*|\s+or\s+(?=<)", re.IGNORECASE)
#: What stock's page takes for no choice in a list.
NO_OPTION = "option_none_default"


class Problem:
    """One learner's problem. The runtime's state is written by each act, showing included: what is shown is graded."""

    def __init__(self, runtime: CourseRuntime, block: Block) -> None:
        self._runtime = runtime
        self._block: Any = runtime.load_block(block)
        self._prefix = f"{self._block.scope_ids.usage_id.html_id()}_"
        self._block.lcp  # noqa: B018  the score is set with it

    @property
    def seed(self) -> int:
        """The seed of the variant at hand."""
        return int(self._block.seed)

    @property
    def seed_is_fixed(self) -> bool:
        """Whether the seed follows from the learner and the block alone."""
        return self._block.rerandomize in (RANDOMIZATION.NEVER, RANDOMIZATION.PER_STUDENT)

    @property
    def seeds_drawn(self) -> int:
        """How many seeds were drawn since the problem was loaded."""
        return int(self._block.seeds_drawn)

    def shown(self) -> Shown:
        """Return the problem as it stands, and keep what showing made: the seed, the variant."""
        block = self._block
        rendered = self._html()
        score, possible = block.get_display_progress()
        told = Shown(
            html=rendered,
            title=str(block.display_name or ""),
            attempts=int(block.attempts or 0),
            max_attempts=block.max_attempts,
            done=bool(block.done),
            earned=None if score is None else Decimal(str(score)),
            possible=Decimal(str(possible)),
            submit=bool(block.should_enable_submit_button()),
            save=bool(block.should_show_save_button()),
            reset=bool(block.should_show_reset_button() and block.attempts),
            show_answer=bool(block.answer_available()),
            hints=len(block.lcp.tree.xpath("//problem/demandhint/hint")),
            saved_note=bool(block.has_saved_answers),
            closed=bool(block.closed()),
            closes=block.close_date,
            inputs={key.removeprefix(self._prefix): _status(found) for key, found in block.lcp.inputs.items()},
        )
        block.save()
        return told

    def submit(self, answers: Mapping[str, Any]) -> Outcome:
        """Grade answers (`2_1` to a text, a list or an object); blank ones count, as in stock's server."""
        try:
            found = self._block.submit_problem(self._posted(answers), override_time=self._runtime.now)
        except NotFoundError as refusal:
            return self._refused(refusal)
        result = next((kind for kind in Result if kind.graded and kind == found["success"]), Result.MESSAGE)
        self._block.save()
        if result is Result.MESSAGE:
            return Outcome(result, str(found["success"]))
        return Outcome(result, notice=self.notice(), published=self._published())

    def is_blank(self, answers: Mapping[str, Any]) -> bool:
        """Return whether stock's page would keep its button off: no text given, a choice or a list left open."""
        inputs = self._block.lcp.inputs or self._shown_inputs()
        given = {key.removeprefix(self._prefix): answers.get(key.removeprefix(self._prefix)) for key in inputs}
        kinds = {key.removeprefix(self._prefix): found.tag for key, found in inputs.items()}
        texts = [given[key] for key, kind in kinds.items() if kind in TEXTS]
        if texts and not any(str(text or "").strip() for text in texts):
            return True
        return any(kinds[key] in CHOICES and given[key] in (None, "", [], {}, NO_OPTION) for key in kinds)

    def save(self, answers: Mapping[str, Any]) -> Outcome:
        """Keep answers without grading them."""
        return self._done(self._block.save_problem(self._posted(answers)), Result.SAVED)

    def reset(self) -> Outcome:
        """Empty the answers; a randomised problem gets another variant."""
        return self._done(self._block.reset_problem(None), Result.RESET)

    def answers(self) -> Outcome:
        """Return the right answers and the author's explanation, if they may be seen now."""
        try:
            found = self._block.get_answer(None)["answers"]
        except NotFoundError as refusal:
            return self._refused(refusal)
        self._block.save()
        told = {key.removeprefix(self._prefix): _closed(value) for key, value in found.items()}
        return Outcome(Result.ANSWERS, answers=told)

    def score_again(self) -> Published | None:
        """Score the answer that stands by what is right now; attempts stay. None if no answer was graded."""
        if not self._block.done:
            return None
        block = self._block
        block.rescore()
        found = self._published()
        if found is not None:  # the block tells its new score, and leaves it to its platform to set it
            block.set_score(block.score._replace(raw_earned=found.earned, raw_possible=found.possible))
        block.save()
        return found

    def hint(self, index: int) -> Outcome:
        """Return the hints up to an index; after the last comes the first."""
        try:
            found = self._block.get_demand_hint(index)
        except ZeroDivisionError:
            return Outcome(Result.REFUSED, "This problem has no hints.")
        hints = Hints(as_html(str(found["msg"])), int(found["hint_index"]), bool(found["should_enable_next_hint"]))
        return Outcome(Result.HINT, hints=hints)

    def notice(self) -> Notice | None:
        """Return what stands at the problem after marking."""
        kind, text = self._block._get_answer_notification(render_notifications=True)
        return Notice(str(kind), str(text or "")) if kind else None

    def marks(self) -> Mapping[str, Mark]:
        """Return what is stored of each input."""
        found = self._block.lcp.correct_map
        return {
            key.removeprefix(self._prefix): Mark(
                str(found.get_correctness(key)), found.get_property(key, "npoints"), str(found.get_msg(key) or "")
            )
            for key in found
        }

    @property
    def is_simple(self) -> bool:
        """Whether each of its answers is a text or a choice that a page can hand in."""
        tags = {element.tag for element in self._block.lcp.responders}
        return bool(tags) and tags <= SIMPLE_RESPONSES

    def reference(self) -> Mapping[str, Any]:
        """Return the answers by which the problem would be right, in the form of a submission; for authors."""
        inputs = self._shown_inputs()
        found: Mapping[str, Any] = self._block.lcp.get_question_answers()
        return {
            key.removeprefix(self._prefix): _handed_in(value, inputs[key].tag)
            for key, value in found.items()
            if key in inputs
        }

    def _shown_inputs(self) -> Mapping[str, Any]:
        self._block.lcp.get_html()  # capa makes its inputs while it renders
        found: Mapping[str, Any] = self._block.lcp.inputs
        return found

    def preview(self, name: str, text: str) -> tuple[str, str]:
        """How an input reads a formula that is being written, as HTML and as TeX; empty if it reads none."""
        found = self._shown_inputs().get(f"{self._prefix}{name}")
        if found is None or found.tag not in PREVIEWS:
            return "", ""
        dispatch = PREVIEWS[found.tag]
        told = found.handle_ajax(dispatch, {"formula": text, "request_start": 0})
        drawn = str(told.get("preview") or "")
        return ("", drawn) if dispatch == "preview_formcalc" else (as_html(drawn), "")

    def _html(self) -> str:
        rendered = self._block.remove_tags_from_html(as_html(self._block.lcp.get_html()))
        urls = self._runtime.urls
        return SPINNER.sub("", prepared(urls.replace_urls(rendered), self._block.lcp.inputs, urls.replace_urls))

    def _done(self, found: Mapping[str, Any], well: Result) -> Outcome:
        self._block.save()
        result = well if found["success"] else Result.REFUSED
        return Outcome(result, str(found.get("msg") or ""), published=self._published())

    def _refused(self, refusal: Exception) -> Outcome:
        self._block.save()
        return Outcome(Result.REFUSED, str(refusal))

    def _published(self) -> Published | None:
        return self._runtime.published[-1] if self._runtime.published else None

    def _posted(self, answers: Mapping[str, Any]) -> MultiDict:
        """The form that stock's page would post."""
        form: list[tuple[str, str]] = []
        for name, value in answers.items():
            key = f"input_{self._prefix}{name}"
            if isinstance(value, Mapping):
                form.append((f"{key}{{}}", json.dumps(value)))
            elif isinstance(value, Sequence) and not isinstance(value, str):
                form += [(f"{key}[]", str(entry)) for entry in value]
            else:
                form.append((key, str(value)))
        return MultiDict(form)


def _closed(answer: Any) -> Any:
    """An answer as it is told: a text may be an author's HTML."""
    return as_html(answer) if isinstance(answer, str) else answer


def _status(found: Any) -> str:
    return str(found.status)


def _handed_in(answer: Any, tag: str) -> Any:
    """An answer as it is told, in the form in which it is handed in."""
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        return list(answer) if tag == "checkboxgroup" else str(answer[0]) if answer else ""
    if isinstance(answer, str):
        return html.unescape(TOLD_OR.split(answer)[0])
    return answer
