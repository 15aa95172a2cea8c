"""Notices of credit: recognised, changed by hand, looked at again in a case."""

from collections.abc import Mapping

from linkspan.messages.rules.values import Template, Topic


def _(text: str) -> str:
    """Mark a message id for the catalogue; it is translated for its reader later."""
    return text


OF_CREDIT: Mapping[str, Template] = {
    "credit_awarded": Template(
        Topic.APPLICATIONS, _("Credit was recognised"), _("Your degree plan shows what is waived and what is left.")
    ),
    "case_opened": Template(
        Topic.APPLICATIONS,
        _("The credit of your degree is looked at again"),
        _(
            "A credential that it rests on was revoked. Reason: {reason} Nothing changes until the registrar of "
            "{institution} has decided. If it is wrong, say so on your degree page: they read it before they decide."
        ),
    ),
    "case_waits": Template(
        Topic.DESK,
        _("A recognition case waits for a decision"),
        _(
            "A credential behind credit of {institution} was revoked. Reason: {reason} "
            "Let the credit stand or reverse it."
        ),
    ),
    "case_answered": Template(
        Topic.DESK, _("A learner answered in a recognition case"), _("Read it before you decide on the credit.")
    ),
    "case_due": Template(
        Topic.DESK, _("A recognition case is due on {due}"), _("Let the credit stand or remove it. The learner waits.")
    ),
    "case_late": Template(
        Topic.DESK,
        _("A recognition case of {institution} is late"),
        _("It was due on {due}. The learner was told so. The credit stands until a registrar has decided."),
    ),
    "case_late_told": Template(
        Topic.APPLICATIONS,
        _("The decision on your credit is late"),
        _("It was due on {due}. Your credit stands meanwhile; the registrars and the dean of {institution} were told."),
    ),
    "case_kept": Template(
        Topic.APPLICATIONS, _("Your credit stays"), _("The registrar of {institution} has decided: {reason}")
    ),
    "credit_reversed": Template(
        Topic.APPLICATIONS, _("Credit was taken back"), _("Reason: {reason} Ask the registrar if it is wrong.")
    ),
    "credit_by_hand_post": Template(
        Topic.APPLICATIONS,
        _("Credit was posted for {title}"),
        _("The registrar of {institution} says: {reason} Your degree plan shows what it fills."),
    ),
    "credit_by_hand_adjust": Template(
        Topic.APPLICATIONS,
        _("Your credit for {title} was changed"),
        _("The registrar of {institution} says: {reason} Your degree plan shows it. Ask if it is wrong."),
    ),
    "credit_by_hand_substitute": Template(
        Topic.APPLICATIONS,
        _("{title} now fills another requirement of your degree"),
        _("The registrar of {institution} says: {reason} Your degree plan shows which one."),
    ),
    "credit_by_hand_reverse": Template(
        Topic.APPLICATIONS,
        _("Your credit for {title} was taken back"),
        _("The registrar of {institution} says: {reason} Your degree plan shows what is left. Ask if it is wrong."),
    ),
    "credit_exception_waits": Template(
        Topic.DESK,
        _("An exception for {title} waits for you"),
        _("No rule gives this credit at {institution}. Reason: {reason} Approve or refuse it: who prepared it cannot."),
    ),
    "credit_exception_approved": Template(
        Topic.DESK, _("Your exception for {title} was approved"), _("It is in effect. Reason: {reason}")
    ),
    "credit_exception_refused": Template(
        Topic.DESK, _("Your exception for {title} was refused"), _("Nothing was changed. Reason: {reason}")
    ),
    "credit_exception_withdrawn": Template(
        Topic.DESK,
        _("The exception for {title} was withdrawn"),
        _("Nothing was changed, and there is nothing to decide. Reason: {reason}"),
    ),
    "credit_exception_taken_back": Template(
        Topic.DESK, _("The exception for {title} was taken back"), _("Its credit is reversed. Reason: {reason}")
    ),
    "degree_conferred": Template(
        Topic.APPLICATIONS,
        _("{title} was conferred on you"),
        _(
            "{institution} conferred the degree on you on {when}. Its credential is among your credentials as soon as "
            "it is signed; your transcript shows the degree."
        ),
    ),
    "conferral_waits": Template(
        Topic.DESK,
        _("A list for {title} waits for you"),
        _("{institution} confers the degree on {when}. Look at everybody on the list, and approve or refuse it."),
    ),
    "conferral_approved": Template(
        Topic.DESK,
        _("Your list for {title} was approved"),
        _("It takes effect on its day. Until then you can call it off. Reason: {reason}"),
    ),
    "conferral_refused": Template(
        Topic.DESK, _("Your list for {title} was refused"), _("Nobody was told. Reason: {reason}")
    ),
    "conferral_held": Template(
        Topic.DESK,
        _("{title} was not conferred on somebody on its day"),
        _("The page says what is open, or holds it back. See to it, and put the person on another list."),
    ),
    "revocation_waits": Template(
        Topic.DESK,
        _("The revocation of a degree waits for you: {title}"),
        _("Reason: {reason} Revoke the degree or keep it: who asked for it cannot."),
    ),
    "revocation_approved": Template(
        Topic.DESK, _("A degree was revoked as you asked: {title}"), _("The learner was told. Reason: {reason}")
    ),
    "revocation_refused": Template(
        Topic.DESK, _("A degree was kept although you asked to revoke it: {title}"), _("Reason: {reason}")
    ),
    "provider_changed": Template(
        Topic.DESK,
        _("{name} of {institution} publishes other certificates"),
        _("Sign-in goes on with the old ones. Ask the provider whether it changed them, then take them over."),
    ),
}
