"""Failed work: what was failed, given up or is not finished counts for nothing, whatever a rule forgets to say."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from linkspan.kernel.reasons import Sentence
from linkspan.pathways.rules.language.meaning import Reading
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.scales import KNOWN, Scale

#: The lists whose rows are work that can be failed.
WORK = frozenset({"courses", "exams"})
#: What is read of a row to tell.
READ = ("passed", "status", "grade")
NOT_PASSED = Sentence("not_passed", "it was not passed")
FAILED_GRADES = ("F", "FX", "U", "NP", "NC", "WF", "WU", "fail", "failed")
FAILED_STATES = ("failed", "not_passed")
LEFT_GRADES = ("W", "WN", "withdrawn")
LEFT_STATES = ("withdrawn", "dropped", "cancelled", "canceled")
OPEN_GRADES = ("I", "IP", "INC", "incomplete")
OPEN_STATES = ("in_progress", "incomplete", "enrolled", "registered")
AUDITED_GRADES = ("AU", "audit", "audited")
AUDITED_STATES = ("audit", "audited", "auditing")


@lru_cache(maxsize=64)
def failed_kinds(scales: tuple[Scale, ...]) -> Mapping[Sentence, Node]:
    """The rules that find work which counts for nothing, by what is said of it; each looks at one row."""
    stated = {**KNOWN, **{scale.name: scale for scale in scales}}
    below: list[Node] = [
        {"compare": ["grade", "<", {"scale": name, "value": str(scale.lowest_pass)}]}
        for name, scale in stated.items()
        if scale.lowest_pass is not None
    ]
    not_passed: Node = {"compare": ["passed", "==", False]}
    failed = [not_passed, _either("grade.value", FAILED_GRADES), *below]
    return {
        NOT_PASSED: {"any": [*failed, _either("status", FAILED_STATES)]},
        Sentence("given_up", "it was given up"): {
            "any": [_either("grade.value", LEFT_GRADES), _either("status", LEFT_STATES)]
        },
        Sentence("not_finished", "it is not finished"): {
            "any": [_either("grade.value", OPEN_GRADES), _either("status", OPEN_STATES)]
        },
        Sentence("only_audited", "it was audited"): {
            "any": [_either("grade.value", AUDITED_GRADES), _either("status", AUDITED_STATES)]
        },
    }


def failed_for(kind: str, scales: tuple[Scale, ...]) -> Mapping[Sentence, Node]:
    """Of those rules, the ones for a kind of condition: in a mean, what was not passed counts with its grade."""
    kinds = failed_kinds(scales)
    return {words: rule for words, rule in kinds.items() if words != NOT_PASSED} if kind == "mean" else kinds


def failed_work(kind: str, reading: Reading) -> Node:
    """One rule for all of them: a row that meets it counts for nothing in that kind of condition."""
    return {"any": [leaf for node in failed_for(kind, reading.scales).values() for leaf in node["any"]]}


def may_have_failed(row: Mapping[str, object]) -> bool:
    """Whether it is worth asking: nothing is said of how the work went, and the grade is an ordinary one, where not."""
    grade = row.get("grade")
    if row.get("passed") is False or row.get("status") is not None or not isinstance(grade, Mapping | None):
        return True
    if grade is None:
        return False
    value, scale = grade.get("value"), grade.get("scale")
    ordinary = (
        not isinstance(value, str) or value[:1].isdigit() or (value[:1] in "ABCD" and value[1:] in ("", "+", "-"))
    )
    return scale not in ("letter", "percent", "points") or not ordinary


def own_scales(reading: Reading) -> Reading:
    """The same reading without mappings: whether work failed is said by its own scale."""
    return Reading(reading.rules, (), reading.scales)


def leaves_failed_out(node: Node, kind: str, path: str) -> bool:
    """Whether rows of failed work are no rows to a condition on a list.

    They are none where work is to be shown or added up (`exists`, `sum`, `mean`, `count` with >= or >). A count with
    another operator counts attempts, and a condition that asks itself how the work went sees all.
    """
    if path.rpartition(".")[2] not in WORK or (kind == "count" and node["op"] not in (">=", ">")):
        return False
    return not _asks_how_it_went(node.get("where"), False)


def _asks_how_it_went(node: Any, turned: bool) -> bool:
    if isinstance(node, list):
        return any(_asks_how_it_went(one, turned) for one in node)
    if not isinstance(node, Mapping):
        return False
    if "compare" in node:
        path, op = str(node["compare"][0]), node["compare"][1]
        graded = path == "grade" or path.startswith("grade.")
        return path in ("passed", "status") or (graded and (turned or op not in (">=", ">")))
    return any(_asks_how_it_went(value, turned or name == "not") for name, value in node.items())


def _either(path: str, names: tuple[str, ...]) -> Node:
    """The value is one of the names, in every usual spelling."""
    apart = [name.replace("_", between) for name in names for between in ("_", " ", "-")]
    spelled = dict.fromkeys(
        f for name in apart for f in (name, name.lower(), name.upper(), name.capitalize(), name.title())
    )
    return {"compare": [path, "in", list(spelled)]}
