"""Who may see a block, and which children of a choosing container are for whom. Source: Open edX's access checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any

from linkspan.courseware.rules.conditions import awaited, is_open
from linkspan.courseware.rules.course import Block
from linkspan.courseware.rules.groups import in_groups

State = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a course: staff see what learners do not; `id` decides what is drawn by chance.

    `dues` are the due dates of the blocks for which this viewer has an extension, `groups` the viewer's groups by
    partition.
    """

    id: str
    is_staff: bool = False
    dues: Mapping[str, datetime] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def due(self, block: Block) -> datetime | None:
        """When a block is due for this viewer."""
        return self.dues.get(block.id, block.settings.due)


def may_see(block: Block, viewer: Viewer, now: datetime, *, graded: bool = False) -> bool:
    """Return whether a block, its containers being open, is open to the viewer now.

    Staff see all. A learner sees nothing for other groups, nothing for staff only, nothing before its start, and
    nothing that hides once it is due; what is hidden then still counts (`graded`).
    """
    settings = block.settings
    if viewer.is_staff:
        return True
    if not in_groups(settings.group_access, viewer.groups):
        return False
    if settings.staff_only or (settings.start is not None and now < settings.start):
        return False
    due = viewer.due(block)
    return graded or not (settings.hide_after_due and due is not None and now >= due)


def visible(root: Block, viewer: Viewer, now: datetime, state: State, *, graded: bool = False) -> Block | None:
    """Return the tree that a viewer sees: closed blocks are gone, banks and experiments are what was drawn for her.

    None if the root itself is closed. Leaves are the same objects as in the whole tree. `graded`: what counts for her.
    A conditional block that she did not open yet stands there as a leaf that names what it awaits; what is in it counts
    all the same.
    """
    if not may_see(root, viewer, now, graded=graded):
        return None
    condition = root.settings.condition
    if condition is not None and not (graded or viewer.is_staff or is_open(condition, state)):
        return replace(root, children=(), source=b"", awaits=awaited(condition, state))
    chosen = root.children if viewer.is_staff and root.type == "split_test" else chosen_children(root, viewer, state)
    shown = (visible(child, viewer, now, state, graded=graded) for child in chosen)
    children = tuple(child for child in shown if child is not None)
    return root if children == root.children else replace(root, children=children)


def chosen_children(block: Block, viewer: Viewer, state: State) -> tuple[Block, ...]:
    """Return the children that are this viewer's, in the order in which she sees them.

    What was drawn before stays while it is there; otherwise the draw depends on the viewer and the block alone, so that
    a page and a grade made before it was stored agree.
    """
    by_id = {child.id: child for child in block.children}
    if block.type in ("library_content", "itembank"):
        return tuple(by_id[one] for one in drawn_from_bank(block, viewer, state))
    if block.type == "randomize" and by_id:
        return (by_id[_kept_or_drawn(block, tuple(by_id), viewer, state)],)
    if block.type == "split_test" and by_id:
        return _of_group(block, viewer, state)
    return block.children


def drawn_from_bank(block: Block, viewer: Viewer, state: State) -> tuple[str, ...]:
    """Return ids of a bank's children for a viewer, in her order.

    What was drawn stays while it is there; too few get more at random, too many fewer. A changed set is shuffled anew.
    """
    there = [child.id for child in block.children]
    wanted = len(there) if block.settings.max_count < 0 else min(block.settings.max_count, len(there))
    stored = [one for one in state.get(block.id, {}).get("selected", ()) if isinstance(one, str)]
    kept = [one for one in stored if one in there]
    if len(kept) == wanted and kept == stored:
        return tuple(kept)
    chance = _chance(block, viewer)
    if len(kept) > wanted:
        kept = chance.sample(kept, wanted)
    kept += chance.sample([one for one in there if one not in kept], wanted - len(kept))
    chance.shuffle(kept)
    return tuple(kept)


def group_of(block: Block, viewer: Viewer, state: State) -> str:
    """Return the group of an experiment that is a viewer's: drawn once, again only if that group is gone."""
    mine = viewer.groups.get(block.settings.partition)
    if mine in block.settings.group_ids:
        return mine
    return _kept_or_drawn(block, block.settings.group_ids, viewer, state)


def _of_group(block: Block, viewer: Viewer, state: State) -> tuple[Block, ...]:
    """The child of the viewer's group; an experiment that names no children for groups shows one child."""
    settings = block.settings
    if not settings.group_ids:
        return block.children[:1]
    named = dict(zip(settings.group_ids, settings.group_children, strict=True))
    wanted = named[group_of(block, viewer, state)]
    return tuple(child for child in block.children if wanted.endswith(f"/{child.name}") or _ends(wanted, child))


def _ends(usage: str, child: Block) -> bool:
    return usage.endswith(f"@{child.name}") or usage == child.name


def _kept_or_drawn(block: Block, among: Sequence[str], viewer: Viewer, state: State) -> str:
    stored = str(state.get(block.id, {}).get("drawn"))
    return stored if stored in among else _chance(block, viewer).choice(among)


def drawing(block: Block, viewer: Viewer, state: State) -> Mapping[str, Any] | None:
    """Return what is to be stored of a choosing container for a viewer; None for a block that draws nothing."""
    if block.type in ("library_content", "itembank"):
        return {"selected": list(drawn_from_bank(block, viewer, state))}
    if block.type == "randomize" and block.children:
        return {"drawn": _kept_or_drawn(block, [child.id for child in block.children], viewer, state)}
    if block.type == "split_test" and block.settings.group_ids:
        return {"drawn": group_of(block, viewer, state)}
    return None


#: Containers that choose among their children, and so have something to remember.
CHOOSING = ("library_content", "itembank", "randomize", "split_test")


def _chance(block: Block, viewer: Viewer) -> Random:
    return Random(f"{viewer.id}|{block.id}")  # noqa: S311  no secret depends on it
