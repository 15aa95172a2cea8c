"""An agreement clause by clause, with what changed since an earlier version: to read, and to send to counsel."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from uuid import UUID

from django.utils.translation import gettext as _

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.told import told
from linkspan.kernel.written import language
from linkspan.pathways.queries import Version, draft, version_detail, versions_of
from linkspan.pathways.rules import Agreement, Redlined, redline


@dataclass(frozen=True, slots=True)
class RedlineScreen:
    """The clauses of a version or draft in the reader's language; `before` is the version it is compared with.

    `earlier` are the versions with which it can be compared. Without `before` it is the agreement as it stands.
    """

    title: str
    sending: str
    receiving: str
    version: int
    before: int | None
    earlier: tuple[int, ...]
    lines: tuple[Redlined, ...]


def version_redline(actor: Actor, agreement_id: str, version: int, other: int | None = None) -> RedlineScreen:
    """A version for its parties and auditors; compared with the version before, or with `other`; with itself plain."""
    found = version_detail(actor, agreement_id, version)
    return _redlined(found.title, found.terms, version, versions_of(actor, agreement_id), other)


def draft_redline(actor: Actor, draft_id: UUID, other: int | None = None) -> RedlineScreen:
    """The same of an open draft of one's own institution."""
    found = draft(actor, draft_id)
    return _redlined(found.title, found.terms, found.terms.version, versions_of(actor, found.agreement_id), other)


def _redlined(
    title: str, terms: Agreement, version: int, versions: tuple[Version, ...], other: int | None
) -> RedlineScreen:
    earlier = {one.version: one for one in versions if one.version < version}
    if other not in (None, version, *earlier):
        raise NotFound("version_unknown", "There is no such earlier version.")
    before = max(earlier, default=None) if other is None else None if other == version else other
    lines = redline(earlier[before].terms if before is not None else None, terms, told)
    sides = [str(side.institution or "") if side else "" for side in (terms.sending, terms.receiving)]
    return RedlineScreen(title, sides[0], sides[1], version, before, tuple(sorted(earlier)), lines)


def sections_of(screen: RedlineScreen) -> list[tuple[str, list[Redlined]]]:
    """The clauses by section, each section by its words."""
    return [(_(section), list(lines)) for section, lines in groupby(screen.lines, key=lambda line: line.section)]


def printed(screen: RedlineScreen) -> Mapping[str, object]:
    """What the PDF says, in the reader's language."""
    facts = [f"{screen.sending} → {screen.receiving}", _("Version {number}").format(number=screen.version)]
    if screen.before is not None:
        facts.append(_("Differences from version {version}").format(version=screen.before))
        facts.append(_("Struck out: no longer there. Underlined: new."))
    return {
        "lang": language().partition("-")[0],
        "title": screen.title,
        "author": screen.receiving,
        "facts": facts,
        "sections": [
            {
                "title": title,
                "lines": [
                    {
                        "clause": _(line.clause) if line.clause else "",
                        "stretches": [asdict(one) for one in line.stretches],
                    }
                    for line in lines
                ],
            }
            for title, lines in sections_of(screen)
        ],
    }
