"""What cannot be undone with money: looked at first, then confirmed (`kernel.acts`)."""

from linkspan.finance.actions.charges import reopen_charge
from linkspan.finance.models import ChargeRow
from linkspan.finance.queries import subject_title
from linkspan.finance.queries.charges import charge as as_charge
from linkspan.kernel.acts import Act, Asked, Line, thing_of


def _reopen(asked: Asked) -> None:
    entry = asked.word("entry")
    reopen_charge(
        actor=asked.actor,
        charge_id=thing_of(asked.subject),
        payment_id=thing_of(asked.word("payment")),
        reason=asked.reason,
        now=asked.now,
        entry_id=thing_of(entry) if entry else None,
    )


def _lines(asked: Asked) -> dict[str, Line]:
    """The charge, what is still to be paid of it, and the payment."""
    found: dict[str, Line] = {}
    for row in ChargeRow.objects.filter(id=thing_of(asked.subject)):
        one = as_charge(row)
        found["state"] = Line(row.learner_id, subject_title(row.subject), row.state)
        owed = one.rest.in_words() if row.state == "open" else "0"
        found["rest"] = Line(row.learner_id, "still to be paid", owed, coded=True)
    return found


def _school(subject: str) -> str:
    row = ChargeRow.objects.filter(id=thing_of(subject)).values_list("institution", flat=True).first()
    return row or ""


REOPEN = Act(
    name="reopen_charge",
    do=_reopen,
    lines=_lines,
    school=_school,
    tells=("finance.ChargeReopened",),
    roles=frozenset({"program_staff", "registrar"}),
)
