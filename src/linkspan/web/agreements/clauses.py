"""The forms of every kind of clause: which terms of an agreement have a field, in what order, and where they stand."""

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from linkspan.admissions.rules import RESERVE_ORDERS, TIES
from linkspan.pathways import rules
from linkspan.pathways.rules import KINDS, Part, Requirement
from linkspan.web.agreements.fields import Field, field_of


def _of(part: type[Part], *names: str, at: str = "", **named: str) -> tuple[Field, ...]:
    """Fields of a part's terms; `named` gives a term another name in the form, `at` is where the part stands."""
    found = []
    for name, term in [*((name, name) for name in names), *named.items()]:
        field = field_of(name, part.terms()[term])
        found.append(replace(field, path=(at, term) if at else (term,) if name != term else ()))
    return tuple(found)


def _choice(fields: tuple[Field, ...], options: tuple[str, ...]) -> tuple[Field, ...]:
    return tuple(replace(field, kind="choice", options=options) for field in fields)


(CLAUSE, WORDS, NOTE) = _of(Requirement, "clause", "text", "note")
IDENTITY = (
    *_of(rules.Agreement, "title", "type"),
    *_of(
        rules.Sending, at="sending", sending_institution="institution", sending_program="program", sending_title="title"
    ),
    *_of(
        rules.Receiving,
        at="receiving",
        receiving_institution="institution",
        receiving_program="program",
        receiving_title="title",
        degree_credits="credits",
        degree_courses="courses",
        degree_unit="unit",
        degree_months="duration_months",
        degree_load="load",
        degree_offered="offered",
        on_campus_min="on_campus_min",
        on_campus_offered="on_campus_offered",
        receiving_country="country",
    ),
    *_of(rules.Intermediary, at="intermediary", intermediary="institution", intermediary_role="role"),
    *_of(rules.Agreement, "field", "language", "country", "delivery", "not_here_yet", "note", "source"),
)
ALIAS = _of(rules.Alias, "program", "institution", "until")
UNITS = _of(rules.Units, at="units", units="system")
TIME = (
    *_of(rules.Agreement, "valid_from", "valid_to", "review_due"),
    *_of(rules.Entry, at="entry", entry_by="by", entry_choice="choice", entry_until="until", entry_absence="absence"),
    *_of(rules.TeachOut, at="teach_out", teach_out_until="until", teach_out_choice="choice"),
    *_of(rules.Agreement, "supersedes", "catalogue_year", "first_cohort"),
)
ENTRY = (
    *_of(rules.Agreement, "seats"),
    *_of(
        rules.Bridge,
        at="bridge",
        bridge_course="course",
        bridge_grade="min_grade",
        bridge_attempts="attempts",
        bridge_months="within_months",
        bridge_clause="clause",
    ),
    *_of(rules.Agreement, "ask_for_credit", "documents", "results_by"),
    *_choice(_of(rules.Agreement, "ties"), TIES),
    *_of(rules.Agreement, "tie_break"),
    *_choice(_of(rules.Agreement, "reserve_order"), RESERVE_ORDERS),
    *_of(rules.Agreement, "applying_again", "deferral_months", "appeal_days"),
    *_of(
        rules.Appeals,
        at="appeals",
        appeals_within="within_days",
        appeals_answered="answered_in_days",
        appeals_to="to",
    ),
)
GRADES = (
    *_of(rules.Agreement, least_grade="min_grade"),
    *_of(rules.Agreement, "counts_in_gpa"),
    *_of(
        rules.Attempts,
        at="attempts",
        attempts_policy="policy",
        attempts_reported="all_reported",
        attempts_clause="clause",
    ),
    *_of(rules.Recency, at="recency", recency_span="valid_for", recency_at="measured_at", recency_clause="clause"),
)
UNKNOWN_TERM = _of(rules.UnknownTerm, "term", "reason")
RESERVE = (
    Field("group", _("Group")),
    Field("seats", _("Seats for it, at least"), "whole"),
    Field("rule", _("Who belongs to it (JSON of the rule language)"), "json"),
)
MONEY = _of(rules.Tuition, at="tuition", per_course="per_course", paid_by="paid_by")
#: By kind of requirement: its fields, under the key of the kind; those of a kind of clause are stated with it.
REQUIREMENTS: Mapping[str, tuple[Field, ...]] = {
    **{name: _of(kind, *kind.terms()) for name, kind in KINDS.items()},
    "unknown": _of(Requirement, "unknown"),
    "rule": _of(Requirement, "rule"),
}
RECOGNITION: Mapping[str, tuple[Field, ...]] = {
    name: _of(rules.Recognition, name) for name in ("any_of", "each_of", "course", "all_of", "block", "unknown")
}
RECOGNISED = _of(
    rules.Recognition,
    *("times", "slot", "credits", "convert", "min_grade", "below_grade", "priority", "level", "valid_years"),
    *("effect", "as", "gives", "text"),
)
CAPS: Mapping[str, tuple[Field, ...]] = {name: _of(rules.Cap, name) for name in rules.Cap.shape().some_of}
LIMITED = _of(rules.Cap, "slot", "text")
WINDOW = _of(rules.Window, "term", "opens", "closes", "decided", "results_by", "starts")
SLOT = _of(rules.Place, "slot", "title", "courses", "credits", "required", "last", "alone", "on_campus", "after")
SEQUENCE = _of(rules.Sequence, "last", "alone", "consecutive")
SCALE = _of(rules.StatedScale, "name", "title", "best", "worst", "lowest_pass")
GRADE_MAP = _of(rules.GradeMap, "from", "to", "bands", "source")
CONVERSION = _of(rules.Conversion, "from", "to", "factor", "rounding", "step")
FEE = _of(rules.Fee, "what", "price", "waivable")
INHERITED = _of(rules.Inherited, "policy", "except")
HOLD = _of(rules.Hold, "rule")
