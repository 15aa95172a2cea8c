"""What waits about money: what learners owe, and what the office has to confirm, decide and send."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import CharField, Q, Value
from django.db.models.functions import Coalesce, Concat

from linkspan.catalog.queries import runs_by_id
from linkspan.catalog.rules import CourseRun
from linkspan.finance.models import ChargeRow, NeedRequestRow, PayeeRow, RefundAskRow, RefundRow
from linkspan.finance.queries.charges import subject_titles
from linkspan.finance.rules import AskState, ChargeState
from linkspan.finance.rules.need import NeedState
from linkspan.finance.rules.payees import DAYS_TO_PAY
from linkspan.kernel.money import Money
from linkspan.kernel.waiting import Open, What, Whose, part, together

RUN = "course-run:"
AMOUNT = Concat("minor", Value(" "), "currency", output_field=CharField())


def waits(whose: Whose, _now: datetime) -> Iterator[Open]:
    """Charges to pay and to confirm, refunds to send and to decide, requests for a price by need."""
    owed = whose.of(ChargeRow.objects.filter(state=ChargeState.OPEN))
    reported = owed.exclude(reported_reference="").annotate(since=Coalesce("reported_at", "at"))
    refunds = RefundRow.objects.filter(Q(written_off_at=None), Q(failed_at__isnull=False) | Q(made_at=None))
    asks = RefundAskRow.objects.filter(state=AskState.WAITING)
    of_charge = {"title": "charge__subject", "institution": "charge__institution", "learner": "charge__learner_id"}
    needs = whose.of(NeedRequestRow.objects.filter(state__in=[NeedState.SUBMITTED, NeedState.APPEALED]))
    found = together(
        whose,
        part(What.PAY, owed.filter(reported_reference=""), title="subject", keys=AMOUNT, since="at"),
        part(What.CONFIRM_PAYMENT, reported, title="subject", since="since"),
        part(
            What.SEND_REFUND,
            whose.of(refunds, "charge__learner_id", "charge__institution"),
            keys="charge_id",
            since="asked_at",
            **of_charge,
        ),
        part(
            What.DECIDE_REFUND,
            whose.of(asks, "charge__learner_id", "charge__institution"),
            keys="charge_id",
            since="asked_at",
            but_not="asked_by",
            **of_charge,
        ),
        part(What.DECIDE_AID, needs, title="", since="at"),
    )
    titles = subject_titles({one.title for one in found if one.title})
    days = _days_to_pay([one for one in found if one.what is What.PAY])
    names = {one.title.removeprefix(RUN) for one in found if one.what is What.PAY and one.title.startswith(RUN)}
    runs = runs_by_id(names) if names else {}
    for one in found:
        title = titles.get(one.title, one.title)
        if one.what is What.PAY:
            minor, currency = one.keys.split()
            title, until = f"{title}, {Money(int(minor), currency).in_words()}", _last_moment(one, days, runs)
            yield replace(one, title=title, until=until)
        else:
            yield replace(one, title=title)


def _days_to_pay(owed: list[Open]) -> dict[str, int]:
    schools = {one.institution for one in owed}
    rows = PayeeRow.objects.filter(institution__in=schools) if schools else PayeeRow.objects.none()
    return dict(rows.values_list("institution", "days_to_pay"))


def _last_moment(owed: Open, days: Mapping[str, int], runs: Mapping[str, CourseRun]) -> datetime:
    """Until when it is to be paid: a course run until its verified track closes, else so many days."""
    run = runs.get(owed.title.removeprefix(RUN))
    if run:
        return run.upgrade_by
    return owed.since + timedelta(days=days.get(owed.institution, DAYS_TO_PAY))
