"""Addresses of blocks as Studio and older tools write them, and what a course says by them once it is read whole."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from linkspan.courseware.rules import TRACK_GROUPS, TRACKS, Block, GroupAccess, Partition, Settings

#: A word that can be a tag of XML.
KIND = r"([A-Za-z_][\w-]*)"
FORMS = (
    re.compile(rf"block-v1:[^+]*\+[^+]*\+.*?\+type@{KIND}\+block@(.+)"),
    re.compile(rf"i4x://[^/]*/[^/]*/{KIND}/([^@]+)(?:@.*)?"),
    re.compile(rf"location:[^+]*\+[^+]*\+[^+]*\+{KIND}\+([^@+]+)(?:[@+].*)?"),
    re.compile(rf"{KIND}/([^/]+)"),
)
#: Older names of the same things.
ALIASES = {"videoalpha": "video", "problemset": "sequential", "videosequence": "sequential", "wrapper": "vertical"}
LONGEST = 500
Find = Callable[..., None]


def usage_of(text: str) -> tuple[str, str]:
    """Return the kind and the name of a block's address; no kind for a name alone, nothing for what is no address."""
    text = text.strip()
    if len(text) > LONGEST:
        return "", ""
    match = next((found for form in FORMS if (found := form.fullmatch(text))), None)
    if match:
        return match[1], match[2]
    return "", "" if "/" in text or text.startswith(("block-v1:", "location:")) else text


def settled(top: Block, partitions: tuple[Partition, ...], find: Find) -> Block:
    """Return the tree with addresses as ids of its blocks, and without partitions that divide nobody."""
    ids = {block.id: block for block in top.walk()}
    named: dict[str, list[str]] = {}
    for block in ids.values():
        named.setdefault(block.name, []).append(block.id)
    by_id = {partition.id: partition for partition in partitions}
    find = _once_a_group(find)
    done: dict[int, Block] = {}

    def settle(block: Block) -> Block:
        if id(block) not in done:
            settings = _settled(block, ids, named, by_id, find)
            children = tuple(settle(child) for child in block.children)
            same = settings is block.settings and all(a is b for a, b in zip(children, block.children, strict=True))
            done[id(block)] = block if same else replace(block, children=children, settings=settings)
        return done[id(block)]

    return settle(top)


def _once_a_group(find: Find) -> Find:
    """Say of an unknown group once that it is unknown: whatever is below inherits it."""
    said: set[str] = set()

    def once(block: str, code: str, message: str, *, error: bool = True, group: str = "") -> None:
        if not group or group not in said:
            find(block, code, message, error=error)
        said.add(group)

    return once


def _settled(
    block: Block,
    ids: Mapping[str, Block],
    named: Mapping[str, list[str]],
    partitions: Mapping[str, Partition],
    find: Find,
) -> Settings:
    settings = block.settings
    if settings.group_access:
        settings = replace(settings, group_access=_access(block, partitions, find))
    if settings.condition is not None:
        sources = []
        for text in settings.condition.sources:
            source = _source(text, ids, named)
            if source is None:
                find(block.id, "source_unknown", f"It depends on {text[:LONGEST]}, which is not in this course.")
            else:
                sources.append(source)
        condition = replace(settings.condition, sources=tuple(dict.fromkeys(sources)))
        if not condition.can_be_met:
            said = "No learner can open it: what it asks for cannot be done here, or it names nothing."
            find(block.id, "never_open", said, error=False)
        settings = replace(settings, condition=condition)
    return settings


def _source(text: str, ids: Mapping[str, Block], named: Mapping[str, list[str]]) -> str | None:
    kind, name = usage_of(text)
    if kind:
        found = f"{ALIASES.get(kind, kind)}/{name}"
        return found if found in ids else None
    alike = named.get(name, [])
    return alike[0] if len(alike) == 1 else None


def _access(block: Block, partitions: Mapping[str, Partition], find: Find) -> GroupAccess:
    """Who is let in, by partitions that divide somebody; what names no group of the course lets nobody in."""
    found = []
    for partition, groups in block.settings.group_access:
        known = partitions.get(partition)
        if known is not None and not known.active:
            continue
        there = [one.id for one in known.groups] if known else TRACK_GROUPS.values() if partition == TRACKS else ()
        if not set(groups) & set(there):
            said = "It is for a group that this course does not have: no learner sees it."
            find(block.id, "group_unknown", said, group=f"{partition}: {groups}")
        found.append((partition, groups))
    return tuple(found)
