"""How what an institution issues looks on a day, and who signs it."""

from datetime import date

from django.utils.translation import gettext

from linkspan.institutions.engines.letterhead import Letterhead, SigningLine
from linkspan.institutions.models import LookRow, SignatoryRow
from linkspan.institutions.queries.registry import institution
from linkspan.institutions.rules.look import (
    MOST_SIGNING,
    Drawn,
    Look,
    Signatory,
    may_set_look,
    plain_look,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.readers import public


@public
def look_on(code: str, day: date) -> Look:
    """The look in force on that day; the plain one while the institution has chosen none."""
    row = LookRow.objects.filter(institution=code, valid_from__lte=day).order_by("-valid_from").first()
    return _look(row) if row else plain_look(code)


@public
def signing_on(code: str, day: date) -> tuple[Signatory, ...]:
    """Who signs on that day, at most two, who entered office first before others."""
    rows = SignatoryRow.objects.filter(institution=code, valid_from__lte=day).order_by("valid_from", "id")
    return tuple([one for one in map(_signatory, rows) if one.signs_on(day)][:MOST_SIGNING])


@public
def letterhead(code: str, day: date, look: Look | None = None) -> Letterhead:
    """What a document of that day carries, in the active language; in another `look` to try it."""
    signing = tuple(
        SigningLine(one.name, one.title, gettext("Signature of {name}").format(name=one.name), one.signature)
        for one in signing_on(code, day)
    )
    return Letterhead(look or look_on(code, day), signing, institution(code).country)


def looks_of(actor: Actor, code: str) -> tuple[Look, ...]:
    """All that were published, newest first, for those who decide on them."""
    permit(may_set_look(actor, code), "decide how this institution looks")
    institution(code)
    rows = LookRow.objects.filter(institution=code, valid_from__isnull=False).order_by("-valid_from")
    return tuple(map(_look, rows))


def drafted_look(actor: Actor, code: str) -> Look | None:
    """The draft, for those who decide on it; None if there is none."""
    permit(may_set_look(actor, code), "decide how this institution looks")
    row = LookRow.objects.filter(institution=code, valid_from=None).first()
    return _look(row) if row else None


def signatories_of(actor: Actor, code: str) -> tuple[Signatory, ...]:
    """Everybody who signs or signed, newest first, for those who enter them."""
    permit(may_set_look(actor, code), "see who signs for this institution")
    rows = SignatoryRow.objects.filter(institution=code).order_by("-valid_from", "-id")
    return tuple(map(_signatory, rows))


def _look(row: LookRow) -> Look:
    mark = Drawn.kept(row.mark_kind, bytes(row.mark))
    return Look(
        row.institution, row.primary, row.accent, mark, row.mark_words, row.valid_from, row.decided_by, row.decided_at
    )


def _signatory(row: SignatoryRow) -> Signatory:
    return Signatory(
        row.id,
        row.institution,
        row.name,
        row.title,
        Drawn.kept(row.signature_kind, bytes(row.signature)),
        row.valid_from,
        row.valid_to,
        row.entered_by,
        row.entered_at,
    )
