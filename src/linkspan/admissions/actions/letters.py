"""Letters of recommendation: the learner asks, the recommender hands in by a link that works once, staff read."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from linkspan.accounts.queries import person_of
from linkspan.admissions.actions.documents import checked
from linkspan.admissions.actions.rows import round_row
from linkspan.admissions.events import LetterAsked, LetterReceived
from linkspan.admissions.models import LetterRow
from linkspan.admissions.queries import as_round, zone_of_round
from linkspan.admissions.queries.documents import as_letter
from linkspan.admissions.rules.applications import check_window, may_admit
from linkspan.admissions.rules.documents import (
    LETTERS_WITHIN,
    MOST_LETTERS,
    TYPES,
    Letter,
    check_letter_rate,
    letter_expiry,
)
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import VISITOR, Actor
from linkspan.kernel.addresses import address
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.lines import OneLine
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.papers import type_of
from linkspan.kernel.things import About, Thing, address_of
from linkspan.kernel.written import day_in
from linkspan.messages.engines import mail
from linkspan.messages.rules import Mail

signer = partial(Signer, salt="linkspan.letters")


@transaction.atomic
def ask_letter(*, actor: Actor, round_id: UUID, name: str, email: str, now: datetime) -> Letter:
    """Ask somebody for a letter; the same address again gives the one there is. The link goes out by e-mail only."""
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in to ask for a letter.")
    check_window(as_round(round_row(round_id)), now)
    email = address(email)
    try:
        validate_email(email)
    except ValidationError:
        raise Unusable("email_unusable", "Give the recommender's e-mail address.") from None
    if email == address(person_of(actor.person_id).email):
        raise Refused("own_letter", "Ask somebody else: a letter about yourself does not count.")
    if not name.strip():
        raise Unusable("name_missing", "Give the recommender's name.")
    name = OneLine(name.strip()).value
    one_at_a_time(f"letter:{actor.person_id}", f"letter:{email}")
    rows = LetterRow.objects.filter(learner_id=actor.person_id, round_id=round_id)
    held = rows.filter(email=email).first()
    if held is not None:
        return as_letter(held)
    if rows.count() >= MOST_LETTERS:
        raise Refused("letters_full", "You can ask for {most_letters} letters.", most_letters=MOST_LETTERS)
    lately = LetterRow.objects.filter(asked_at__gt=now - LETTERS_WITHIN)
    check_letter_rate(lately.filter(learner_id=actor.person_id).count(), lately.filter(email=email).count())
    row = LetterRow.objects.create(
        learner_id=actor.person_id,
        round_id=round_id,
        name=name,
        email=email,
        asked_at=now,
        expires_at=letter_expiry(now),
    )
    audit.record(actor=actor, verb="ask_letter", subject=f"admissions.letter:{row.id}", now=now)
    outbox.publish(LetterAsked(row.learner_id, row.id), now=now)
    return as_letter(row)


def send_letter_link(*, letter_id: UUID, key: str, now: datetime) -> None:
    """Send the recommender the link, once. It holds no more than a signed number: nothing secret is stored.

    Who calls holds the delivery of that key; no lock is held while the mail server is waited for.
    """
    row = LetterRow.objects.select_related("round").get(id=letter_id)
    if row.mailed_at is not None:
        return
    lines = (
        _("{name}, {who} applies to {title} and asks you for a letter."),
        _("Hand it in here; the link works once, until {day}:"),
        "{link}",
        _("The applicant never sees the letter. If you do not know the applicant, ignore this message."),
    )
    given = {
        "name": OneLine.of(row.name),
        "who": OneLine.of(person_of(row.learner_id).name),
        "title": OneLine.of(f"{row.round.institution}: {row.round.title}"),
    }
    link = settings.BASE_URL + address_of(About.of(Thing.LETTER, signer().sign(str(row.id))))
    subject, day = (
        _("{who} asks you for a letter of recommendation"),
        day_in(row.expires_at, zone_of_round(row.round_id)),
    )
    mail.send(Mail.of(row.email, subject, lines, given, link=link, day=day), key=key)
    LetterRow.objects.filter(id=letter_id).update(mailed_at=now)


def letter_by_link(token: str, now: datetime) -> tuple[Letter, str, str]:
    """The letter of a link that still works, with the applicant's name and the program; NotFound for any other."""
    row = _by_token(token)
    if not as_letter(row).is_open(now):
        raise NotFound("link_used", "This link was used already, or it has expired. Ask the applicant for another one.")
    return as_letter(row), person_of(row.learner_id).name, f"{row.round.institution}: {row.round.title}"


def hand_in_letter(*, token: str, content: bytes, now: datetime) -> Letter:
    """Take the letter in, once, from whoever holds the link; it needs no account."""
    media_type = type_of(content)
    if media_type not in TYPES:
        raise Unusable("document_type", "Hand in a PDF, a PNG or a JPEG. Other kinds of files are not taken.")
    letter_by_link(token, now)
    scanned = checked(content)
    with transaction.atomic():
        row = LetterRow.objects.select_for_update().get(id=_by_token(token).id)
        letter_by_link(token, now)
        row.sha256, row.media_type, row.scan, row.received_at = storage.keep(content), media_type, scanned, now
        row.save()
        after = {"sha256": row.sha256, "scan": scanned}
        subject = f"admissions.letter:{row.id}"
        audit.record(actor=VISITOR, verb="hand_in_letter", subject=subject, now=now, after=after)
        outbox.publish(LetterReceived(row.learner_id, row.id, row.name, str(row.round_id)), now=now)
    return as_letter(row)


@transaction.atomic
def read_letter(*, actor: Actor, letter_id: UUID, now: datetime) -> tuple[str, bytes]:
    """The media type and content of a letter, for the institution's admissions staff, never for the applicant."""
    row = LetterRow.objects.select_related("round").filter(id=letter_id).exclude(received_at=None).first()
    if row is None:
        raise NotFound("letter_unknown", "There is no such letter.")
    staff = may_admit(actor, row.round.institution) and not actor.is_person(row.learner_id)
    permit(staff, "read this letter")
    audit.record(actor=actor, verb="read_letter", subject=f"admissions.letter:{row.id}", now=now)
    return row.media_type, storage.read(row.sha256)


def _by_token(token: str) -> LetterRow:
    try:
        letter_id = UUID(signer().unsign(token))
    except (BadSignature, ValueError):
        raise NotFound("link_unknown", "This link is not valid. Copy the whole address from the e-mail.") from None
    row = LetterRow.objects.select_related("round").filter(id=letter_id).first()
    if row is None:
        raise NotFound("link_unknown", "This link is not valid. Copy the whole address from the e-mail.")
    return row
