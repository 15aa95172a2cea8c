"""Coupons made and used; discounts by need taken off."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.finance import rules
from linkspan.finance.actions.documents import keep_documents
from linkspan.finance.actions.ledger import locked, post, settle_if_free
from linkspan.finance.models import ChargeRow, CouponRow, DiscountRow
from linkspan.finance.queries import as_coupon, need_percent
from linkspan.finance.rules import ChargeState
from linkspan.finance.rules.discounts import Coupon, Use, check_use, checked_coupon, discounts_of
from linkspan.finance.rules.need import may_set_need
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.kernel.ids import new_id
from linkspan.kernel.money import Money


@transaction.atomic
def make_coupon(*, actor: Actor, coupon: Coupon, now: datetime) -> UUID:
    """Make a coupon of an institution; its code is its own everywhere. The `id` given is not used."""
    permit(may_set_need(actor, coupon.institution), "make coupons here")
    checked_coupon(coupon)
    code = coupon.code.strip().upper()
    if not code or CouponRow.objects.filter(code=code).exists():
        raise Refused("coupon_exists", "Choose another code: this one is taken or empty.")
    row = CouponRow.objects.create(
        id=new_id(),
        institution=coupon.institution,
        code=code,
        percent=coupon.percent,
        minor=coupon.amount.minor if coupon.amount else None,
        currency=coupon.amount.currency if coupon.amount else "",
        subject=coupon.subject,
        valid_from=coupon.valid_from,
        valid_to=coupon.valid_to,
        most_uses=coupon.most_uses,
        most_per_learner=coupon.most_per_learner,
        stacks=coupon.stacks,
    )
    audit.record(actor=actor, verb="make_coupon", subject=f"finance.coupon:{row.id}", now=now, after={"code": code})
    return row.id


@transaction.atomic
def use_coupon(*, actor: Actor, charge_id: UUID, code: str, now: datetime) -> Money:
    """Use a coupon on one's own open charge; what is left to pay. Refused, saying why; a second time changes nothing.

    A charge of which nothing is left is paid.
    """
    row = locked(charge_id)
    permit(actor.is_person(row.learner_id), "use a coupon here")
    coupon_row = CouponRow.objects.select_for_update().filter(code=code.strip().upper()[:40]).first()
    if coupon_row is None:
        raise NotFound("coupon_unknown", "There is no such coupon. Check its letters and digits.")
    if row.state != ChargeState.OPEN:
        raise Refused("charge_closed", "This charge is {state}.", state=row.state)
    if not row.discounts.filter(coupon=coupon_row).exists():
        if row.part_minor:
            raise Refused("part_paid_coupon", "Part of this charge is paid already: a coupon comes too late.")
        check_use(as_coupon(coupon_row), _use(row, coupon_row, now))
        DiscountRow.objects.create(charge=row, coupon=coupon_row)
        recount(actor, row, now)
        after = {"coupon": coupon_row.code, "discount": row.discount_minor}
        audit.record(actor=actor, verb="use_coupon", subject=f"finance.charge:{row.id}", now=now, after=after)
        settle_if_free(actor, row, now)
    return Money(row.minor - row.discount_minor, row.currency)


def _use(row: ChargeRow, coupon: CouponRow, now: datetime) -> Use:
    live = DiscountRow.objects.filter(coupon=coupon, charge__state__in=[ChargeState.OPEN, ChargeState.PAID])
    here = list(row.discounts.select_related("coupon"))
    return Use(
        row.institution,
        row.subject,
        row.currency,
        now.date(),
        live.count(),
        live.filter(charge__learner_id=row.learner_id).count(),
        tuple(as_coupon(one.coupon) for one in here if one.coupon is not None),
        any(one.coupon is None for one in here),
    )


def take_off_need(actor: Actor, row: ChargeRow, now: datetime) -> None:
    """Take the learner's approved price by need off an open charge. Callers have permitted.

    A coupon that stands alone stays alone.
    """
    percent = need_percent(row.learner_id, row.institution, now)
    alone = row.discounts.filter(coupon__stacks=False).exists()
    if percent and row.state == ChargeState.OPEN and not alone and not row.part_minor:
        DiscountRow.objects.update_or_create(charge=row, coupon=None, defaults={"percent": percent})
        recount(actor, row, now)


def recount(actor: Actor, row: ChargeRow, now: datetime) -> None:
    """Work out every discount of a charge anew, and post the difference."""
    held = list(row.discounts.select_related("coupon"))
    need = next((one.percent for one in held if one.coupon is None), None)
    coupons = [as_coupon(one.coupon) for one in held if one.coupon is not None]
    found = discounts_of(Money(row.minor, row.currency), need, coupons)
    for one in held:
        one.minor = found[one.coupon.code if one.coupon else "need"].minor
        one.save(update_fields=["minor"])
    before, row.discount_minor = row.discount_minor, sum(amount.minor for amount in found.values())
    row.save(update_fields=["discount_minor"])
    change = Money(row.discount_minor - before, row.currency)
    if change.minor:
        key = f"discount:{row.id}:{new_id()}"
        post(key, row.learner_id, row.subject, rules.for_discount(change), now)
        keep_documents(actor, row, now)
