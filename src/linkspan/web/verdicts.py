"""A verdict in the words of somebody who was never trained for it: what each check asks, and what to do next."""

from collections.abc import Mapping

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linkspan.kernel import written
from linkspan.vc import Check, Verdict
from linkspan.vc.said import plain
from linkspan.vc.said import said as in_language

QUESTIONS = {
    "data_model": _("Is it a credential, made up by the rules of its kind?"),
    "signature": _("Is it unchanged since it was signed?"),
    "data_loss": _("Does the signature cover all that it says?"),
    "issuer": _("Does it come from an institution known here?"),
    "validity": _("Is it in force today?"),
    "status": _("Does the issuer still stand by it?"),
    "schema": _("Is it made up as it promises?"),
    "holder": _("Does it belong to the person who shows it?"),
}

#: What is wrong in one sentence, for checks whose own words name keys and addresses; the table below says those.
IN_SHORT = {
    ("signature", "failed"): _(
        "It is not as the issuer signed it: something in it was changed, or it was never signed."
    ),
    ("signature", "unknown"): _("It is signed in a way that cannot be checked here."),
    "older_badge": _("This is an older badge (Open Badges 1 or 2). Its issuer’s site could not be asked."),
    "document_other": _("Its issuer’s site shows something else at its address."),
    "site_not_registered": _("The issuer’s site confirms it, but nobody here vouches for that issuer."),
    "outside_scope": _("It does not stand on the site of the institution that it names."),
    "key_changed": _("It is signed by another key of its issuer than the one on which somebody here relies."),
    "key_maybe_changed": _("It is not signed by the key on which somebody here relies. The issuer may have a new one."),
    ("data_model", "failed"): _("It may be signed, but it is no proper credential of its kind."),
    ("data_loss", "failed"): _("It says more than its issuer signed."),
    ("issuer", "failed"): _("It was not signed by the institution that it names."),
    ("issuer", "unknown"): _("Nothing here says who issued it, so anybody could have."),
    ("status", "unknown"): _("Whether its issuer has taken it back could not be found out."),
}

STRANGER = _("Nobody here vouches for the issuer. Ask the institution itself whether it issued this.")
#: What to do, by the code of the check that decides.
ADVICE = {
    "signature_wrong": _("It was changed after it was signed. Ask the holder for the original file."),
    "proof_missing": _("It is not signed, so it proves nothing. Ask the holder for the signed file."),
    "term_dropped": _("Something was added that the issuer did not sign. Ask the issuer for a fresh copy."),
    "key_of_another": _("Somebody else than the named issuer signed it. Do not rely on it, and tell the issuer."),
    "holder_other": _("It was issued to somebody else. Ask how the person comes to show it."),
    "older_badge": _("Tick “Ask the issuer’s site” and check again, or ask the issuer for a badge of today’s form."),
    "outside_scope": _("Somebody else than the named issuer may have made it. Do not rely on it, and tell the issuer."),
    "challenge_wrong": _("This is a copy of what was shown on another occasion. Ask the holder to show it anew."),
    "expired": _("Ask the holder whether there is a renewed one."),
    "not_yet_valid": _("Look again on the day from which it is valid."),
    "revoked": _("The issuer has taken it back. Do not rely on it; ask the issuer if you need to know why."),
    "suspended": _("The issuer has suspended it. Look again later, or ask the issuer."),
    "superseded": _("There is a newer one. Ask the holder for it."),
    "email_differs": _("Ask the person to show that the e-mail address is theirs, or for their own credential."),
    "presentation_expired": _("Ask the holder to show it once more."),
    "presentation_missing": _("Ask the holder to show it from their wallet."),
    "issuer_not_registered": _(
        "Nobody here vouches for the issuer. Ask the institution itself whether it issued this."
    ),
    "issuer_without_keys": STRANGER,
    "site_not_registered": STRANGER,
    "key_not_bound": STRANGER,
    "key_changed": _("Ask the issuer whether it changed its key. Who relies on it here is told of the new key."),
    "key_maybe_changed": _("Tick “Ask the issuer’s site” and check again: it shows which key the issuer has now."),
    "compromise_unproven": _("Ask the issuer to confirm this one, or to issue it again."),
    "status_list_missing": _("Whether it was taken back could not be asked. Try again later, or ask the issuer."),
    "status_list_stale": _("Whether it was taken back could not be asked. Try again later, or ask the issuer."),
}
GENERAL = {
    "valid": _("You can rely on what it says."),
    "invalid": _("Do not rely on it. Ask the holder for the original file, or ask the issuer."),
    "unknown": _("Something needed for a judgement is missing. Ask the issuer, or try again later."),
}
UNASKED = _(
    "You can rely on what it says. It does not say who gave it to you: to find out whether it is theirs, check it "
    "together with their e-mail address, or ask them to show it from a wallet."
)


def deciding(verdict: Verdict) -> Check | None:
    """The check for which the verdict is not `valid`: the first that failed, else the kind if that leaves it unknown,
    else the first that is unknown."""
    failed = [check for check in verdict.checks if check.outcome == "failed"]
    unknown = [check for check in verdict.checks if check.outcome == "unknown" and check.name != "schema"]
    kind = [check for check in unknown if check.code == "older_badge"]
    return next(iter([*failed, *kind, *unknown]), None)


def said(text: str) -> str:
    """A sentence of a verdict in the reader's language."""
    return in_language(text, gettext)


def in_short(verdict: Verdict) -> str:
    """Why it is not valid, in a sentence that needs no training."""
    check = deciding(verdict)
    if check is None:
        return ""
    return str(IN_SHORT.get(check.code) or IN_SHORT.get((check.name, check.outcome)) or said(check.message))


def next_step(verdict: Verdict) -> str:
    """What the reader does next."""
    check = deciding(verdict)
    if verdict.verdict == "valid" and any(c.code == "no_presentation" for c in verdict.checks):
        return str(UNASKED)
    return str(ADVICE.get(check.code if check else "", GENERAL[verdict.verdict]))


def seen(value: object) -> object:
    """What a credential says, as far as it can be seen: no letters that turn or hide what stands beside them."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {name: seen(inner) for name, inner in value.items()}
    return [seen(inner) for inner in value] if isinstance(value, list | tuple) else value


def led_to(address: str) -> str:
    """Where a link of a credential leads: by its path if it is of this site, else by its whole address."""
    own = str(settings.BASE_URL)
    return address.removeprefix(own) if address.startswith(f"{own}/") else address


def own_picture(address: str) -> str:
    """The path of a badge's picture if it is one of ours, else nothing: no picture of others is loaded by a page."""
    path = led_to(address) if led_to(address) != address else ""
    try:
        key = resolve(path).kwargs.get("key") if path else None
    except Resolver404:
        return ""
    return path if key and reverse("credentials-achievement_picture", args=[key]) == path else ""


def stated_day(text: str) -> str:
    """The day that a credential states, in its own zone, as this page writes days; its own text if it is no day."""
    return written.day(text[:10]) if text[10:11] in ("", "T") else text
