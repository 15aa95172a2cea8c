"""What is an office's turn, in the learner's words and in its own. Days are working days, as the office is to keep."""

from collections.abc import Mapping

from linkspan.kernel.things import Thing
from linkspan.kernel.waiting import What
from linkspan.messages.rules.waits.values import At, By, Kind, Party


def _(text: str) -> str:
    """Mark a message id for the catalogue; it is translated for its reader later."""
    return text


APPLICATION, CHARGE = At(Thing.APPLICATION, By.ID), At(Thing.CHARGE, By.ID)
STAFF, REGISTRAR, ADMISSIONS = "program_staff registrar", "registrar", "admissions"


def _office(
    roles: str,
    desk: At | None,
    theirs: str,
    own: At | None = None,
    mine: str = "",
    meanwhile: str = "",
    days: int | None = None,
    leads: str = "dean",
) -> Kind:
    who, above = frozenset(roles.split()), frozenset(leads.split())
    return Kind(Party.OFFICE, own, mine, _("See it"), meanwhile, desk, theirs, who, days, above)


OFFICES: Mapping[What, Kind] = {
    What.CONFIRM_PAYMENT: _office(
        STAFF,
        At(Thing.CHARGE_FILE, By.ID),
        _("Confirm the payment for {title}"),
        CHARGE,
        _("Confirm your payment for {title}"),
        _("What you paid for opens once it is confirmed."),
        days=2,
    ),
    What.SEND_REFUND: _office(
        STAFF,
        At(Thing.CHARGE_FILE, By.PARENT),
        _("Send the refund for {title}"),
        At(Thing.CHARGE, By.PARENT),
        _("Send your refund for {title}"),
        days=5,
    ),
    What.DECIDE_AID: _office(
        STAFF,
        At(Thing.PRICES),
        _("Decide on a price by need"),
        At(Thing.NEED),
        _("Decide on your price by need"),
        _("You can learn on the audit track until then."),
        days=10,
    ),
    What.CHECK_NAME: _office(
        "program_staff proctor",
        At(Thing.CHECKS),
        _("Check the evidence of a legal name"),
        At(Thing.IDENTITY),
        _("Check the evidence of your legal name"),
        _("You can go on learning."),
        days=3,
    ),
    What.CHECK_EVIDENCE: _office(
        "registrar program_staff admissions",
        At(Thing.CHECKS),
        _("Check the evidence for a record"),
        At(Thing.RECORD),
        _("Check the evidence for your record"),
        _("You can go on learning."),
        days=5,
    ),
    What.DECIDE_EXTRA_TIME: _office(
        "program_staff",
        At(Thing.EXAM_DESK),
        _("Decide on accommodations for {title}"),
        At(Thing.EXAMS),
        _("Decide on your accommodations for {title}"),
        _("Do not begin the exam before it is decided."),
        days=5,
    ),
    What.DECIDE_WAY: _office(
        "proctor program_staff",
        At(Thing.EXAM_DESK),
        _("Decide on a way without a camera for {title}"),
        At(Thing.EXAMS),
        _("Decide on your way without a camera for {title}"),
        _("Do not begin the exam before it is decided."),
        days=5,
    ),
    What.ANSWER_CANDIDATE: _office(
        "proctor",
        At(Thing.EXAM_REVIEW, By.ID),
        _("Answer a candidate in {title}"),
        At(Thing.ATTEMPT, By.ID),
        _("Answer you in {title}"),
        _("You can go on with the exam."),
    ),
    What.CONFIRM_WHO_SITS: _office(
        "proctor",
        At(Thing.EXAM_DESK),
        _("Confirm who sits {title}"),
        At(Thing.ATTEMPT, By.ID),
        _("Confirm who you are, for {title}"),
        _("Keep the page of the exam open."),
    ),
    What.PUBLISH_GRADES: _office(
        STAFF,
        At(Thing.GRADEBOOK, By.KEYS),
        _("Publish the final grades of {title}"),
        At(Thing.COURSEWARE, By.KEYS),
        _("Publish your final grade in {title}"),
        _("You can read the course as before."),
    ),
    What.REVIEW_EXAM: _office(
        "proctor",
        At(Thing.EXAM_REVIEW, By.ID),
        _("Review an attempt at {title}"),
        At(Thing.EXAMS),
        _("Review your exam, {title}"),
        _("You can go on with your other courses."),
    ),
    What.DECIDE_EXAM_APPEAL: _office(
        "proctor program_staff",
        At(Thing.EXAM_DESK),
        _("Decide an appeal about {title}"),
        At(Thing.EXAMS),
        _("Decide your appeal about {title}"),
        days=10,
    ),
    What.APPROVE_AWARD: _office(
        STAFF,
        At(Thing.CREDENTIAL_DESK),
        _("Approve the award of {title}"),
        At(Thing.CREDENTIALS),
        _("Award {title} to you"),
        _("You can look where it will lead: your pathways count it once it is awarded."),
        days=5,
    ),
    What.DECIDE_SUSPENSION: _office(
        STAFF,
        At(Thing.ISSUED, By.ID),
        _("Decide on the suspended credential {title}"),
        At(Thing.CREDENTIALS),
        _("Decide on your suspended credential, {title}"),
        _("Until then it does not count."),
        days=10,
    ),
    What.DECIDE_WAIVER: _office(
        ADMISSIONS,
        APPLICATION,
        _("Decide on a fee waiver: {title}"),
        APPLICATION,
        _("Decide on your fee waiver: {title}"),
        days=5,
    ),
    What.DECIDE_APPLICATION: _office(
        "",
        None,
        "",
        APPLICATION,
        _("Decide on your application: {title}"),
        _("You can still add documents, or withdraw."),
    ),
    What.DECIDE_ROUND: _office(ADMISSIONS, At(Thing.ROUND, By.ID), _("Decide on the applications of {title}")),
    What.LOOK_AT_CASE: _office(
        "",
        None,
        "",
        APPLICATION,
        _("Look at your application first: {title}"),
        _("You are neither admitted nor refused, and need do nothing."),
    ),
    What.RELEASE_HOLD: _office("admissions registrar", At(Thing.HOLDS), _("Look at a case on hold: {title}"), days=5),
    What.CERTIFY_LIST: _office(ADMISSIONS, At(Thing.ROUND, By.ID), _("Certify the list of {title}"), days=10),
    What.CONFIRM_ENROLMENT: _office(
        ADMISSIONS,
        APPLICATION,
        _("Confirm an enrolment: {title}"),
        APPLICATION,
        _("Confirm your enrolment: {title}"),
        _("Your place is kept. A deposit, if one is asked for, is paid first."),
        days=10,
    ),
    What.ANSWER_APPEAL: _office(
        ADMISSIONS,
        At(Thing.APPLICATION, By.PARENT),
        _("Answer an appeal: {title}"),
        At(Thing.APPLICATION, By.PARENT),
        _("Answer your appeal: {title}"),
        days=10,
    ),
    What.DECIDE_CASE: _office(
        REGISTRAR,
        At(Thing.CASE, By.ID),
        _("Decide about credit whose credential was revoked"),
        At(Thing.DEGREE),
        _("Decide about credit whose credential was revoked"),
        _("Your credit stands until then. You can tell the registrar your side."),
        days=10,
    ),
}
