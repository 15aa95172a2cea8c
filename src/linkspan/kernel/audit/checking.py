"""Check the chains: what was changed, removed, reordered or cut after it was written."""

from collections.abc import Iterator

from linkspan.kernel.audit.chain import ERASE, GENESIS, Fault, Finding, Part, commitment, erased_by, joint_sha256, words
from linkspan.kernel.audit.entries import sealed
from linkspan.kernel.audit.notes import Noted, kept_here, kept_outside
from linkspan.kernel.models import TrailChain, TrailEntry

type Erased = frozenset[tuple[str, int, Part]]


def broken_links(institution: str | None = None) -> Iterator[Finding]:
    """Where a chain does not hold, of one institution or of all with the platform; nothing if all is whole.

    Heads noted outside the database say what was cut or written anew with every later hash.
    """
    here = tuple(kept_here())
    notes = (*here, *kept_outside())
    chains = set(TrailEntry.objects.values_list("institution", flat=True).distinct())
    chains |= set(TrailChain.objects.values_list("institution", flat=True))
    chains |= {chain for note in notes for chain in note.heads}
    erased = _erased()
    for chain in sorted(chains) if institution is None else [institution]:
        yield from _of_chain(chain, erased)
        yield from _against_notes(chain, notes)
    yield from _of_notes(here)


def _erased() -> Erased:
    rows = TrailEntry.objects.filter(verb=ERASE).values_list("after", flat=True)
    return frozenset(named for after in rows if after for named in erased_by(after))


def _of_chain(chain: str, erased: Erased) -> Iterator[Finding]:
    previous, number = GENESIS, 0
    for row in TrailEntry.objects.filter(institution=chain).order_by("number").iterator():
        if row.previous_sha256 != previous or row.number != number + 1:
            yield _misplaced(row, number)
        if not _as_written(row, erased):
            yield Finding(chain, row.number, Fault.CHANGED)
        previous, number = row.sha256, row.number
    head = TrailChain.objects.filter(institution=chain).first()
    if (head.length, head.sha256) != (number, previous) if head else number:
        cut = head is not None and head.length > number
        yield Finding(chain, number + 1 if cut else number, Fault.CUT if cut else Fault.CHANGED)


def _misplaced(row: TrailEntry, last: int) -> Finding:
    """Why this row does not follow the one before: that was removed or changed, or this one stood elsewhere."""
    known = TrailEntry.objects.filter(institution=row.institution, sha256=row.previous_sha256).exists()
    if row.number != last + 1:
        return Finding(row.institution, last + 1, Fault.REMOVED)
    if known or row.previous_sha256 == GENESIS:
        return Finding(row.institution, row.number, Fault.REORDERED)
    return Finding(row.institution, last or row.number, Fault.CHANGED)


def _as_written(row: TrailEntry, erased: Erased) -> bool:
    said = words(row.before, row.after, row.why)
    return (
        sealed(row).sha256() == row.sha256
        and _holds(row, Part.NAME, row.name_salt, row.actor_name, row.name_sha256, erased)
        and _holds(row, Part.WORDS, row.words_salt, said, row.words_sha256, erased)
    )


def _holds(row: TrailEntry, part: Part, salt: str, value: object, committed: str, erased: Erased) -> bool:
    """A part is as it was committed to, or is blank and an entry says that it was erased."""
    if salt:
        return commitment(salt, value) == committed
    return value in ("", words(None, None, "")) and (row.institution, row.number, part) in erased


def _against_notes(chain: str, notes: tuple[Noted, ...]) -> Iterator[Finding]:
    """Heads that were noted and that the chain no longer has."""
    noted = {note.heads[chain] for note in notes if chain in note.heads}
    rows = TrailEntry.objects.filter(institution=chain, number__in={number for number, _ in noted})
    have = dict(rows.values_list("number", "sha256"))
    length = TrailEntry.objects.filter(institution=chain).order_by("-number").values_list("number", flat=True).first()
    lost = [number for number, _ in noted if number > (length or 0)]
    if lost:
        yield Finding(chain, (length or 0) + 1, Fault.CUT)
    for number, sha256 in sorted(noted):
        if number in have and have[number] != sha256:
            yield Finding(chain, number, Fault.CHANGED)


def _of_notes(notes: tuple[Noted, ...]) -> Iterator[Finding]:
    """The notes in the database are a chain too; its name is `notes`."""
    previous = GENESIS
    for number, note in enumerate(notes, 1):
        if note.previous != previous or joint_sha256(note.heads, note.previous) != note.sha256:
            yield Finding("notes", number, Fault.CHANGED)
        previous = note.sha256
