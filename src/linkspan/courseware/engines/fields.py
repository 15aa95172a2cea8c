"""The fields that blocks inherit, and their values as Studio and the platform write them.

Source of names, types and defaults: the inheritance of Open edX. Each value is parsed by the XBlock field it belongs
to, once, when a course is read.
"""

import json
from collections.abc import Mapping
from typing import Any

from xblock.core import XBlockMixin
from xblock.fields import Boolean, Date, Dict, Field, Float, Integer, List, Scope, String, Timedelta

from linkspan.courseware.rules import ASKED, Condition, Group, GroupAccess, Partition, Settings

#: Of a partition or a group.
LONGEST_ID, LONGEST_NAME = 40, 200


class InheritedFields(XBlockMixin):
    """Fields that a block takes from the nearest container that sets them."""

    graded = Boolean(default=False, scope=Scope.settings)
    format = String(default="", scope=Scope.settings)
    start = Date(default=None, scope=Scope.settings)
    due = Date(default=None, scope=Scope.settings)
    relative_weeks_due = Integer(default=None, scope=Scope.settings)
    graceperiod = Timedelta(default=None, scope=Scope.settings)
    visible_to_staff_only = Boolean(default=False, scope=Scope.settings)
    group_access = Dict(default={}, scope=Scope.settings)
    user_partitions = List(default=[], scope=Scope.settings)
    days_early_for_beta = Float(default=None, scope=Scope.settings)
    self_paced = Boolean(default=False, scope=Scope.settings)
    hide_from_toc = Boolean(default=False, scope=Scope.settings)
    in_entrance_exam = Boolean(default=False, scope=Scope.settings)
    show_correctness = String(default="always", scope=Scope.settings)
    static_asset_path = String(default="", scope=Scope.settings)
    edxnotes = Boolean(default=False, scope=Scope.settings)
    edxnotes_visibility = Boolean(default=False, scope=Scope.settings)
    xqa_key = String(default=None, scope=Scope.settings)
    use_latex_compiler = Boolean(default=False, scope=Scope.settings)
    matlab_api_key = String(default=None, scope=Scope.settings)


#: Passed down to everything below: the fields above and those of problems that a container may set for all.
INHERITED = frozenset((*InheritedFields.fields, "max_attempts", "showanswer", "rerandomize", "show_reset_button")) - {
    "format"
}

#: Fields that pages and rules ask for, besides the inherited ones.
OWN: Mapping[str, Field] = {
    "display_name": String(default=""),
    "end": Date(default=None),
    "hide_after_due": Boolean(default=False),
    "weight": Float(default=None),
    "max_count": Integer(default=1),
    "group_id_to_child": Dict(default={}),
    "user_partition_id": Integer(default=None),
    "sources_list": List(default=[]),
}


def settings_of(texts: Mapping[str, str], *, conditional: bool = False) -> Settings:
    """Return typed settings out of the attributes of a block, its own and the inherited ones."""
    inherited = InheritedFields.fields

    def read(name: str) -> Any:
        field = OWN.get(name) or inherited[name]
        return value_of(field, texts[name]) if name in texts else field.default

    return Settings(
        display_name=read("display_name") or "",
        graded=bool(read("graded")),
        format=read("format") or "",
        start=read("start"),
        end=read("end"),
        due=read("due"),
        graceperiod=read("graceperiod"),
        staff_only=bool(read("visible_to_staff_only")),
        hide_after_due=bool(read("hide_after_due")),
        hide_from_toc=bool(read("hide_from_toc")),
        show_correctness=read("show_correctness") or "always",
        weight=_weight(read("weight")),
        max_count=read("max_count") if read("max_count") is not None else 1,
        group_ids=tuple(str(group) for group in read("group_id_to_child") or {}),
        group_children=tuple(str(child) for child in (read("group_id_to_child") or {}).values()),
        partition="" if read("user_partition_id") is None else str(read("user_partition_id")),
        group_access=_group_access(read("group_access")),
        condition=condition_of(texts, read("sources_list")) if conditional else None,
    )


def condition_of(texts: Mapping[str, str], listed: Any) -> Condition:
    """Return what a conditional block asks: in the attributes of older files, or in fields as Studio keeps them."""
    texts = {name: _unquoted(text) for name, text in texts.items()}
    told = texts.get("sources") or ";".join(str(one) for one in listed or ())
    sources = tuple(dict.fromkeys(one.strip() for one in told.split(";") if one.strip()))
    asks, wanted = texts.get("conditional_attr") or "correct", texts.get("conditional_value", "True")
    for name in ASKED:
        if name in texts:
            asks, wanted = name, texts[name]
    message = texts["message"] if "message" in texts else texts.get("conditional_message", "")
    return Condition(sources, asks, wanted, message)


def _unquoted(text: str) -> str:
    """A text as it stands in a file, also where a policy has it as JSON."""
    try:
        found = json.loads(text) if text.startswith('"') else text
    except ValueError:
        return text
    return found if isinstance(found, str) else text


def _group_access(value: Any) -> GroupAccess:
    """Allowed groups by partition; a partition without a list of groups is open to all of them."""
    if not isinstance(value, Mapping):
        return ()
    return tuple(
        (str(partition), tuple(str(group) for group in groups))
        for partition, groups in value.items()
        if isinstance(groups, list) and groups
    )


def partitions_of(text: str) -> tuple[Partition, ...]:
    """Return the ways in which a course divides its learners, as far as they can be read."""
    found = value_of(InheritedFields.fields["user_partitions"], text)
    return tuple(_partition(one) for one in found or () if isinstance(one, Mapping) and "id" in one)


def _partition(told: Mapping[str, Any]) -> Partition:
    groups = told.get("groups")
    named = [one for one in groups if isinstance(one, Mapping) and "id" in one] if isinstance(groups, list) else []
    return Partition(
        str(told["id"])[:LONGEST_ID],
        str(told.get("name") or told["id"])[:LONGEST_NAME],
        str(told.get("scheme") or "random")[:LONGEST_ID],
        tuple(Group(str(one["id"])[:LONGEST_ID], str(one.get("name") or one["id"])[:LONGEST_NAME]) for one in named),
        told.get("active") is not False,
    )


def value_of(field: Field, text: str) -> Any:
    """Return an attribute's value as the field reads it; its default where it cannot be read."""
    from linkspan.courseware.engines.stock import deserialize_field

    try:
        found = field.from_json(deserialize_field(field, text))
    except (TypeError, ValueError, OverflowError):
        return field.default
    return field.default if found is None else found


def _weight(value: float | None) -> float | None:
    return value if value is None or 0 <= value < 1e9 else None
