"""Reads of series of exams: what they ask, where a learner stands, who is invited."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q

from linkspan.exams.models import (
    AttemptRow,
    ExamRow,
    InvitationRow,
    SeriesPartRow,
    SeriesRow,
    SeriesVersionRow,
    SittingRow,
)
from linkspan.exams.queries.values import outcome_of, title_of
from linkspan.exams.rules.attempts import Condition, may_manage_exams
from linkspan.exams.rules.series import (
    Completion,
    Part,
    Result,
    Series,
    SeriesStanding,
    SeriesTerms,
    completed,
    next_exams,
    series_conditions,
)
from linkspan.exams.rules.states import AttemptState
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.paging import Page, page_of
from linkspan.kernel.readers import granted, public

PAGE = 50


def made_series(actor: Actor, school: str) -> tuple[Series, ...]:
    """The series of an institution, each by its draft or else by the version in force, for who makes exams there."""
    permit(may_manage_exams(actor, school), "see how exams are made")
    rows = SeriesRow.objects.filter(institution=school).order_by("code")
    return tuple(as_series(_newest(row)) for row in rows)


def series_versions(actor: Actor, code: str) -> tuple[Series, ...]:
    """Every version of a series, newest first, for who makes exams at its institution; NotFound for anybody else."""
    row = SeriesRow.objects.filter(code=code).first()
    if row is None or not may_manage_exams(actor, row.institution):
        raise NotFound("series_unknown", "There is no such series, or it is not of your institution.")
    return tuple(as_series(one) for one in row.versions.select_related("series").order_by("-number"))


@granted
def newest_series(institution: str) -> tuple[SeriesVersionRow, ...]:
    """The newest version of each series of an institution by code, drafts too."""
    rows = SeriesVersionRow.objects.filter(series__institution=institution).select_related("series")
    return tuple({row.series_id: row for row in rows.order_by("series_id", "number")}.values())


def _newest(row: SeriesRow) -> SeriesVersionRow:
    return row.versions.select_related("series").order_by("-number")[0]


def as_series(row: SeriesVersionRow) -> Series:
    """A row as a value."""
    told = (row.series.code, row.series.program_key, row.series.institution, row.number, terms_of_series(row))
    makers = frozenset(UUID(one) for one in row.makers)
    return Series(*told, row.made_by, row.published_by, row.published_at, makers)


def terms_of_series(row: SeriesVersionRow) -> SeriesTerms:
    """What a version asks."""
    parts = list(row.parts.order_by("place").values_list("exam_id", "weight"))
    weights = tuple(weight for _, weight in parts if weight is not None)
    exams = tuple(code for code, _ in parts)
    flags = (row.in_order, row.by_invitation, row.one_fee)
    return SeriesTerms(
        row.title, exams, Completion(row.completion), weights, row.best, Decimal(row.pass_percent), *flags
    )


def version_holding(code: str) -> SeriesVersionRow | None:
    """The version in force of the series that an exam belongs to; None if it belongs to none."""
    parts = SeriesPartRow.objects.filter(exam_id=code, version=F("version__series__in_force"))
    part = parts.select_related("version__series").first()
    return part.version if part else None


@public
def fee_code(code: str) -> str:
    """By which code an exam is paid for: that of its series where one fee is for all of it, else its own."""
    held = version_holding(code)
    return held.series_id if held is not None and held.one_fee else code


def version_for(learner_id: UUID, row: SeriesRow) -> SeriesVersionRow | None:
    """The version by which a learner is judged: that of the day on which they began, or else the one in force."""
    exams = SeriesPartRow.objects.filter(version__series=row, version__published_at__isnull=False).values("exam_id")
    tried = AttemptRow.objects.filter(learner_id=learner_id, sitting__exam_id__in=exams)
    began = tried.order_by("created_at").values_list("created_at", flat=True).first()
    versions = row.versions.select_related("series")
    if began is not None:
        then = versions.filter(published_at__lte=began).order_by("-published_at").first()
        if then is not None:
            return then
    return versions.filter(id=row.in_force_id).first() if row.in_force_id else None


def results_of(learner_id: UUID, codes: Collection[str]) -> Mapping[str, Result]:
    """The best released result of each exam that has one, of those that no verdict took away."""
    rows = AttemptRow.objects.filter(learner_id=learner_id, sitting__exam_id__in=codes, released_at__isnull=False)
    rows = rows.filter(state=AttemptState.VERIFIED, score__isnull=False).select_related("version", "sitting")
    found: dict[str, Result] = {}
    for row in rows.defer("version__bank", "version__seb_settings"):
        code, held = row.sitting.exam_id, found.get(row.sitting.exam_id)
        score = Decimal(row.score or 0)
        passed = outcome_of(row) == "passed"
        best = max(score, held.percent) if held else score
        found[code] = Result(best, passed or (held is not None and held.passed))
    return found


def conditions_before(learner_id: UUID, code: str) -> tuple[Condition, ...]:
    """What the series of an exam asks of a learner before that exam; nothing of an exam by itself."""
    held = version_holding(code)
    if held is None:
        return ()
    version = version_for(learner_id, held.series) or held
    terms = terms_of_series(version)
    if code not in terms.exams:
        terms = terms_of_series(held)
    invited = _invited(learner_id, held.series_id)
    return series_conditions(terms, code, invited, results_of(learner_id, terms.exams), _titles(version))


def _invited(learner_id: UUID, code: str) -> bool:
    return InvitationRow.objects.filter(learner_id=learner_id, series_id=code).exists()


def _titles(version: SeriesVersionRow) -> tuple[str, ...]:
    parts = version.parts.order_by("place").select_related("exam__in_force")
    return tuple(title_of(part.exam) for part in parts.defer("exam__in_force__bank"))


def standing_in(learner_id: UUID, row: SeriesRow) -> SeriesStanding | None:
    """Where a learner stands in a series; None before it is published."""
    version = version_for(learner_id, row)
    if version is None:
        return None
    terms = terms_of_series(version)
    results = results_of(learner_id, terms.exams)
    percent, passed = completed(terms, results)
    invited = not terms.by_invitation or _invited(learner_id, row.code)
    coming = next_exams(terms, results) if invited and not passed else ()
    parts = (
        Part(code, title, results.get(code), code in coming)
        for code, title in zip(terms.exams, _titles(version), strict=True)
    )
    return SeriesStanding(as_series(version), invited, tuple(parts), percent, passed)


def series_holding(code: str) -> tuple[SeriesRow, ...]:
    """The series of which a published version holds an exam."""
    published = Q(versions__published_at__isnull=False, versions__parts__exam_id=code)
    return tuple(SeriesRow.objects.filter(published).distinct().order_by("code"))


def last_handed_in(learner_id: UUID, codes: Collection[str]) -> datetime:
    """When the last of the counted attempts at those exams was handed in."""
    rows = AttemptRow.objects.filter(learner_id=learner_id, sitting__exam_id__in=codes, state=AttemptState.VERIFIED)
    return max(at for at in rows.values_list("submitted_at", flat=True) if at)


def my_series(actor: Actor) -> tuple[SeriesStanding, ...]:
    """Where the actor stands in each series: those that are open to all, those they are invited to or began."""
    mine = Q(in_force__by_invitation=False) | Q(invitations__learner_id=actor.own_id)
    begun = AttemptRow.objects.filter(learner_id=actor.own_id).values("sitting__exam_id")
    parts = SeriesPartRow.objects.filter(exam_id__in=begun).values("version__series_id")
    rows = SeriesRow.objects.filter(mine | Q(code__in=parts), in_force__isnull=False).distinct().order_by("code")
    return tuple(found for found in (standing_in(actor.own_id, row) for row in rows) if found)


def learners_in(actor: Actor, code: str, number: int = 1) -> Page[tuple[UUID, SeriesStanding | None]]:
    """Who is invited or began, with where they stand, for who makes exams at the institution."""
    series_versions(actor, code)
    row = SeriesRow.objects.get(code=code)
    exams = SeriesPartRow.objects.filter(version__series=row, version__published_at__isnull=False).values("exam_id")
    begun = AttemptRow.objects.filter(sitting__exam_id__in=exams).values_list("learner_id", flat=True)
    ids = sorted(set(begun) | set(row.invitations.values_list("learner_id", flat=True)))
    return page_of(ids, len(ids), lambda one: (one, standing_in(one, row)), number=number, size=PAGE)


@public
def exams_held(now: datetime) -> tuple[tuple[str, str], ...]:
    """Program and code of each published exam with a sitting that is not over, but of those that a series holds."""
    held = SeriesPartRow.objects.filter(version=F("version__series__in_force")).values("exam_id")
    coming = SittingRow.objects.filter(cancelled_at=None, closes_at__gt=now).values("exam_id")
    rows = ExamRow.objects.filter(code__in=coming, in_force__isnull=False).exclude(code__in=held)
    return tuple(rows.order_by("code").values_list("program_key", "code"))


@public
def exams_here(codes: Collection[str], institution: str) -> dict[str, str]:
    """By code the institution of each exam and series: of those codes, and of an institution where one is named."""
    asked = Q(code__in=codes) | Q(institution=institution) if institution else Q(code__in=codes)
    tables = (ExamRow.objects, SeriesRow.objects)
    return {code: owner for table in tables for code, owner in table.filter(asked).values_list("code", "institution")}


@granted
def series_shown(terms: SeriesTerms) -> dict[str, str]:
    """The terms as their form shows them, to tell whether they changed since."""
    weights = terms.weights or (None,) * len(terms.exams)
    lines = [
        f"{code} = {weight.normalize():f}" if weight else code
        for code, weight in zip(terms.exams, weights, strict=True)
    ]
    return {
        "title": terms.title,
        "exams": "\n".join(lines),
        "completion": terms.completion.value,
        "best": str(terms.best),
        "pass_percent": f"{terms.pass_percent.normalize():f}",
        "in_order": "on" if terms.in_order else "",
        "by_invitation": "on" if terms.by_invitation else "",
        "one_fee": "on" if terms.one_fee else "",
    }
