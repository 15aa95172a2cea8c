"""Exams and their series as entries of their institution's catalogue: their terms, never a question of theirs.

What is published there becomes a draft; its questions and its publication stay with those who make it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from linkspan.catalog.engines.entries import Drawn
from linkspan.catalog.engines.entries import Exam as Entry
from linkspan.catalog.engines.entries import Series as SeriesEntry
from linkspan.catalog.engines.holders import Coming, Held
from linkspan.catalog.queries import courses, program_keys, tree_on
from linkspan.catalog.rules import Invalid, Kind
from linkspan.exams.actions.making import change_terms, check_drawn, check_new_code, draft_exam, draft_version
from linkspan.exams.actions.series import change_series, draft_series
from linkspan.exams.models import ExamRow, SeriesRow
from linkspan.exams.queries import as_version, newest_versions
from linkspan.exams.queries.series import newest_series, terms_of_series
from linkspan.exams.rules import Difficulty, Draw, Terms, check_code, check_terms
from linkspan.exams.rules.series import Completion, SeriesTerms, check_series
from linkspan.kernel.actor import Actor
from linkspan.kernel.reasons import Phrase, Sentence

#: Fields of the terms by other names.
NAMES = {"attempts": "attempts_allowed", "grace": "grace_seconds"}


class ExamsHeld:
    """The exams of an institution as entries of its catalogue."""

    def entries(self, institution: str) -> Iterable[Entry]:
        """By code, each as its newest version has it, drafts too."""
        for row in newest_versions(institution):
            drawn = [Drawn.model_construct(**line) for line in row.draw]
            yield Entry.model_construct(
                code=row.exam_id,
                program=row.exam.program_key.partition("/")[2],
                title=row.title,
                minutes=row.duration_minutes,
                pass_percent=row.pass_percent.quantize(Decimal("0.01")),
                attempts_allowed=row.attempts_allowed,
                grace_seconds=row.grace_seconds,
                courses=list(row.courses),
                most_drawn=row.most_drawn,
                draw=drawn,
            )

    def wrong(
        self, actor: Actor, institution: str, entry: Entry, now: datetime, coming: Coming
    ) -> Mapping[str, Sentence]:
        """A code of another exam, a program or courses that are not there, terms out of range."""
        found: dict[str, Sentence] = {}
        key = f"{institution}/{entry.program}"
        row = ExamRow.objects.filter(code=entry.code).first()
        try:
            terms = check_terms(terms_of(entry))
            ours = row is not None and row.institution == institution
            held = row.versions.order_by("-number").first() if row is not None and ours else None
            if held and held.bank:
                check_drawn(as_version(held).bank, terms.draw)
            if row is None:
                check_new_code(entry.code, institution)
            elif not ours:
                words = Phrase("Programs of another institution ask for an exam {code}. Choose another code.")
                found["code"] = Sentence("code_of_another", words, code=entry.code)
        except Invalid as error:
            found |= {NAMES.get(name, name): words for name, words in error.fields.items()}
        if row is not None and row.institution == institution and row.program_key != key:
            words = Phrase("This is an exam of {program}, and stays so.")
            found["program"] = Sentence("exam_stays", words, program=row.program_key.partition("/")[2])
        elif (Kind.PROGRAM, key) not in coming and not program_keys([key]):
            words = Phrase("{program} is not public yet. Publish the program first.")
            found["program"] = Sentence("program_not_public", words, program=entry.program)
        elif row is None and tree_on(institution, entry.program, now.date(), coming) is None:
            words = Phrase("{program} has no requirements in force. Publish them first.")
            found["program"] = Sentence("requirements_missing", words, program=entry.program)
        unknown = (
            set(entry.courses) - courses(entry.courses).keys() - {of for kind, of in coming if kind is Kind.COURSE}
        )
        if unknown:
            words = Phrase("No catalogue here has {courses}.")
            found["courses"] = Sentence("courses_unknown", words, courses=", ".join(sorted(unknown)))
        return found

    def publish(self, actor: Actor, institution: str, entry: Entry, now: datetime) -> None:
        """Draft a new exam, or its next version with these terms."""
        terms = terms_of(entry)
        if not ExamRow.objects.filter(code=entry.code).exists():
            key = f"{institution}/{entry.program}"
            draft_exam(actor=actor, code=entry.code, program_key=key, terms=terms, now=now)
            return
        draft_version(actor=actor, code=entry.code, now=now)
        change_terms(actor=actor, code=entry.code, terms=terms, now=now)


def terms_of(entry: Entry) -> Terms:
    """The terms that an entry states."""
    drawn = tuple(
        Draw(line.group, line.count, Difficulty(line.difficulty) if line.difficulty else None) for line in entry.draw
    )
    return Terms(
        entry.title,
        entry.minutes,
        entry.pass_percent,
        entry.attempts_allowed,
        tuple(entry.courses),
        drawn,
        entry.grace_seconds,
        entry.most_drawn,
    )


class SeriesHeld:
    """The series of exams of an institution as entries of its catalogue."""

    def entries(self, institution: str) -> Iterable[SeriesEntry]:
        """By code, each as its newest version has it, drafts too."""
        for row in newest_series(institution):
            terms = terms_of_series(row)
            yield SeriesEntry.model_construct(
                code=row.series_id,
                program=row.series.program_key.partition("/")[2],
                title=terms.title,
                exams=list(terms.exams),
                completion=terms.completion.value,
                weights=list(terms.weights),
                best=terms.best,
                pass_percent=terms.pass_percent.quantize(Decimal("0.01")),
                in_order=terms.in_order,
                by_invitation=terms.by_invitation,
                one_fee=terms.one_fee,
            )

    def wrong(
        self, actor: Actor, institution: str, entry: SeriesEntry, now: datetime, coming: Coming
    ) -> Mapping[str, Sentence]:
        """A code of another series or exam, a program or exams that are not there, terms out of range."""
        found: dict[str, Sentence] = {}
        key = f"{institution}/{entry.program}"
        try:
            check_series(series_terms(entry))
            check_code(entry.code)
        except Invalid as error:
            found |= error.fields
        row = SeriesRow.objects.filter(code=entry.code).first()
        if (row is not None and row.institution != institution) or _is_exam(entry.code, coming):
            words = Phrase("There is an exam or a series {code} already. Choose another code.")
            found["code"] = Sentence("code_taken", words, code=entry.code)
        elif row is not None and row.program_key != key:
            words = Phrase("This is a series of {program}, and stays so.")
            found["program"] = Sentence("series_stays", words, program=row.program_key.partition("/")[2])
        elif tree_on(institution, entry.program, now.date(), coming) is None:
            words = Phrase("{program} has no requirements in force. Publish them first.")
            found["program"] = Sentence("requirements_missing", words, program=entry.program)
        if "program" in found:
            return found
        here = set(ExamRow.objects.filter(program_key=key, code__in=entry.exams).values_list("code", flat=True))
        here |= {
            code for (kind, code), told in coming.items() if kind is Kind.EXAM and told["program"] == entry.program
        }
        unknown = next((code for code in entry.exams if code not in here), None)
        if unknown is not None:
            words = Phrase("The program has no exam {code}. Draft it first.")
            found["exams"] = Sentence("exam_unknown", words, code=unknown)
        return found

    def publish(self, actor: Actor, institution: str, entry: SeriesEntry, now: datetime) -> None:
        """Draft a new series, or its next version with these terms."""
        terms = series_terms(entry)
        if SeriesRow.objects.filter(code=entry.code).exists():
            change_series(actor=actor, code=entry.code, terms=terms, now=now)
            return
        key = f"{institution}/{entry.program}"
        draft_series(actor=actor, code=entry.code, program_key=key, terms=terms, now=now)


def _is_exam(code: str, coming: Coming) -> bool:
    return (Kind.EXAM, code) in coming or ExamRow.objects.filter(code=code).exists()


def series_terms(entry: SeriesEntry) -> SeriesTerms:
    """The terms that an entry of a series states."""
    return SeriesTerms(
        entry.title,
        tuple(entry.exams),
        Completion(entry.completion),
        tuple(entry.weights),
        entry.best,
        entry.pass_percent,
        entry.in_order,
        entry.by_invitation,
        entry.one_fee,
    )


HELD: Held = {Kind.EXAM: ExamsHeld(), Kind.SERIES: SeriesHeld()}
