"""Questions of a draft come from a package of QTI, looked through first, item by item."""

from dataclasses import dataclass
from datetime import datetime

from linkspan.exams.actions.items import store_picture
from linkspan.exams.actions.making import put_bank
from linkspan.exams.engines.qti.reader import Line, read_package
from linkspan.exams.engines.qti.usable import usable_of
from linkspan.exams.queries import made_exam
from linkspan.exams.rules import BankChange
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable


@dataclass(frozen=True, slots=True)
class QtiTaken:
    """What a package changes, and a line for each of its items; None where no item can be taken."""

    change: BankChange | None
    lines: tuple[Line, ...]
    others: tuple[str, ...]

    @property
    def refused(self) -> tuple[Line, ...]:
        """The items that are not taken."""
        return tuple(line for line in self.lines if line.why)


def take_qti(*, actor: Actor, code: str, archive: bytes, dry_run: bool, now: datetime) -> QtiTaken:
    """Exchange the draft's bank for the items of a package that can be taken, or only say what that would change."""
    made_exam(actor, code)
    found = read_package(archive)
    items, pictures, lines = usable_of(found)
    if not items and not dry_run:
        raise Unusable("package_unusable", "No item of this package can be taken. Check the file to see why.")
    if not items:
        return QtiTaken(None, lines, found.others)
    for item in () if dry_run else items:
        if item.picture is not None:
            store_picture(item.picture, pictures[item.picture.sha256])
    change = put_bank(actor=actor, code=code, bank=items, dry_run=dry_run, now=now)
    return QtiTaken(change, lines, found.others)
