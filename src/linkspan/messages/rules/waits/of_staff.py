"""What is a colleague's turn, and what somebody elsewhere has to do."""

from collections.abc import Mapping

from linkspan.kernel.things import Thing
from linkspan.kernel.waiting import What
from linkspan.messages.rules.waits.values import At, By, Kind, Party


def _(text: str) -> str:
    """Mark a message id for the catalogue; it is translated for its reader later."""
    return text


def _colleague(roles: str, desk: At, theirs: str, days: int | None = None, leads: str = "dean") -> Kind:
    who, above = frozenset(roles.split()), frozenset(leads.split())
    return Kind(Party.COLLEAGUE, desk=desk, theirs=theirs, roles=who, days=days, leads=above)


def _elsewhere(own: At, mine: str, meanwhile: str, days: int | None = None) -> Kind:
    return Kind(Party.ELSEWHERE, own, mine, _("See it"), meanwhile, days=days)


VERSION = At(Thing.AGREEMENT_VERSION, By.KEYS)
PARTIES = "registrar dean"
STAFF: Mapping[What, Kind] = {
    What.SEND_DRAFT: _colleague(
        "registrar", At(Thing.AGREEMENT_DRAFT, By.ID), _("Send or drop the draft of {title}"), 20
    ),
    What.REVIEW_TERMS: _colleague(PARTIES, VERSION, _("Approve or reject the terms of {title}"), 10),
    What.REVIEW_AGREEMENT: _colleague(PARTIES, VERSION, _("Review the agreement {title}")),
    What.DECIDE_REFUND: _colleague(
        "program_staff registrar", At(Thing.CHARGE_FILE, By.PARENT), _("Decide on a refund for {title}"), 5
    ),
    What.APPROVE_EXCEPTION: _colleague(
        "registrar", At(Thing.CREDIT_CHANGE, By.ID), _("Approve or refuse an exception: {title}"), 5
    ),
    What.DECIDE_CONFERRAL: _colleague(
        "registrar", At(Thing.CONFERRAL_LIST, By.ID), _("Approve or refuse a list of degrees: {title}")
    ),
    What.DECIDE_REVOCATION: _colleague(
        "registrar", At(Thing.CONFERRAL, By.ID), _("Decide on the revocation of a degree: {title}"), 10
    ),
    What.READ_APPLICATION: _colleague(
        "reader", At(Thing.READING, By.ID), _("Read an application: {title}"), 10, "admissions"
    ),
    What.MARK_ANSWER: _colleague(
        "program_staff proctor", At(Thing.MARK, By.ID), _("Mark an answer in {title}"), 5, "program_staff"
    ),
    What.PUBLISH_ENTRY: _colleague(
        "program_staff registrar", At(Thing.CATALOGUE_CHANGE, By.ID), _("Publish an entry of the catalogue: {title}"), 5
    ),
    What.REVIEW_ACCESS: _colleague("registrar", At(Thing.ROLES), _("Sign off the list of roles at {title}")),
    What.APPROVE_MERGE: _colleague(
        "registrar operator", At(Thing.JOINS), _("Approve that two accounts are one"), 5, ""
    ),
    What.CHECK_ACCREDITATION: Kind(
        Party.ELSEWHERE,
        At(Thing.REGISTRATION, By.ID),
        _("Check the accreditation of {title}"),
        _("See it"),
        _("You need do nothing."),
        At(Thing.JOINING),
        _("Check the accreditation of {title}"),
        frozenset({"operator"}),
        10,
    ),
    What.PROVE_DOMAIN: Kind(
        Party.YOU, At(Thing.REGISTRATION, By.ID), _("Prove the domain of {title}"), _("See how"), days=20
    ),
    What.WRITE_LETTER: _elsewhere(
        At(Thing.APPLICATION_FORM, By.PARENT),
        _("{title} writes a letter of recommendation for you"),
        _("You can go on with the application, or ask somebody else."),
    ),
    What.DELIVER_RECORD: _elsewhere(
        At(Thing.CONSENTS), _("The server of {title} takes your record"), _("It is tried again. You need do nothing.")
    ),
}
