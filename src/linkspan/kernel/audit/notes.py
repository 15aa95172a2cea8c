"""Note the heads of all chains, joined by one hash, in the database and in a file outside it."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from linkspan.kernel.audit.chain import GENESIS, joint_sha256
from linkspan.kernel.errors import Unusable
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.models import TrailChain, TrailNote


@dataclass(frozen=True, slots=True)
class Noted:
    """The length and the newest hash of each chain at one moment."""

    heads: dict[str, tuple[int, str]]
    previous: str
    sha256: str


@transaction.atomic
def note_heads(*, now: datetime) -> Noted:
    """Join the heads of all chains, and append them to the file that LINKSPAN_TRAIL_NOTES names.

    Whoever keeps that file where the database's administrator cannot write makes a rewritten trail show.
    """
    one_at_a_time("trail notes")
    last = TrailNote.objects.order_by("-id").first()
    heads = {chain.institution: (chain.length, chain.sha256) for chain in TrailChain.objects.order_by("institution")}
    previous = last.sha256 if last else GENESIS
    noted = Noted(heads, previous, joint_sha256(heads, previous))
    TrailNote.objects.create(at=now, heads=heads, previous_sha256=previous, sha256=noted.sha256)
    line = {"at": now.isoformat(), "heads": heads, "previous": previous, "sha256": noted.sha256}
    settings.TRAIL_NOTES.parent.mkdir(parents=True, exist_ok=True)
    with settings.TRAIL_NOTES.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return noted


def note_daily(now: datetime) -> None:
    """Note the heads, once a day."""
    last = TrailNote.objects.order_by("-id").first()
    if last is None or last.at.date() < now.date():
        note_heads(now=now)


def kept_here() -> Iterator[Noted]:
    """The notes in the database, oldest first."""
    for row in TrailNote.objects.order_by("id").iterator():
        yield Noted(_heads(row.heads), row.previous_sha256, row.sha256)


def kept_outside() -> Iterator[Noted]:
    """The notes in the file, oldest first; none if there is no file. Unusable names a line that cannot be read."""
    try:
        lines = settings.TRAIL_NOTES.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(
            "notes_unreadable", "{trail_notes} cannot be read: {error}", trail_notes=settings.TRAIL_NOTES, error=error
        ) from error
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
            note = Noted(_heads(told["heads"]), told["previous"], told["sha256"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Unusable(
                "note_unreadable",
                "{trail_notes}, line {number}: this is no note.",
                trail_notes=settings.TRAIL_NOTES,
                number=number,
            ) from error
        if joint_sha256(note.heads, note.previous) != note.sha256:
            raise Unusable(
                "note_changed",
                "{trail_notes}, line {number}: this note was changed.",
                trail_notes=settings.TRAIL_NOTES,
                number=number,
            )
        yield note


def _heads(told: dict[str, list[object]]) -> dict[str, tuple[int, str]]:
    return {chain: (int(str(length)), str(sha256)) for chain, (length, sha256) in told.items()}
