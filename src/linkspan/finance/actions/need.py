"""The price by need: what is set, asked for, decided, appealed."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.catalog.actions import kept_for_second
from linkspan.catalog.rules import Kind
from linkspan.finance.actions.discounts import take_off_need
from linkspan.finance.actions.ledger import settle_if_free
from linkspan.finance.events import NeedDecided
from linkspan.finance.models import ChargeRow, ExchangeRateRow, NeedRequestRow, NeedScheduleRow
from linkspan.finance.queries import newest_rate, schedule_in_force
from linkspan.finance.rules import ChargeState
from linkspan.finance.rules.need import (
    APPEAL_DAYS,
    VALID_DAYS,
    NeedState,
    Rate,
    may_decide_need,
    may_set_need,
    may_set_rates,
    propose_need,
    schedule_of,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable, permit
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.money import Money
from linkspan.kernel.storage import keep

#: The last digit that is kept of a rate.
SMALLEST_RATE = Decimal("0.0000000001")


@transaction.atomic
def set_schedule(
    *, actor: Actor, institution: str, currency: str, terms: Mapping[str, Any], valid_from: date, now: datetime
) -> bool:
    """Set what an institution takes off by need from a day on; a day once set is not changed.

    False where a second person publishes: it waits for that person among the changes of the catalogue.
    """
    permit(may_set_need(actor, institution), "set prices by need here")
    told = {"valid_from": valid_from.isoformat(), "currency": currency, "terms": dict(terms)}
    if kept_for_second(actor=actor, institution=institution, kind=Kind.SCHEDULE, told=told, now=now):
        return False
    schedule_set(actor, institution, currency, terms, valid_from, now)
    return True


def schedule_set(
    actor: Actor, institution: str, currency: str, terms: Mapping[str, object], valid_from: date, now: datetime
) -> None:
    """Set a schedule, whoever prepared it."""
    permit(may_set_need(actor, institution), "set prices by need here")
    schedule_of(institution, currency, terms, valid_from)
    row, created = NeedScheduleRow.objects.get_or_create(
        institution=institution, valid_from=valid_from, defaults={"currency": currency, "terms": dict(terms)}
    )
    if not created and (row.currency, row.terms) != (currency, dict(terms)):
        raise Refused(
            "schedule_published",
            "What holds from {valid_from} is set already. Set it from a later day.",
            valid_from=valid_from,
        )
    if created:
        subject = f"finance.need_schedule:{row.id}"
        audit.record(actor=actor, verb="set_schedule", subject=subject, now=now, after=dict(terms))


@transaction.atomic
def set_rate(*, actor: Actor, rate: Rate, now: datetime, reason: str = "") -> None:
    """Enter a rate of exchange with its day and source; the same again changes nothing.

    Another rate of a day is a correction: a new version, with a reason. What was worked out before keeps its rate.
    """
    permit(may_set_rates(actor), "enter rates")
    if (
        not rate.rate.is_finite()
        or not SMALLEST_RATE <= rate.rate < 10**9
        or not rate.source.strip()
        or rate.base == rate.quote
    ):
        raise Unusable("rate_unusable", "A rate is above zero, between two currencies, and names its source.")
    source, reason, value = rate.source.strip()[:200], reason.strip()[:1000], rate.rate.quantize(SMALLEST_RATE)
    one_at_a_time(f"finance.rate:{rate.base}{rate.quote}:{rate.on}")
    same_day = ExchangeRateRow.objects.filter(base=rate.base, quote=rate.quote, on=rate.on)
    held = same_day.order_by("-version").first()
    if held is not None and (held.rate, held.source) == (value, source):
        return
    if held is not None and not reason:
        told = f"{held.rate.normalize():f} ({held.source})"
        raise Refused(
            "rate_recorded", "The rate of {on} is {told} already. A correction needs a reason.", on=rate.on, told=told
        )
    ExchangeRateRow.objects.create(
        base=rate.base,
        quote=rate.quote,
        on=rate.on,
        rate=value,
        source=source,
        version=held.version + 1 if held else 1,
        reason=reason if held else "",
        recorded_at=now,
        recorded_by=actor.name,
    )
    subject = f"finance.rate:{rate.base}{rate.quote}:{rate.on}"
    before = {"rate": held.rate, "source": held.source} if held else None
    after = {"rate": value, "source": source}
    verb = "correct_rate" if held else "set_rate"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, before=before, after=after, why=reason)


@transaction.atomic
def ask_for_need(
    *, actor: Actor, institution: str, income: Money, country: str, document: bytes, now: datetime
) -> UUID:
    """Ask for a price by need with evidence of one's income; while one request is open, that one is given back."""
    learner_id = actor.person_id
    if learner_id is None:
        raise NotPermitted("not_permitted", "Sign in to ask for a price by need.")
    schedule = schedule_in_force(institution, now.date())
    if schedule is None:
        raise Refused("no_schedule", "This institution has no prices by need.")
    if len(country) != 2 or not country.isascii() or not country.isupper():
        raise Unusable("country_unusable", "A country is two letters, such as KE.")
    if not document:
        raise Unusable("document_missing", "Add a document that shows your income.")
    open_states = (NeedState.SUBMITTED, NeedState.APPEALED)
    held = NeedRequestRow.objects.filter(learner_id=learner_id, institution=institution, state__in=open_states).first()
    if held is not None:
        return held.id
    rate = newest_rate(income.currency, schedule.currency, now.date())
    found = propose_need(income, country, schedule, rate, now.date())
    row = NeedRequestRow.objects.create(
        learner_id=learner_id,
        institution=institution,
        income_minor=income.minor,
        currency=income.currency,
        country=country,
        document_sha256=keep(document),
        proposed={
            "income": found.income.as_json(),
            "threshold": found.threshold.as_json(),
            "percent": str(found.percent),
            "rate": found.rate,
        },
        state=NeedState.SUBMITTED,
        at=now,
    )
    subject = f"finance.need_request:{row.id}"
    audit.record(actor=actor, verb="ask_for_need", subject=subject, now=now, after={"institution": institution})
    return row.id


@transaction.atomic
def decide_need(
    *, actor: Actor, request_id: UUID, approve: bool, percent: Decimal | None, reason: str, now: datetime
) -> None:
    """Staff approve a request (at the proposed percentage, or another with a reason) or refuse it with a reason.

    An appeal is decided by somebody else than the first decision. An approval holds for a year and is taken off open
    charges at once.
    """
    row = NeedRequestRow.objects.select_for_update().filter(id=request_id).first()
    if row is None:
        raise NotFound("need_unknown", "There is no such request.")
    permit(may_decide_need(actor, row.learner_id, row.institution), "decide this request")
    if row.state not in (NeedState.SUBMITTED, NeedState.APPEALED):
        raise Refused("need_decided", "This request is {state} already.", state=row.state)
    if row.state == NeedState.APPEALED and row.decided_by == actor.person_id:
        raise Refused("appeal_by_another", "An appeal is decided by somebody else than the first decision.")
    proposed = Decimal(row.proposed["percent"])
    given = proposed if percent is None else percent
    if not given.is_finite() or not 0 <= given <= 100:
        raise Unusable("percent_unusable", "A percentage is from 0 to 100.")
    if (not approve or given != proposed) and not reason.strip():
        raise Unusable("reason_missing", "Say why: the learner reads the reason.")
    row.state = NeedState.APPROVED if approve else NeedState.REFUSED
    row.percent = given if approve else Decimal(0)
    row.reason, row.decided_by, row.decided_at = reason, actor.person_id, now
    row.valid_until = now + timedelta(days=VALID_DAYS) if approve else None
    row.save()
    subject = f"finance.need_request:{row.id}"
    after = {"state": row.state, "percent": row.percent, "proposed": proposed}
    audit.record(actor=actor, verb="decide_need", subject=subject, now=now, after=after, why=reason)
    outbox.publish(NeedDecided(row.learner_id, row.institution, row.state, str(row.percent), reason), now=now)
    if approve:
        charges = ChargeRow.objects.select_for_update().filter(
            learner_id=row.learner_id, institution=row.institution, state=ChargeState.OPEN
        )
        for charge in charges:
            take_off_need(actor, charge, now)
            settle_if_free(actor, charge, now)


@transaction.atomic
def appeal_need(*, actor: Actor, request_id: UUID, statement: str, now: datetime) -> None:
    """The learner appeals a decision within 30 days, once."""
    row = NeedRequestRow.objects.select_for_update().filter(id=request_id).first()
    if row is None or not actor.is_person(row.learner_id):
        raise NotFound("need_unknown", "There is no such request of yours.")
    if row.appeal or row.decided_at is None:
        raise Refused("appeal_not_open", "A decision can be appealed once, after it was made.")
    if now > row.decided_at + timedelta(days=APPEAL_DAYS):
        raise Refused(
            "appeal_late", "An appeal was possible for {appeal_days} days. Ask anew instead.", appeal_days=APPEAL_DAYS
        )
    if not statement.strip():
        raise Unusable("statement_missing", "Say what the decision missed.")
    row.appeal, row.state = statement.strip()[:5000], NeedState.APPEALED
    row.save(update_fields=["appeal", "state"])
    audit.record(actor=actor, verb="appeal_need", subject=f"finance.need_request:{row.id}", now=now, why=row.appeal)
