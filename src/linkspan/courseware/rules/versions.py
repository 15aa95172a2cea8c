"""Versions of a run's content: trials of them, what differs between two, and whose grade changes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.courseware.rules.course import Block, Finding, Settings
from linkspan.courseware.rules.grading import GradingPolicy
from linkspan.courseware.rules.repositories import Source
from linkspan.kernel.reasons import Reason


class TrialState(StrEnum):
    """Where a trial stands; `taken` once its content is what learners see."""

    WAITING = "waiting"
    CHECKING = "checking"
    TRIED = "tried"
    UNUSABLE = "unusable"
    TAKEN = "taken"

    @property
    def is_running(self) -> bool:
        """Whether the report is still to come."""
        return self in (TrialState.WAITING, TrialState.CHECKING)


class TrialAct(StrEnum):
    """What is done with a trial that has ended."""

    IMPORT = "import"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Version:
    """Content of a run as imported; `number` counts a run's imports, and one of them `is_taught`.

    `source` is the commit of a git repository out of which it came, if it did.
    """

    id: UUID
    run_id: str
    number: int
    sha256: str
    title: str
    imported_at: datetime
    imported_by: str
    taught_since: datetime
    is_taught: bool
    blocks: Mapping[str, int]
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class GradeChange:
    """A learner whose grade a version would change, in whole percents."""

    learner_id: UUID
    before: int
    after: int
    passed_before: bool
    passed_after: bool


@dataclass(frozen=True, slots=True)
class GradeEffect:
    """What a version would do to grades: learners with a score, and how many of them go up, down, pass or fail."""

    learners: int = 0
    up: int = 0
    down: int = 0
    now_pass: int = 0
    now_fail: int = 0

    @property
    def changed(self) -> int:
        """How many have another grade."""
        return self.up + self.down


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What a trial found. `problem` says why the course cannot be used at all; nothing else is told then.

    `errors` are wrong, `warnings` cannot be taught here, each with its place. `names_run` is another run that the file
    names for itself, or empty. `changes` is what differs from what is taught; of its parts the first are named, `parts`
    and `files` count all.
    """

    title: str = ""
    names_run: str = ""
    blocks: Mapping[str, int] | None = None
    rendered: int = 0
    leaves: int = 0
    problems: int = 0
    full_marks: int = 0
    no_reference: int = 0
    closed: int = 0
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    grades: GradeEffect = GradeEffect()
    problem: Reason | None = None
    changes: "Comparison | None" = None
    parts: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """A course that is tried before it is taught. `sha256` names its content once read, `done` of `whole` its progress.

    `stale`: another version is taught now than when it was tried.
    """

    id: UUID
    run_id: str
    institution: str
    name: str
    sha256: str
    state: TrialState
    done: int
    whole: int
    report: TrialReport
    by: str
    at: datetime
    tried_at: datetime | None
    taken_by: str
    taken_at: datetime | None
    goes_back: bool
    stale: bool
    source: Source | None = None

    @property
    def may_be_taken(self) -> bool:
        """Whether its content may be taught from now on."""
        return self.state is TrialState.TRIED and not self.stale and bool(self.report.leaves)


def effect_of(learners: int, changes: Iterable[GradeChange]) -> GradeEffect:
    """Count what grade changes do."""
    found = tuple(changes)
    return GradeEffect(
        learners,
        up=sum(one.after > one.before for one in found),
        down=sum(one.after < one.before for one in found),
        now_pass=sum(one.passed_after and not one.passed_before for one in found),
        now_fail=sum(one.passed_before and not one.passed_after for one in found),
    )


class Edit(StrEnum):
    """What happened to a block between two versions."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FieldEdit:
    """A field of a block or of the grading policy before and after; both empty where only that it differs is told."""

    name: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class BlockEdit:
    """A block that differs: its id, type and title, where it stands, and the fields that changed."""

    block: str
    type: str
    title: str
    where: str
    edit: Edit
    fields: tuple[FieldEdit, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two versions; `files` are names below `static`, with what happened to them."""

    blocks: tuple[BlockEdit, ...]
    policy: tuple[FieldEdit, ...]
    files: Mapping[str, Edit]


@dataclass(frozen=True, slots=True)
class Content:
    """A version for comparing: its tree, policy, a digest of each leaf's own content, and one of each static file."""

    root: Block
    policy: GradingPolicy
    digests: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Placed:
    block: Block
    parent: "_Placed | None"

    @property
    def where(self) -> str:
        """The titles above it, the course's own left out."""
        above = self.parent
        if above is None or above.parent is None:
            return ""
        return " › ".join(filter(None, (above.where, above.block.title or above.block.name)))


def compare(before: Content, after: Content) -> Comparison:
    """Say what differs, in reading order of the later version; what is gone comes last."""
    old, new = _placed(before.root), _placed(after.root)
    edits = []
    for key, now in new.items():
        then = old.get(key)
        changed = _changes(then, now, before.digests, after.digests) if then else ()
        if then is None or changed:
            edits.append(_edit(now, Edit.CHANGED if then else Edit.ADDED, changed))
    edits += [_edit(then, Edit.REMOVED) for key, then in old.items() if key not in new]
    return Comparison(tuple(edits), tuple(_policy(before.policy, after.policy)), _files(before.files, after.files))


def _placed(root: Block) -> dict[str, _Placed]:
    """Every block by id with what it stands in, the first time that it stands somewhere."""
    found: dict[str, _Placed] = {}

    def walk(block: Block, parent: _Placed | None) -> None:
        here = found.setdefault(block.id, _Placed(block, parent))
        for child in block.children:
            if child.id not in found:
                walk(child, here)

    walk(root, None)
    return found


def _edit(placed: _Placed, edit: Edit, changed: tuple[FieldEdit, ...] = ()) -> BlockEdit:
    block = placed.block
    return BlockEdit(block.id, block.type, block.title or block.name, placed.where, edit, changed)


def _changes(
    then: _Placed, now: _Placed, digests: Mapping[str, str], fresh: Mapping[str, str]
) -> tuple[FieldEdit, ...]:
    found = list(_settings(then.block.settings, now.block.settings))
    if then.parent and now.parent:
        above = set(_settings(then.parent.block.settings, now.parent.block.settings))
        found = [edit for edit in found if edit not in above]  # told once, where it is set
        if then.parent.block.id != now.parent.block.id:
            found.append(FieldEdit("place", then.where, now.where))
    if digests.get(then.block.id) != fresh.get(now.block.id):
        found.append(FieldEdit("content"))
    if _order(then.block, now.block) != _order(now.block, then.block):
        found.append(FieldEdit("order"))
    return tuple(found)


def _settings(then: Settings, now: Settings) -> Iterator[FieldEdit]:
    for field in fields(Settings):
        before, after = getattr(then, field.name), getattr(now, field.name)
        if before != after:
            yield FieldEdit(field.name, _text(before), _text(after))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M %Z}".strip()
    if isinstance(value, timedelta | int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, tuple):
        return ", ".join(one if isinstance(one, str) else f"{one[0]}: {' '.join(one[1])}" for one in value)
    return str({None: "", True: "yes", False: "no"}.get(value, value))


def _order(one: Block, other: Block) -> list[str]:
    """The children that both have, as the first orders them."""
    shared = {child.id for child in other.children}
    return [child.id for child in one.children if child.id in shared]


def _policy(before: GradingPolicy, after: GradingPolicy) -> Iterator[FieldEdit]:
    old, new = dict(_lines(before)), dict(_lines(after))
    for name in dict.fromkeys((*new, *old)):
        if old.get(name, "") != new.get(name, ""):
            yield FieldEdit(name, old.get(name, ""), new.get(name, ""))


def _lines(policy: GradingPolicy) -> Iterator[tuple[str, str]]:
    for number, grader in enumerate(policy.graders, 1):
        again = "" if [one.type for one in policy.graders].count(grader.type) == 1 else f" ({number})"
        yield (
            f"{grader.type}{again}",
            f"{grader.weight:.4g} × {grader.min_count}, −{grader.drop_count}",
        )
    for letter, share in policy.cutoffs:
        yield f"{letter} ≥", f"{share:.4g}"


def _files(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Edit]:
    found = {name: Edit.ADDED if name not in before else Edit.CHANGED for name in after}
    found |= {name: Edit.REMOVED for name in before if name not in after}
    return {name: found[name] for name in sorted(found) if before.get(name) != after.get(name)}
