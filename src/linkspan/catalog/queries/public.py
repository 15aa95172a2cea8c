"""Reads of the catalogue; all of it is public."""

from collections.abc import Collection, Iterable
from datetime import date

from linkspan.catalog.models import CourseRow, CourseRunRow, PriceRow, ProgramRow, ProgramVersionRow, TermRow
from linkspan.catalog.rules import CalendarTerm, Course, CourseRun, PricePeriod, Program, exams_of, names_of, price_on
from linkspan.kernel.errors import NotFound
from linkspan.kernel.money import Money
from linkspan.kernel.readers import public


@public
def programs(on: date, *, kind: str = "") -> tuple[Program, ...]:
    """Programs by title, each with the requirement tree in force on the day."""
    rows = ProgramRow.objects.prefetch_related("versions").order_by("title")
    if kind:
        rows = rows.filter(kind=kind)
    return tuple(p for p in (_program(row, on) for row in rows) if p is not None)


def programs_asking_for(names: Collection[str], on: date) -> tuple[Program, ...]:
    """Programs whose requirements in force name one of these courses, exams or programs."""
    return tuple(found for found in programs(on) if names and not names_of(found.requirements).isdisjoint(names))


@public
def program(key: str, on: date) -> Program:
    """One program with the requirement tree in force on the day; NotFound if there is none."""
    row = ProgramRow.objects.prefetch_related("versions").filter(key=key).first()
    found = _program(row, on) if row else None
    if found is None:
        raise NotFound("program_unknown", "There is no program {key}.", key=key)
    return found


@public
def program_keys(keys: Iterable[str]) -> frozenset[str]:
    """Those of the keys that are of a program, in one query."""
    return frozenset(ProgramRow.objects.filter(key__in=list(keys)).values_list("key", flat=True))


def program_versions(key: str, on: date) -> tuple[Program, ...]:
    """The program by each catalogue year that was in force until the day, newest first."""
    return versions_of_programs([key], on).get(key, ())


def versions_of_programs(keys: Iterable[str], on: date) -> dict[str, tuple[Program, ...]]:
    """The same for several programs in two queries; unknown ones are left out."""
    found = {}
    for row in ProgramRow.objects.prefetch_related("versions").filter(key__in=list(keys)):
        begun = sorted({v.valid_from for v in row.versions.all() if v.valid_from <= on}, reverse=True)
        found[row.key] = tuple(one for one in (_program(row, day) for day in begun) if one is not None)
    return found


def exam_owners(codes: Collection[str]) -> dict[str, frozenset[str]]:
    """The institutions whose programs ask for each of those exams; an exam of no program is left out."""
    found: dict[str, set[str]] = {}
    trees = ProgramVersionRow.objects.values_list("program__institution", "requirements") if codes else ()
    for school, tree in trees:
        for code in set(exams_of(tree)) & set(codes):
            found.setdefault(code, set()).add(school)
    return {code: frozenset(schools) for code, schools in found.items()}


def course(key: str) -> Course:
    """One course; NotFound if there is none."""
    row = CourseRow.objects.filter(key=key).first()
    if row is None:
        raise NotFound("course_unknown", "There is no course {key}.", key=key)
    return _course(row)


def named(key: str) -> tuple[str, str]:
    """The institution and the title of a course or program; NotFound if the key is of neither."""
    for table in (ProgramRow, CourseRow):
        row = table.objects.filter(key=key).values_list("institution", "title").first()
        if row is not None:
            return row
    raise NotFound("course_unknown", "There is no course {key}.", key=key)


@public
def courses(keys: Iterable[str]) -> dict[str, Course]:
    """Courses by key, in one query; unknown keys are left out."""
    return {row.key: _course(row) for row in CourseRow.objects.filter(key__in=list(keys))}


@public
def calendar_of(institution: str) -> tuple[CalendarTerm, ...]:
    """The terms of an institution, earliest first."""
    rows = TermRow.objects.filter(institution=institution).order_by("starts")
    return tuple(CalendarTerm(row.code, row.title, row.starts, row.ends, row.census, row.grades_due) for row in rows)


@public
def course_run(run_id: str) -> CourseRun:
    """One run; NotFound if there is none."""
    row = CourseRunRow.objects.select_related("course").filter(id=run_id).first()
    if row is None:
        raise NotFound("run_unknown", "There is no such course run.")
    return _run(row)


@public
def runs_of_courses(keys: Iterable[str]) -> tuple[CourseRun, ...]:
    """Runs of the courses, earliest first."""
    rows = CourseRunRow.objects.select_related("course").filter(course_id__in=list(keys)).order_by("starts", "id")
    return tuple(_run(row) for row in rows)


@public
def runs_by_id(ids: Iterable[str]) -> dict[str, CourseRun]:
    """Those runs by their id, in one query; unknown ones are left out."""
    rows = CourseRunRow.objects.select_related("course").filter(id__in=list(ids))
    return {row.id: _run(row) for row in rows}


@public
def course_runs() -> tuple[CourseRun, ...]:
    """Every run, earliest first."""
    return tuple(_run(row) for row in CourseRunRow.objects.select_related("course").order_by("starts", "id"))


def run_titles(run_ids: Iterable[str]) -> dict[str, str]:
    """The title of each of those runs; unknown runs are left out."""
    return dict(CourseRunRow.objects.filter(id__in=list(run_ids)).values_list("id", "course__title"))


def schools_of_runs(run_ids: Iterable[str]) -> dict[str, str]:
    """The institution of each of those runs; unknown runs are left out."""
    rows = CourseRunRow.objects.filter(id__in=list(run_ids))
    return dict(rows.values_list("id", "course__institution"))


@public
def price_in_force(subject: str, on: date) -> Money | None:
    """The price of a subject (`course:KEY`, `exam:CODE`, ...) on a day, or None."""
    rows = PriceRow.objects.filter(subject=subject, valid_from__lte=on)
    periods = tuple(PricePeriod(r.subject, Money(r.minor, r.currency), r.valid_from, r.valid_to) for r in rows)
    return price_on(periods, on)


@public
def prices_in_force(subjects: Iterable[str], on: date) -> dict[str, Money]:
    """The prices of many subjects on a day, in one query; what has none is left out."""
    found: dict[str, list[PricePeriod]] = {}
    for r in PriceRow.objects.filter(subject__in=list(subjects), valid_from__lte=on):
        period = PricePeriod(r.subject, Money(r.minor, r.currency), r.valid_from, r.valid_to)
        found.setdefault(r.subject, []).append(period)
    prices = {subject: price_on(tuple(periods), on) for subject, periods in found.items()}
    return {subject: price for subject, price in prices.items() if price is not None}


def _program(row: ProgramRow, on: date) -> Program | None:
    versions = sorted((v for v in row.versions.all() if v.valid_from <= on), key=lambda v: v.valid_from)
    if not versions:
        return None
    newest = versions[-1]
    return Program(
        row.key,
        row.institution,
        row.code,
        row.title,
        row.summary,
        row.kind,
        newest.requirements,
        newest.catalogue_year,
        newest.valid_from,
    )


def _course(row: CourseRow) -> Course:
    return Course(row.key, row.institution, row.code, row.title, row.summary, row.credits)


def _run(row: CourseRunRow) -> CourseRun:
    return CourseRun(
        row.id,
        _course(row.course),
        row.course.title,
        row.starts,
        row.ends,
        row.enrolment_opens,
        row.enrolment_closes,
        row.upgrade_by,
        row.time_zone,
    )
