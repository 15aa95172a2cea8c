"""The documents: agreement, policy, record. What each may hold, and which policies an agreement holds."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from linkspan.kernel.errors import Unusable
from linkspan.kernel.record import Record
from linkspan.pathways.rules.agreement import Agreement, Policy, Terms
from linkspan.pathways.rules.language.comparing import Incomparable, grade_number
from linkspan.pathways.rules.language.fields import ROWS, TOP
from linkspan.pathways.rules.language.meaning import PRESENT, Reading, scales_of
from linkspan.pathways.rules.language.shape import Anything, ListOf, Nullable, Shape, Text
from linkspan.pathways.rules.language.shape import Record as RecordShape

AGREEMENT, POLICY = Agreement.shape(), Policy.shape()


def _row(rows: str, **shapes: Shape) -> RecordShape:
    """A row of a list of the record: what is known of it, and what else it holds."""
    return RecordShape({}, {**{name: Anything() for name in [*ROWS[rows], "complete"]}, **shapes}, open=True)


COURSES, EXAMS = Nullable(ListOf(_row("courses"))), Nullable(ListOf(_row("exams")))
INTERVALS = Nullable(ListOf(RecordShape({}, {"from": Anything(), "to": Anything()}, open=True)))
APPLICATION = RecordShape({}, {"date": Anything(), "credit_requested": Anything()}, open=True)
RECORD = RecordShape(
    {},
    {
        **{name: Anything() for name, kind in TOP.items() if kind != "list"},
        "credentials": Nullable(ListOf(_row("credentials", courses=COURSES, exams=EXAMS))),
        "degrees": Nullable(ListOf(_row("degrees", accreditation=INTERVALS))),
        "tests": Nullable(ListOf(_row("tests"))),
        "courses": COURSES,
        "exams": EXAMS,
        "application": Nullable(APPLICATION),
        "recognised_elsewhere": Nullable(ListOf(Text())),
        "complete": Nullable(ListOf(Text())),
    },
    open=True,
)
#: Scales that mean the same everywhere, so that no agreement states them.
UNCHANGED = ("letter", "percent", "points")


def check_agreement_shape(agreement: object) -> Mapping[str, Any]:
    """The agreement, if it is of the published format (docs/formats/agreement.md); Unusable, naming the place."""
    if not isinstance(agreement, dict):
        raise Unusable("agreement_unusable", "the agreement is not a JSON object")
    if "requirements" not in agreement:
        raise Unusable("agreement_unusable", "the agreement lacks requirements")
    AGREEMENT.check(agreement, "")
    read = Agreement.read(agreement)
    if read.valid_to and read.valid_to <= read.valid_from:
        raise Unusable("agreement_unusable", "valid_to is the day after the last, so it is later than valid_from")
    for position, policy in enumerate(read.policies):
        POLICY.check(policy, f"policies[{position}]")
    held = [Policy.read(policy) for policy in read.policies]
    for document, terms, policies in [(agreement, read, held), *((one.as_json(), one, ()) for one in held)]:
        _check_maps(document, terms, policies)
    return agreement


def as_agreement(document: object) -> Agreement:
    """The agreement that a document is; Unusable, naming the place, if it is not of the published format."""
    return Agreement.read(check_agreement_shape(document))


def check_policy_shape(policy: Mapping[str, Any], where: str = "") -> Mapping[str, Any]:
    """The policy, if it is of the published format (docs/formats/policy.md); Unusable, naming the place."""
    POLICY.check(policy, where)
    _check_maps(policy, Policy.read(policy))
    checked: Mapping[str, Any] = policy
    return checked


def check_record_shape(record: object) -> Record:
    """The record, if it is of the published format (docs/formats/record.md); Unusable, naming the place."""
    if not isinstance(record, dict):
        raise Unusable("record_unusable", "the record is not a JSON object")
    RECORD.check(record, "")
    return cast("Record", record)


def _check_maps(document: Mapping[str, Any], terms: Terms, policies: Iterable[Policy] = ()) -> None:
    """Every grade lies on a scale that is known or stated here, and a stated scale has two ends and a pass between."""
    reading = Reading(PRESENT, scales=scales_of(row for place in (terms, *policies) for row in place.scales))
    for position, scale in enumerate(reading.scales[: len(terms.scales)]):
        between = scale.lowest_pass is None or scale.holds(scale.lowest_pass)
        if scale.name in UNCHANGED or scale.best == scale.worst or not between:
            said = "a scale has its own name, a best, a worst that is not the best, and a pass between them"
            raise Unusable("shape_unusable", "scales[{position}]: {said}", position=position, said=said)
    for position, stated in enumerate(terms.grade_maps):
        try:
            for band in stated.bands:
                grade_number({"scale": stated.from_, "value": band.at_least}, reading)
                grade_number({"scale": stated.to, "value": band.value}, reading)
        except Incomparable as why:
            raise Unusable("shape_unusable", "grade_maps[{position}]: {why}", position=position, why=why) from why
    bare = {name: document[name] for name in document if name not in ("policies", "grade_maps")}
    _check_grades(bare, "", reading)


def _check_grades(value: object, where: str, reading: Reading) -> None:
    """Unusable, naming the place, for a grade that is on none of the scales."""
    if isinstance(value, Mapping) and set(value) == {"scale", "value"}:
        try:
            grade_number(value, reading)
        except Incomparable as why:
            raise Unusable("shape_unusable", "{where}: {why}", where=where, why=why) from why
    elif isinstance(value, Mapping):
        for name, one in value.items():
            _check_grades(one, f"{where}.{name}" if where else str(name), reading)
    elif isinstance(value, list):
        for position, one in enumerate(value):
            _check_grades(one, f"{where}[{position}]", reading)


def with_policies(agreement: Mapping[str, Any], policies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The agreement with the policies it inherits written into it, so that it can be read, hashed and replayed alone.

    `policies` by identifier; one that is not there stays a reference, and its terms are unknown.
    """
    wanted = [row.policy for row in Agreement.read(agreement).inherits]
    found = [dict(policies[name]) for name in wanted if name in policies]
    return {**agreement, "policies": found} if found else dict(agreement)


def with_inherited(draft: Agreement, known: Mapping[str, Policy]) -> Agreement:
    """The draft with just the policies that it names, each in the version that it holds already, else in the known one.

    The draft may be unfinished; a policy that is neither held nor known stays a name, of which the checks tell.
    """
    pool = {**known, **{policy.id: policy for policy in map(Policy.read, draft.policies)}}
    taken = [pool.get(row.policy) for row in draft.inherits]
    rows = (
        replace(row, version=policy.version) if policy else row
        for row, policy in zip(draft.inherits, taken, strict=True)
    )
    return replace(draft, inherits=tuple(rows), policies=tuple(policy.as_json() for policy in taken if policy))
