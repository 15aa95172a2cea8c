"""What waits about agreements: drafts to send, terms to approve, versions to look at again, cases on hold."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from linkspan.kernel.waiting import Open, What, Whose, part, together
from linkspan.pathways.models import AgreementDraftRow, AgreementVersionRow, HoldRow
from linkspan.pathways.queries.versions import terms_in
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.life.lifecycle import Status

#: A version is to be looked at again from so long before the day that it names.
SEEN_BEFORE = timedelta(days=60)


def waits(whose: Whose, now: datetime) -> Iterator[Open]:
    """Drafts by their owner, terms by the party that has not approved them, reviews by both parties."""
    holds = whose.of(HoldRow.objects.filter(released_at=None), "")
    drafts = AgreementDraftRow.objects.filter(sent_at=None, dropped_at=None)
    yield from together(
        whose,
        part(What.RELEASE_HOLD, holds, title="text", since="held_at"),
        part(
            What.SEND_DRAFT,
            whose.of(drafts, "", "owner"),
            title="agreement_id",
            institution="owner",
            learner="",
            since="begun_at",
            person="keeper_id",
        ),
    )
    if whose.learner is None and whose.wants(What.REVIEW_TERMS, What.REVIEW_AGREEMENT):
        rows = AgreementVersionRow.objects.prefetch_related("moves", "approvals").order_by("agreement_id", "version")
        for row in rows:
            yield from _of_version(row, whose, now)


def _of_version(row: AgreementVersionRow, whose: Whose, now: datetime) -> Iterator[Open]:
    moves = sorted(row.moves.all(), key=lambda move: (move.at, move.id))
    if not moves:
        return
    status, terms = Status(moves[-1].status), terms_in(row)
    parties = {row.sending, row.receiving}
    if status == Status.PARTNER_REVIEW:
        parties -= {one.institution for one in row.approvals.all() if one.withdrawn_at is None}
        what, until, since = What.REVIEW_TERMS, _end_of(row.reply_by), moves[-1].at
    elif status == Status.ACTIVE and (until := _review_due(terms)) and now >= until - SEEN_BEFORE:
        what, since = What.REVIEW_AGREEMENT, until - SEEN_BEFORE
    else:
        return
    for party in sorted(parties if whose.schools is None else parties & whose.schools):
        if whose.wants(what):
            keys = f"{row.agreement_id}/{row.version}"
            yield Open(what, row.id, keys, terms.name, party, None, None, None, since, until)


def _end_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time(23, 59), UTC) if day else None


def _review_due(terms: Agreement) -> datetime | None:
    return datetime.combine(terms.review_due, time(12), UTC) if terms.review_due else None
