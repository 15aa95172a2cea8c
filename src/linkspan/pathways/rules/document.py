"""The documents: agreement, policy, record. What each may hold, and the terms in force once policies are taken in."""

from collections.abc import Mapping
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.agreement import Agreement, Policy
from linkspan.pathways.rules.comparing import Incomparable, bands_of, grade_number
from linkspan.pathways.rules.fields import ROWS, TOP
from linkspan.pathways.rules.kinds import rule_of, setting_of
from linkspan.pathways.rules.meaning import PRESENT, Reading, reading_of
from linkspan.pathways.rules.shape import Anything, ListOf, Nullable, Record, Shape, Text
from linkspan.pathways.rules.values import as_date

AGREEMENT, POLICY = Agreement.shape(), Policy.shape()


def _row(rows: str, **shapes: Shape) -> Record:
    """A row of a list of the record: what is known of it, and what else it holds."""
    return Record({}, {**{name: Anything() for name in [*ROWS[rows], "complete"]}, **shapes}, open=True)


COURSES, EXAMS = Nullable(ListOf(_row("courses"))), Nullable(ListOf(_row("exams")))
INTERVALS = Nullable(ListOf(Record({}, {"from": Anything(), "to": Anything()}, open=True)))
APPLICATION = Record({}, {"date": Anything(), "credit_requested": Anything()}, open=True)
RECORD = Record(
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
LISTED = (
    "requirements",
    "recognition",
    "caps",
    "holds",
    "after_admission",
    "grade_maps",
    "scales",
    "sequence",
    "unknown_terms",
)


def check_agreement_shape(agreement: Any) -> Mapping[str, Any]:
    """The agreement, if it is of the published format (docs/formats/agreement.md); Unusable, naming the place."""
    if not isinstance(agreement, dict):
        raise Unusable("agreement_unusable", "the agreement is not a JSON object")
    if "requirements" not in agreement:
        raise Unusable("agreement_unusable", "the agreement lacks requirements")
    AGREEMENT.check(agreement, "")
    begins, ends = as_date(agreement["valid_from"]), as_date(agreement.get("valid_to"))
    if begins and ends and ends <= begins:
        raise Unusable("agreement_unusable", "valid_to is the day after the last, so it is later than valid_from")
    _check_maps(agreement)
    for position, policy in enumerate(agreement.get("policies") or ()):
        check_policy_shape(policy, f"policies[{position}]")
    return agreement


def check_policy_shape(policy: Any, where: str = "") -> Mapping[str, Any]:
    """The policy, if it is of the published format (docs/formats/policy.md); Unusable, naming the place."""
    POLICY.check(policy, where)
    _check_maps(policy)
    checked: Mapping[str, Any] = policy
    return checked


def check_record_shape(record: Any) -> Mapping[str, Any]:
    """The record, if it is of the published format (docs/formats/record.md); Unusable, naming the place."""
    if not isinstance(record, dict):
        raise Unusable("record_unusable", "the record is not a JSON object")
    RECORD.check(record, "")
    return record


def _check_maps(terms: Mapping[str, Any]) -> None:
    """Every grade lies on a scale that is known or stated here, and a stated scale has two ends and a pass between."""
    scales = [row for place in (terms, *(terms.get("policies") or ())) for row in place.get("scales") or ()]
    reading = reading_of({"scales": scales}, PRESENT)
    for position, scale in enumerate(reading.scales[: len(terms.get("scales") or ())]):
        between = scale.lowest_pass is None or scale.holds(scale.lowest_pass)
        if scale.name in UNCHANGED or scale.best == scale.worst or not between:
            said = "a scale has its own name, a best, a worst that is not the best, and a pass between them"
            raise Unusable("shape_unusable", "scales[{position}]: {said}", position=position, said=said)
    for position, stated in enumerate(terms.get("grade_maps") or ()):
        try:
            bands_of(stated, reading)
            back = {"from": stated["to"], "bands": [{"at_least": band["value"]} for band in stated["bands"]]}
            bands_of(back, reading)
        except Incomparable as why:
            raise Unusable("shape_unusable", "grade_maps[{position}]: {why}", position=position, why=why) from why
    _check_grades({name: terms[name] for name in terms if name not in ("policies", "grade_maps")}, "", reading)


def _check_grades(value: Any, where: str, reading: Reading) -> None:
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
    wanted = [row["policy"] for row in agreement.get("inherits") or ()]
    found = [dict(policies[name]) for name in wanted if name in policies]
    return {**agreement, "policies": found} if found else dict(agreement)


def with_inherited(draft: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The draft with just the policies that it names, each in the version that it holds already, else in the known one.

    The draft may be unfinished; a policy that is neither held nor known stays a name, of which the checks tell.
    """
    held = {str(policy["id"]): policy for policy in draft.get("policies") or ()}
    pool = {**known, **held}
    rows = [
        {**row, "version": pool[str(row["policy"])]["version"]} if str(row.get("policy")) in pool else dict(row)
        for row in draft.get("inherits") or ()
    ]
    taken = [dict(pool[str(row["policy"])]) for row in rows if str(row.get("policy")) in pool]
    found = {**draft, "inherits": rows, "policies": taken}
    return {name: value for name, value in found.items() if value or name not in ("inherits", "policies")}


def terms_of(agreement: Mapping[str, Any]) -> dict[str, Any]:
    """The terms in force: the agreement's own and those of its policies, each requirement as a tree.

    A policy's clauses are named `policy:clause`; `except` leaves some out; the agreement's own `attempts`, `recency`
    and the like stand before the policy's. A policy that is not at hand is a requirement of unknown outcome.
    """
    terms = {**agreement, **{name: list(agreement.get(name) or ()) for name in LISTED}}
    held = {policy["id"]: policy for policy in agreement.get("policies") or ()}
    for row in agreement.get("inherits") or ():
        policy = held.get(row["policy"])
        if policy is None or row.get("version", policy["version"]) != policy["version"]:
            why = f"the policy {row['policy']} is not at hand"
            terms["requirements"].append({"clause": row["policy"], "text": why.capitalize(), "unknown": why})
            continue
        _take_in(terms, policy, frozenset(row.get("except", ())))
    setting = setting_of(agreement)
    for name in ("requirements", "after_admission"):
        terms[name] = [{**row, "rule": rule_of(row, setting)} for row in terms[name]]
    return terms


def _take_in(terms: dict[str, Any], policy: Mapping[str, Any], left_out: frozenset[str]) -> None:
    for name in LISTED:
        for row in policy.get(name) or ():
            if row.get("clause") not in left_out or row.get("clause") is None:
                named = {"clause": f"{policy['id']}:{row['clause']}", "from": policy["id"]} if "clause" in row else {}
                terms[name].append({**row, **named})
    for name in ("attempts", "recency", "units", "appeals", "min_grade", "counts_in_gpa", "ask_for_credit"):
        if name in policy:
            terms.setdefault(name, policy[name])
