"""What a worker does after an action is told as a wait, wherever the person looks for it."""

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linkspan.credentials.queries import being_signed
from linkspan.credentials.rules import IssueKind
from linkspan.kernel.actor import Actor
from linkspan.kernel.outbox import Wait, waits_of
from linkspan.records.rules import Kind

GRADES, CLAIMED = "credentials.on_fact_recorded", "credentials.on_claimed"
HELD = "credentials.on_program_held"
#: What each subscriber that changes what a learner sees does for them. The others only write notices and letters.
SENTENCES: Mapping[str, str | Promise] = {
    GRADES: gettext_lazy("Certificates and credentials for your grades are being prepared."),
    "credentials.on_result_released": gettext_lazy("Your exam result is being checked against your programs."),
    HELD: gettext_lazy("Your new credential is being checked against programs that ask for it."),
    "credentials.on_identity_checked": gettext_lazy("Your credentials are being issued again under your legal name."),
    "credentials.on_accounts_merged": gettext_lazy("What both accounts held is being checked against your programs."),
    "credentials.on_outdated": gettext_lazy("A credential is being issued again on today's record."),
    "exams.on_session_changed": gettext_lazy("A proctoring service is being told of your exam."),
    "finance.on_refund_due": gettext_lazy("Your refund is being sent. It can take some days to reach you."),
    "recognition.on_learner_joined": gettext_lazy("The credit that your school recognises is being posted."),
    "recognition.on_credential_revoked": gettext_lazy("Schools that relied on a revoked credential are being told."),
    "admissions.on_letter_asked": gettext_lazy("The link for your recommender is being sent."),
    "admissions.on_consent_revoked": gettext_lazy("Schools are being told that your consent has ended."),
}
#: The facts of which certificates come.
GRADED = (Kind.COURSE_GRADE, Kind.EXAM_RESULT)


def waits_for(actor: Actor) -> list[str]:
    """Return a sentence for each thing that waits for a worker or a signer and concerns the person."""
    return list(dict.fromkeys(_sentences(actor)))


def _sentences(actor: Actor) -> Iterator[str]:
    if actor.person_id is None:
        return
    waits = waits_of(actor.person_id, [*SENTENCES, CLAIMED])
    yield from (str(SENTENCES[wait.subscriber]) for wait in waits if _shows(wait))
    if any(wait.subscriber == CLAIMED for wait in waits):
        for title in being_signed(actor, actor.person_id):
            yield _("%(title)s is being signed.") % {"title": title}


def _shows(wait: Wait) -> bool:
    if wait.subscriber == CLAIMED:
        return False  # of a batch: whose it is says `being_signed`
    if wait.subscriber == GRADES:
        return wait.told.get("kind") in GRADED
    if wait.subscriber == HELD:
        return wait.told.get("kind") == IssueKind.PROGRAM
    return wait.subscriber != "credentials.on_result_released" or wait.told.get("outcome") == "passed"
