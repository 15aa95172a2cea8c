"""Accommodations for many learners of an exam from a file, which is looked at first."""

from enum import StrEnum
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.exams import actions, queries
from linkspan.exams.rules import (
    Accommodation,
    AccommodationKind,
    AccommodationLine,
    AccommodationOutcome,
    may_list_accommodations,
)
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.request import Request
from linkspan.web.accommodation_words import arranged_words
from linkspan.web.pages import acts, done, signed_in, text, upload
from linkspan.web.templatetags.linkspan import span

DOES = (AccommodationOutcome.GRANTED, AccommodationOutcome.PROPOSED)
LARGEST, MOST_SHOWN = 1_000_000, 500
WORDS: dict[AccommodationOutcome, Promise] = {
    AccommodationOutcome.GRANTED: lazy("Granted"),
    AccommodationOutcome.PROPOSED: lazy("Waits for a second person"),
    AccommodationOutcome.SAME: lazy("As before"),
    AccommodationOutcome.REFUSED: lazy("Refused"),
}


class Take(StrEnum):
    """What is done with a file."""

    CHECK = "check"
    GRANT = "grant"


@signed_in
@acts(Take)
def extra_times(request: Request, code: str, do: Take | None = None) -> HttpResponse:
    """Grant accommodations from a file; what was checked is granted from the page, without choosing it again."""
    exam = queries.exam(code)
    permit(may_list_accommodations(request.actor, exam.institution), "approve accommodations here")
    told: dict[str, Any] = {"exam": exam}
    if do is None:
        return _shown(request, told)
    content = text(request, "content", LARGEST)
    if do is Take.CHECK:
        content = upload(request, "file").decode("utf-8-sig", errors="replace")
    try:
        lines = actions.take_accommodations(
            actor=request.actor, code=code, content=content, now=request.now, trial=do is Take.CHECK
        )
    except Unusable as problem:
        return _shown(request, told | {"problem": problem}, problem.status)
    if do is Take.GRANT:
        return done(request, _summary(lines), request.path)
    ordered = sorted(lines, key=lambda line: (line.outcome is not AccommodationOutcome.REFUSED, line.row))
    rows = [(line, WORDS[line.outcome], _what(line)) for line in ordered[:MOST_SHOWN]]
    to_do = sum(line.outcome in DOES for line in lines)
    return _shown(request, told | {"rows": rows, "content": content, "to_do": to_do, "summary": _summary(lines)})


def _what(line: AccommodationLine) -> str:
    if line.kind not in set(AccommodationKind) or line.amount < 0 or line.times < 0:
        return line.kind
    return arranged_words(Accommodation(AccommodationKind(line.kind), line.amount, line.times, line.words), span)


def _summary(lines: tuple[AccommodationLine, ...]) -> str:
    counts = {outcome: sum(line.outcome is outcome for line in lines) for outcome in AccommodationOutcome}
    return ". ".join(f"{WORDS[outcome]}: {count}" for outcome, count in counts.items() if count) or str(_("No rows"))


def _shown(request: Request, told: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "desk/exam_extra_time.html", told, status=status)
