"""Prices become public: one of a thing at a time, each until the next."""

from datetime import date, datetime

from django.db import transaction

from linkspan.catalog.models import CourseRunRow, PriceRow
from linkspan.catalog.queries import exam_owners, exams_made
from linkspan.catalog.rules import may_publish_catalog
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotPermitted, Refused, Unusable, permit
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.money import Money


@transaction.atomic
def set_price(*, actor: Actor, institution: str, subject: str, price: Money, valid_from: date, now: datetime) -> None:
    """Set a price from a day on, until the next one that is set; the price before it ends the day before.

    What is priced belongs to the institution: two prices of one thing never hold at once, whoever sets them.
    """
    permit(may_publish_catalog(actor, institution), "set prices here")
    check_owner(institution, subject)
    if price.minor < 0:
        raise Unusable("price_negative", "A price is not negative.")
    one_at_a_time(f"catalog.price:{subject}")
    rows = list(PriceRow.objects.select_for_update().filter(subject=subject).order_by("valid_from"))
    same = next((row for row in rows if row.valid_from == valid_from), None)
    if same is not None:
        if (same.minor, same.currency) != (price.minor, price.currency):
            raise Refused(
                "price_published",
                "A price from {valid_from} stands already. Set one from a later day.",
                valid_from=valid_from,
            )
        return
    overlapped = [row for row in rows if row.valid_from < valid_from and (row.valid_to or date.max) > valid_from]
    PriceRow.objects.filter(id__in=[row.id for row in overlapped]).update(valid_to=valid_from)
    PriceRow.objects.create(
        subject=subject,
        valid_from=valid_from,
        valid_to=next((row.valid_from for row in rows if row.valid_from > valid_from), None),
        minor=price.minor,
        currency=price.currency,
        recorded_at=now,
    )
    after = {"price": price, "valid_from": valid_from}
    audit.record(actor=actor, verb="set_price", subject=f"catalog.price:{subject}", now=now, after=after)


def check_owner(institution: str, subject: str) -> None:
    """NotPermitted for what another institution teaches; an exam is of who makes it, or whose programs name it."""
    kind, _, key = subject.partition(":")
    owner = institution
    if kind in ("course", "program"):
        owner = key.partition("/")[0]
    elif kind == "degree-course":
        owner = key
    elif kind == "course-run":
        owner = CourseRunRow.objects.filter(id=key).values_list("course__institution", flat=True).first() or ""
    elif kind == "exam":
        owners = exam_owners({key}).get(key, frozenset())
        elsewhere = "" if owners and institution not in owners else institution
        owner = exams_made({key}).get(key, elsewhere)
    else:
        known = "course:, course-run:, exam:, program: or degree-course:"
        raise Unusable(
            "subject_unknown",
            "Nothing is priced as {subject}: a price is of {known}",
            subject=repr(subject[:60]),
            known=known,
        )
    if owner != institution:
        raise NotPermitted(
            "not_permitted",
            "{subject} is not of {institution}: its own institution sets the price.",
            subject=subject,
            institution=institution,
        )
