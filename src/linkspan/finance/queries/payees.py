"""To whom learners pay at an institution, how, and by when."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from linkspan.catalog.queries import course_run
from linkspan.finance.models import PayeeRow
from linkspan.finance.rules import Charge, Payee, Payment, may_set_payee
from linkspan.institutions.queries import institution
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.ids import number_of
from linkspan.kernel.readers import granted, public


@public
def payee(code: str) -> Payee:
    """Who is paid at an institution: what its office entered, or its name alone."""
    row = PayeeRow.objects.filter(institution=code).first()
    if row is None:
        return Payee(code, _name(code))
    return Payee(
        code, row.name, row.address, row.account, row.bank, row.instructions, row.days_to_pay, row.second_person
    )


def payee_for(actor: Actor, code: str) -> Payee:
    """The same for who may change it."""
    permit(may_set_payee(actor, code), "see who is paid here")
    return payee(code)


@granted
def payment_of(charge: Charge) -> Payment:
    """To whom a charge is paid, by which day, and under which reference."""
    to = payee(charge.institution)
    return Payment(to, number_of(charge.id), pay_by(charge, to.days_to_pay))


def pay_by(charge: Charge, days: int) -> date:
    """The last day: of a course run that of its verified track, in its time zone; else so many days from the charge."""
    last: datetime = charge.at + timedelta(days=days)
    kind, _, name = charge.subject.partition(":")
    if kind != "course-run":
        return last.date()
    try:
        run = course_run(name)
    except NotFound:
        return last.date()
    return run.upgrade_by.astimezone(ZoneInfo(run.time_zone)).date()


def _name(code: str) -> str:
    try:
        return institution(code).name
    except NotFound:
        return code
