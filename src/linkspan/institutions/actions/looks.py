"""A registrar decides how what the institution issues looks, and enters who signs it."""

import hashlib
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from linkspan.institutions.engines.pictures import cleaned
from linkspan.institutions.models import LookRow, SignatoryRow
from linkspan.institutions.queries.registry import institution as school
from linkspan.institutions.rules.look import (
    COLOUR,
    LEAST_OF_SHAPES,
    LEAST_OF_TEXT,
    LONGEST_NAME,
    LONGEST_WORDS,
    MOST_SIGNATORIES,
    PAPER,
    Drawn,
    contrast,
    may_set_look,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit


def draft_look(
    *,
    actor: Actor,
    institution: str,
    primary: str,
    accent: str,
    now: datetime,
    mark: bytes | None = None,
    mark_words: str = "",
) -> None:
    """Keep the draft of a look, in place of the one before, to be looked at before it is published.

    Without a `mark` that of the draft stays, or of the newest look. Refused colours cannot be read on paper. The
    picture is looked at before the transaction.
    """
    permit(may_set_look(actor, institution), "decide how this institution looks")
    school(institution)
    told = {"primary": _colour(primary, "primary", LEAST_OF_TEXT), "accent": _colour(accent, "accent", LEAST_OF_SHAPES)}
    given, words = _cleaned(mark, "mark") if mark else None, " ".join(mark_words.split())
    with transaction.atomic():
        drawn = given or _held_mark(institution)
        if drawn.kind and not 0 < len(words) <= LONGEST_WORDS:
            raise Unusable(
                "mark_words_missing", "Say in at most {most} characters what the mark shows.", most=LONGEST_WORDS
            ).at("mark_words")
        fields = {**told, "mark_kind": drawn.kind or "", "mark": drawn.content, "mark_words": words}
        by = {"decided_by": actor.name, "decided_at": now}
        LookRow.objects.update_or_create(institution=institution, valid_from=None, defaults={**fields, **by})
        after = {**told, "mark": _hash(drawn)}
        audit.record(actor=actor, verb="draft_look", subject=_subject(institution), now=now, after=after)


def _held_mark(institution: str) -> Drawn:
    rows = LookRow.objects.filter(institution=institution)
    held = rows.filter(valid_from=None).first() or rows.exclude(valid_from=None).order_by("-valid_from").first()
    return Drawn() if held is None else Drawn.kept(held.mark_kind, bytes(held.mark))


@transaction.atomic
def publish_look(*, actor: Actor, institution: str, valid_from: date, now: datetime) -> None:
    """Have the draft be the look from that day on; what was awarded before keeps the look of its day.

    Refused without a draft. The first look may begin in the past, one that replaces another begins today or later. One
    of the same day is replaced, and stands on the trail.
    """
    permit(may_set_look(actor, institution), "decide how this institution looks")
    draft = LookRow.objects.select_for_update().filter(institution=institution, valid_from=None).first()
    if draft is None:
        raise Refused("look_not_drafted", "There is no draft. Save one first, and look at it.")
    others = LookRow.objects.filter(institution=institution).exclude(valid_from=None)
    if valid_from < now.date() and not actor.is_system and others.exists():
        raise Unusable("look_in_the_past", "A look that replaces another one begins today or later.").at("valid_from")
    same_day = others.filter(valid_from=valid_from).first()
    before = _noted(same_day) if same_day else None
    if same_day:
        same_day.delete()
    draft.valid_from, draft.decided_by, draft.decided_at = valid_from, actor.name, now
    draft.save(update_fields=["valid_from", "decided_by", "decided_at"])
    subject = _subject(institution)
    audit.record(actor=actor, verb="publish_look", subject=subject, now=now, before=before, after=_noted(draft))


@transaction.atomic
def discard_look(*, actor: Actor, institution: str, now: datetime) -> None:
    """Throw the draft away; without one nothing changes."""
    permit(may_set_look(actor, institution), "decide how this institution looks")
    gone, _ = LookRow.objects.filter(institution=institution, valid_from=None).delete()
    if gone:
        audit.record(actor=actor, verb="discard_look", subject=_subject(institution), now=now)


def enter_signatory(
    *,
    actor: Actor,
    institution: str,
    name: str,
    title: str,
    valid_from: date,
    now: datetime,
    valid_to: date | None = None,
    signature: bytes | None = None,
) -> UUID:
    """Enter who signs what is awarded in those days; the same name, title and first day again changes nothing.

    The signature is looked at before the transaction.
    """
    permit(may_set_look(actor, institution), "enter who signs for this institution")
    school(institution)
    name, title = _line(name, "name", LONGEST_NAME), _line(title, "title", LONGEST_WORDS)
    _days(valid_from, valid_to)
    drawn = _cleaned(signature, "signature") if signature else Drawn()
    with transaction.atomic():
        rows = SignatoryRow.objects.select_for_update().filter(institution=institution)
        same = rows.filter(name=name, title=title, valid_from=valid_from).first()
        if same is not None:
            return same.id
        if rows.count() >= MOST_SIGNATORIES:
            raise Refused("signatories_many", "No more signatories can be entered.")
        row = SignatoryRow.objects.create(
            institution=institution,
            name=name,
            title=title,
            signature_kind=drawn.kind or "",
            signature=drawn.content,
            valid_from=valid_from,
            valid_to=valid_to,
            entered_by=actor.name,
            entered_at=now,
        )
        after = {
            "name": name,
            "title": title,
            "valid_from": valid_from,
            "valid_to": valid_to,
            "signature": _hash(drawn),
        }
        audit.record(actor=actor, verb="enter_signatory", subject=_subject(institution), now=now, after=after)
        return row.id


@transaction.atomic
def end_signatory(*, actor: Actor, signatory_id: UUID, valid_to: date, now: datetime) -> None:
    """Set the last day on which somebody signs; what was awarded until then keeps the name and the signature."""
    row = SignatoryRow.objects.select_for_update().filter(id=signatory_id).first()
    if row is None or not may_set_look(actor, row.institution):
        raise NotFound("signatory_unknown", "Nobody of that kind signs for your institution.")
    _days(row.valid_from, valid_to)
    before, after = {"name": row.name, "valid_to": row.valid_to}, {"name": row.name, "valid_to": valid_to}
    row.valid_to = valid_to
    row.save(update_fields=["valid_to"])
    subject = _subject(row.institution)
    audit.record(actor=actor, verb="end_signatory", subject=subject, now=now, before=before, after=after)


def _noted(row: LookRow) -> dict[str, object]:
    """A look as the trail has it."""
    mark = _hash(Drawn.kept(row.mark_kind, bytes(row.mark)))
    return {"valid_from": row.valid_from, "primary": row.primary, "accent": row.accent, "mark": mark}


def _subject(institution: str) -> str:
    return f"institutions.institution:{institution}"


def _colour(given: str, field: str, least: float) -> str:
    colour = given.strip().lower()
    if not COLOUR.fullmatch(colour):
        raise Unusable("colour_unusable", "Enter a colour as # and six digits, such as #1d4c5f.").at(field)
    apart = contrast(colour, PAPER)
    if apart < least:
        raise Unusable(
            "colour_pale",
            "This colour is too pale for paper: its contrast is {apart}, and {least} is needed. Choose a darker one.",
            apart=f"{apart:.1f}",
            least=f"{least:.1f}",
        ).at(field)
    return colour


def _cleaned(content: bytes, field: str) -> Drawn:
    try:
        return cleaned(content)
    except Unusable as no:
        raise no.at(field) from no


def _line(given: str, field: str, most: int) -> str:
    line = " ".join(given.split())
    if not 0 < len(line) <= most:
        raise Unusable("line_missing", "Enter at most {most} characters here.", most=most).at(field)
    return line


def _days(first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise Unusable("days_backwards", "The last day is before the first one.").at("valid_to")


def _hash(drawn: Drawn) -> str:
    return hashlib.sha256(drawn.content).hexdigest() if drawn.kind else ""
