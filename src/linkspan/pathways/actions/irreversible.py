"""What cannot be undone with agreements: looked at first, then confirmed (`kernel.acts`)."""

from datetime import date

from linkspan.kernel.acts import Act, Asked, Line
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.pathways.actions.rows import standing_of
from linkspan.pathways.actions.versions import move_agreement
from linkspan.pathways.models import AgreementVersionRow
from linkspan.pathways.rules import Agreement, Status


def of_version(agreement_id: str, version: int) -> str:
    """The subject of an act on a version."""
    return f"{agreement_id}@{version}"


def _named(subject: str) -> tuple[str, int]:
    agreement_id, _, version = subject.rpartition("@")
    if not agreement_id or not version.isdecimal():
        raise NotFound("agreement_unknown", "There is no such agreement.")
    return agreement_id, int(version)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unusable("date_unusable", "Enter a day such as 2027-01-15.") from None


def _move(asked: Asked) -> object:
    agreement_id, version = _named(asked.subject)
    to, until = asked.word("to"), asked.word("until")
    if to not in set(Status):
        raise Unusable("choice_unknown", "Choose a status.")
    return move_agreement(
        actor=asked.actor,
        agreement_id=agreement_id,
        version=version,
        to=Status(to),
        reason=asked.reason,
        now=asked.now,
        until=_day(until) if until else None,
    )


def _lines(asked: Asked) -> dict[str, Line]:
    """Every version of the agreement: one that becomes active ends the one before it."""
    rows = AgreementVersionRow.objects.filter(agreement_id=_named(asked.subject)[0]).order_by("version")
    return {str(row.version): Line(None, _title(row), standing_of(row)) for row in rows}


def _title(row: AgreementVersionRow) -> str:
    return f"{Agreement.read(row.document).name}, {row.version}"


def _school(subject: str) -> str:
    agreement_id, version = _named(subject)
    row = AgreementVersionRow.objects.filter(agreement_id=agreement_id, version=version).first()
    return row.receiving if row else ""


MOVE = Act(name="move_agreement", do=_move, lines=_lines, school=_school, roles=frozenset({"registrar", "dean"}))
