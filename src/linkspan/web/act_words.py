"""What acts that cannot be undone are called on pages, and what is said before they are confirmed."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: By the act and what was chosen of it: the name of the act, and what follows from it in one or two sentences.
WORDS: Mapping[tuple[str, str], tuple[Promise, Promise]] = {
    ("match", ""): (
        _("Match the round"),
        _("Every application of this round is decided by the certified lists. Each applicant below gets a message."),
    ),
    ("certify", ""): (
        _("Certify the list"),
        _("The matching makes offers in your name by these scores. They cannot be changed afterwards."),
    ),
    ("change_round", ""): (
        _("Change the round"),
        _("Everybody with an application or a draft in this round gets a message with your reason."),
    ),
    ("cancel_round", ""): (
        _("Cancel the round"),
        _("Every application in it ends, and fees go back. Everybody who applied or began to gets your reason."),
    ),
    ("decide", ""): (_("Decide on an application"), _("The applicant gets a message.")),
    ("decide", "admit"): (
        _("Admit"),
        _("An offer is made, a seat is taken, and the applicant gets a message with the reasons."),
    ),
    ("decide", "refuse"): (
        _("Refuse"),
        _("The applicant gets a message with the reasons, and may appeal where the agreement says so."),
    ),
    ("decide", "provisional"): (
        _("Admit to the admission course"),
        _("The applicant may take the admission course, and gets a message."),
    ),
    ("decide", "join"): (
        _("Confirm joining"),
        _("The learner becomes a student of the degree. Credit is posted, and tuition is waived for it."),
    ),
    ("answer", ""): (_("Answer an offer"), _("It takes effect at once.")),
    ("answer", "accept"): (
        _("Accept the offer"),
        _("You take this place at once. Your other applications in this round end."),
    ),
    ("answer", "decline"): (
        _("Decline the offer"),
        _("Your place goes to somebody else at once. You cannot take it up again."),
    ),
    ("answer", "withdraw"): (
        _("Withdraw the application"),
        _("Your application ends at once, and a place that you hold is given up. It cannot be taken up again."),
    ),
    ("leave_course", ""): (
        _("Leave the course"),
        _("You leave at once. A charge that is not paid is cancelled; grades on your record stay."),
    ),
    ("reopen_charge", ""): (
        _("Take a payment back"),
        _("Its amount is due again, and what was paid for waits until it comes. The learner gets your reason."),
    ),
    ("withdraw_learners", ""): (
        _("Withdraw learners"),
        _("They leave the run. A charge that is not paid is cancelled; what was paid stays. Each gets your reason."),
    ),
    ("withdraw_learners", "back"): (
        _("Withdraw and refund"),
        _("They leave the run, and all that they paid goes back, by a second person where your rules ask for one."),
    ),
    ("change_credentials", ""): (_("Change credentials"), _("Each holder gets a message with your reason.")),
    ("change_credentials", "revoked"): (
        _("Revoke"),
        _("It ends for good. Each holder gets a message with your reason; schools that gave credit on it are told."),
    ),
    ("change_credentials", "suspended"): (
        _("Suspend"),
        _("It does not count until it is reinstated. Each holder gets a message with your reason."),
    ),
    ("change_credentials", "active"): (_("Reinstate"), _("It counts again. Each holder gets a message.")),
    ("reissue", ""): (
        _("Issue again"),
        _("A new credential on today's record and name replaces this one, which then says so."),
    ),
    ("publish_grades", ""): (
        _("Publish final grades"),
        _("The grades go on record and count for credentials. A change after that is a correction with a reason."),
    ),
    ("move_agreement", "active"): (
        _("Put the agreement in force"),
        _("Learners are judged by it from its first day on. It replaces the version before it; both parties see why."),
    ),
    ("move_agreement", "closed"): (
        _("Close the agreement to new entrants"),
        _("Nobody new can enter. Who is in can finish until the day that you name. Both parties see your reason."),
    ),
    ("move_agreement", ""): (
        _("Change the status of the agreement"),
        _("Both parties see the change and your reason."),
    ),
    ("merge_own_accounts", ""): (
        _("Join my two accounts"),
        _("The other account ends at once. Nobody can undo it. Both addresses get a message."),
    ),
    ("approve_merge", ""): (
        _("Join two accounts"),
        _("One account ends, and what it holds moves. Both addresses get a message."),
    ),
    ("close_case", ""): (_("Decide on a case of recognition"), _("The learner gets a message with your reason.")),
    ("close_case", "reverse"): (
        _("Remove credit"),
        _("The credit below no longer counts, and its tuition is owed again. The learner reads your reason."),
    ),
    ("change_credit", ""): (
        _("Change credit by hand"),
        _("The learner gets a message with the reason meant for the learner."),
    ),
    ("change_credit", "post"): (
        _("Post credit"),
        _("It fills a requirement of the degree. What no rule gives waits until a second person approves it."),
    ),
    ("change_credit", "adjust"): (
        _("Adjust credit"),
        _("The award is reversed, and one in its place is posted. What no rule gives waits for a second person."),
    ),
    ("change_credit", "substitute"): (
        _("Substitute a course"),
        _("A course of your school fills this requirement. What no rule gives waits for a second person."),
    ),
    ("change_credit", "reverse"): (
        _("Reverse credit"),
        _("It no longer counts, and its tuition is owed again. The learner gets a message with the reason."),
    ),
    ("decide_exception", ""): (_("Decide on an exception"), _("Who prepared it gets a message with your reason.")),
    ("take_back_exception", ""): (
        _("Take an exception back"),
        _("Both who gave it get a message with your reason, and the learner the one that is meant for them."),
    ),
    ("decide_exception", "approve"): (
        _("Approve the exception"),
        _("It is in effect at once then: the learner is told, and who prepared it too."),
    ),
    ("decide_exception", "refuse"): (
        _("Refuse the exception"),
        _("Nothing is changed for the learner. Who prepared it gets a message with your reason."),
    ),
    ("decide_conferral", ""): (_("Decide on a list of degrees"), _("Who prepared it gets a message with your reason.")),
    ("decide_conferral", "approve"): (
        _("Approve the list"),
        _("The degrees are conferred on their day, and each learner gets a message then. It can be called off before."),
    ),
    ("decide_conferral", "refuse"): (
        _("Refuse the list"),
        _("No degree is conferred, and nobody on the list is told. Who prepared it gets a message with your reason."),
    ),
    ("decide_revocation", ""): (_("Decide on a revocation"), _("Who asked for it gets a message with your reason.")),
    ("decide_revocation", "revoke"): (
        _("Revoke the degree"),
        _("The degree ends, and its credential is revoked. The learner gets the reason meant for the learner."),
    ),
    ("decide_revocation", "keep"): (
        _("Keep the degree"),
        _("Nothing is changed, and the learner is not told. Who asked for it gets a message with your reason."),
    ),
    ("close_case", "stand"): (_("Keep credit"), _("The credit stays, and the case is closed.")),
}


def words_of(act: str, chosen: str) -> tuple[str, str]:
    """What an act is called, and what follows from it."""
    named = WORDS.get((act, chosen)) or WORDS[act, ""]
    return str(named[0]), str(named[1])


def chosen_of(fields: Mapping[str, object]) -> str:
    """What was chosen of an act."""
    return str(fields.get("choice") or fields.get("to") or "")
