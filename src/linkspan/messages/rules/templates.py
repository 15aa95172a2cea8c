"""Kinds of notices and their words; `{name}` stands for what the event tells."""

from collections.abc import Callable, Mapping

from linkspan.messages.rules.account_templates import ACCOUNTS
from linkspan.messages.rules.of_courses import OF_COURSES
from linkspan.messages.rules.of_credit import OF_CREDIT
from linkspan.messages.rules.values import Template, Topic


def _(text: str) -> str:
    """Mark a message id for the catalogue; it is translated for its reader later."""
    return text


#: By kind. The words are message ids of the catalogue; they are translated for the recipient.
TEMPLATES: Mapping[str, Template] = {
    **OF_CREDIT,
    **OF_COURSES,
    "enrolled": Template(
        Topic.LEARNING, _("You are enrolled in {title}"), _("You can start now. Your next step is the first unit.")
    ),
    "extension": Template(Topic.LEARNING, _("You have more time in {title}"), _("{part} is due on {due} for you.")),
    "points_changed": Template(
        Topic.LEARNING,
        _("Your points in {title} were changed"),
        _("{part}: {reason} The course shows what counts now."),
    ),
    "username_linked": Template(Topic.RECORD, _("{username} at {place} is linked"), _("Not you? End the link there.")),
    "verified": Template(
        Topic.LEARNING, _("You are on the verified track of {title}"), _("Your grade in this course will go on record.")
    ),
    "verified_closed": Template(
        Topic.LEARNING,
        _("You are on the audit track of {title}"),
        _("The verified track is closed. You can go on learning."),
    ),
    "withdrew": Template(
        Topic.LEARNING,
        _("You left {title}"),
        _("Grades on your record stay. You can enrol again while enrolment is open."),
    ),
    "withdrawn": Template(
        Topic.LEARNING,
        _("You were withdrawn from {title}"),
        _("Staff gave this reason: {reason}. Grades on your record stay. Ask them if you think it is a mistake."),
    ),
    "payment_received": Template(
        Topic.MONEY, _("We received your payment"), _("{amount} for {title}. Keep this as your receipt.")
    ),
    "part_received": Template(
        Topic.MONEY, _("We received a part of your payment"), _("{amount} for {title}. {rest} is still to be paid.")
    ),
    "charge_reopened": Template(
        Topic.MONEY,
        _("Your payment was taken back"),
        _("{amount} for {title} did not stay with us: {reason} {rest} is to be paid now."),
    ),
    "payment_waits": Template(
        Topic.DESK, _("A payment waits to be confirmed"), _("{title}: open the desk and compare the reference.")
    ),
    "need_approved": Template(
        Topic.MONEY, _("Your price by need is approved"), _("{percent} percent off at {institution}. {reason}")
    ),
    "need_refused": Template(
        Topic.MONEY, _("Your price by need is refused"), _("{institution}: {reason} You can appeal within 30 days.")
    ),
    "charge_refunded": Template(
        Topic.MONEY, _("Your payment is refunded"), _("{amount} for {title} goes back to you.")
    ),
    "refund_partly": Template(Topic.MONEY, _("A part goes back"), _("{amount} for {title} goes back. {reason}")),
    "refund_undelivered": Template(
        Topic.MONEY, _("Your refund did not arrive"), _("{amount} for {title}: {institution} looks for another way.")
    ),
    "refund_sent_otherwise": Template(
        Topic.MONEY, _("Your refund is sent by bank"), _("{amount} for {title}, under the reference {reason}.")
    ),
    "refund_written_off": Template(
        Topic.MONEY, _("Your refund could not be delivered"), _("{amount} for {title} is written off. {reason}")
    ),
    "refund_waits": Template(Topic.DESK, _("A refund waits for your office"), _("{title}: open it, and decide.")),
    "charge_cancelled": Template(
        Topic.MONEY, _("A charge was cancelled"), _("You no longer owe {amount} for {title}.")
    ),
    "identity_accepted": Template(
        Topic.RECORD, _("Your legal name is confirmed"), _("Credentials will carry the name {legal_name}.")
    ),
    "identity_refused": Template(
        Topic.RECORD, _("Your identity evidence was not accepted"), _("Reason: {reason} Hand in new evidence.")
    ),
    "evidence_accepted": Template(
        Topic.RECORD, _("Your evidence was accepted"), _("The {kind} on your record is confirmed.")
    ),
    "evidence_refused": Template(
        Topic.RECORD, _("Your evidence was not accepted"), _("Reason: {reason} Hand in new evidence.")
    ),
    "exam_authorised": Template(
        Topic.EXAMS, _("You may take the exam"), _("{title}: choose a sitting and check in when it opens.")
    ),
    "check_in_waits": Template(
        Topic.DESK, _("A learner waits for an identity check"), _("{title}: open the desk and confirm who they are.")
    ),
    "attempt_waits": Template(
        Topic.DESK, _("An attempt waits for a verdict"), _("{title}: open the desk and review it.")
    ),
    "service_silent": Template(
        Topic.DESK,
        _("A proctoring service does not answer"),
        _("{title}: {service} is asked again, or decide otherwise."),
    ),
    "service_reviewed": Template(
        Topic.DESK, _("A proctoring service looked at an attempt"), _("{title}: read what it saw and give the verdict.")
    ),
    "recording_deleted": Template(
        Topic.EXAMS, _("What was recorded of your exam is deleted"), _("{title}: {service} deleted what it recorded.")
    ),
    "late_answers_wait": Template(
        Topic.DESK, _("Late exam answers wait for a decision"), _("{title}: answers came after the end. Decide them.")
    ),
    "series_invited": Template(
        Topic.EXAMS,
        _("You are invited: {title}"),
        _("You may book its exams now. The page of exams shows what comes next."),
    ),
    "series_uninvited": Template(
        Topic.EXAMS, _("You are not invited any more: {title}"), _("What you passed stays. Reason: {reason}")
    ),
    "marks_wait": Template(
        Topic.DESK,
        _("Exam answers wait for your marks"),
        _("{title}: {count} to mark. Results come out on {due}; mark them before."),
    ),
    "appeal_waits": Template(
        Topic.DESK, _("An appeal waits for a decision"), _("{title}: somebody else than the first reviewer decides.")
    ),
    "appeal_upheld": Template(
        Topic.EXAMS, _("Your appeal was upheld"), _("{title}: your attempt counts. Reason: {reason}")
    ),
    "appeal_dismissed": Template(
        Topic.EXAMS, _("Your appeal was dismissed"), _("{title}: the rejection stands. Reason: {reason}")
    ),
    "accommodation_approved": Template(
        Topic.EXAMS, _("What you need is arranged"), _("{title}: open your exams and read what is arranged for you.")
    ),
    "accommodation_refused": Template(
        Topic.EXAMS, _("What you asked for in an exam was refused"), _("{title}. Reason: {reason}")
    ),
    "help_asked": Template(
        Topic.DESK, _("A candidate asks for the proctor"), _("{title}: open the desk and answer them.")
    ),
    "way_waits": Template(
        Topic.DESK, _("A learner asks for an exam without a camera"), _("{title}: open the desk and decide.")
    ),
    "way_approved": Template(
        Topic.EXAMS, _("You sit the exam without the camera"), _("{title}: a proctor confirms who is there. {reason}")
    ),
    "way_refused": Template(
        Topic.EXAMS, _("Your request for an exam without a camera was refused"), _("{title}. Reason: {reason}")
    ),
    "exam_submitted": Template(
        Topic.EXAMS, _("Your exam was handed in"), _("A proctor reviews {title}. Results come on the release date.")
    ),
    "rejection_proposed": Template(
        Topic.EXAMS,
        _("Answer before your exam is rejected"),
        _("{title}: a reviewer proposes it. You may answer until {until}; another person decides after that."),
    ),
    "attempt_cancelled": Template(
        Topic.EXAMS, _("Your exam attempt was cancelled"), _("{title}: it does not count. Reason: {reason}")
    ),
    "sitting_moved": Template(
        Topic.EXAMS, _("An exam sitting has new times"), _("{title}: it opens {opens} and closes {closes}.")
    ),
    "sitting_cancelled": Template(
        Topic.EXAMS,
        _("An exam sitting is cancelled"),
        _("{title}, {opens}: cancelled. Reason: {reason} Choose another sitting."),
    ),
    "appointment_booked": Template(
        Topic.EXAMS,
        _("Your exam time is booked"),
        _(
            "{title}: {when}. Check in from {comes_from} to {comes_until}. "
            "You can move or cancel it until {changes_until}."
        ),
    ),
    "appointment_moved": Template(
        Topic.EXAMS,
        _("Your exam time has changed"),
        _(
            "{title}: {when}. Check in from {comes_from} to {comes_until}. "
            "You can move or cancel it until {changes_until}."
        ),
    ),
    "appointment_seat_freed": Template(
        Topic.EXAMS,
        _("You have a seat from the waiting list"),
        _(
            "{title}: {when}. It is booked for you. If it does not suit you, move or cancel it until {changes_until}. "
            "Check in from {comes_from} to {comes_until}."
        ),
    ),
    "appointment_near": Template(
        Topic.EXAMS,
        _("Your exam is soon"),
        _("{title}: {when}. Check in from {comes_from} to {comes_until}. Later you cannot take it."),
    ),
    "booking_cancelled": Template(
        Topic.EXAMS, _("Your exam booking is cancelled"), _("{title}, {when}: your seat is given back.")
    ),
    "booking_dropped": Template(
        Topic.EXAMS,
        _("Your exam time is cancelled by the exam office"),
        _("{title}, {when}. Reason: {reason} Book another time. No attempt is used."),
    ),
    "booking_missed": Template(
        Topic.EXAMS,
        _("You missed your exam time"),
        _("{title}, {when}: you did not check in. No attempt is used. Book another time."),
    ),
    "wait_ended": Template(
        Topic.EXAMS, _("No seat became free"), _("{title}, {when}: the waiting list is closed. Book another time.")
    ),
    "wait_dropped": Template(
        Topic.EXAMS,
        _("The exam time that you waited for is cancelled"),
        _("{title}, {when}. Reason: {reason} Book another time."),
    ),
    "exam_released": Template(Topic.EXAMS, _("Your exam result is here"), _("{title}: open the exam page to see it.")),
    "exam_now_passed": Template(
        Topic.EXAMS,
        _("Your result of {title} was worked out again: passed"),
        _("{reason} The exam page shows your score before and now."),
    ),
    "exam_now_not_passed": Template(
        Topic.EXAMS,
        _("Your result of {title} was worked out again: not passed"),
        _("{reason} The exam page shows your score before and now. You can write to the exam office."),
    ),
    "credential_issued": Template(
        Topic.CREDENTIALS, _("You hold a new credential"), _("{title}. See where it can take you.")
    ),
    "credential_revoked": Template(
        Topic.CREDENTIALS, _("A credential of yours was revoked"), _("Reason: {reason} You can ask the issuer.")
    ),
    "credential_superseded": Template(
        Topic.CREDENTIALS, _("A credential of yours was issued again"), _("{title}: the new one replaces the old one.")
    ),
    "credential_suspended": Template(
        Topic.CREDENTIALS,
        _("A credential of yours does not count for now"),
        _("{title}: staff decide on it. Reason: {reason}"),
    ),
    "credential_reinstated": Template(
        Topic.CREDENTIALS, _("A credential of yours counts again"), _("{title}: it is valid as before.")
    ),
    "award_waits": Template(
        Topic.DESK, _("A program award waits for approval"), _("{title}: somebody else than who prepared it decides.")
    ),
    "suspension_waits": Template(
        Topic.DESK, _("A suspended credential waits for a decision"), _("{title}. Reason: {reason}")
    ),
    "controller_changed": Template(
        Topic.DESK,
        _("The signing keys that an institution publishes changed"),
        _("{title}: if nobody of you changed them, declare the key compromised and ask the operator at once."),
    ),
    "controller_forged": Template(
        Topic.DESK,
        _("Somebody else may publish keys in your name"),
        _("{title} is served with other keys than are kept here. Ask the operator to look at the web server at once."),
    ),
    "trust_moved": Template(
        Topic.DESK, _("Issuers that you rely on changed"), _("{title}: {gone} gone, {key_changed} with another key.")
    ),
    "credential_revoked_elsewhere": Template(
        Topic.DESK,
        _("A credential that you were shown was revoked"),
        _("{title}. Reason: {reason} Look at what you decided on it."),
    ),
    "delivery_given_up": Template(
        Topic.DESK,
        _("A delivery was given up"),
        _("{title} failed at every try. Reason: {reason} Send it again or set it aside."),
    ),
    "application_received": Template(
        Topic.APPLICATIONS, _("Your application is in"), _("{title}: you will hear from a person.")
    ),
    "application_offered": Template(
        Topic.APPLICATIONS, _("You are offered a place"), _("{title}: accept or decline the offer.")
    ),
    "application_no_seat": Template(
        Topic.APPLICATIONS,
        _("No seat this time"),
        _("{title}: you are admissible. See the reasons and other pathways."),
    ),
    "application_incomplete": Template(
        Topic.APPLICATIONS, _("Your application lacks a document"), _("{title}: see what is missing. It is no refusal.")
    ),
    "application_on_hold": Template(
        Topic.APPLICATIONS,
        _("A person looks at your case first"),
        _("{title}: you are neither admitted nor refused. You need not do anything."),
    ),
    "application_not_needed": Template(
        Topic.APPLICATIONS, _("You have a seat at another choice"), _("{title}: you ranked another program higher.")
    ),
    "application_lapsed": Template(
        Topic.APPLICATIONS, _("Your offer has lapsed"), _("{title}: it was not answered in time.")
    ),
    "round_changed": Template(
        Topic.APPLICATIONS, _("{title}: the round was changed"), _("It closes at {due}. Reason: {reason}")
    ),
    "round_cancelled": Template(
        Topic.APPLICATIONS,
        _("{title}: the round was cancelled"),
        _("Your application in it has ended, and a fee that you paid goes back. Reason: {reason}"),
    ),
    "application_provisional": Template(
        Topic.APPLICATIONS, _("You are admitted provisionally"), _("{title}: pass the admission course to join.")
    ),
    "letter_received": Template(
        Topic.APPLICATIONS, _("A letter of recommendation came in"), _("{name} handed in the letter for you.")
    ),
    "waiver_granted": Template(Topic.APPLICATIONS, _("Your application fee is waived"), _("{title}: nothing to pay.")),
    "waiver_refused": Template(Topic.APPLICATIONS, _("Your application fee stands"), _("{title}. Reason: {reason}")),
    "admission_appeal_waits": Template(
        Topic.DESK, _("An appeal waits for an answer"), _("{title}: somebody else than who decided answers by {due}.")
    ),
    "admission_appeal_upheld": Template(
        Topic.APPLICATIONS, _("Your appeal was upheld"), _("{title}: you are offered a place. Reason: {reason}")
    ),
    "admission_appeal_dismissed": Template(
        Topic.APPLICATIONS, _("Your appeal was dismissed"), _("{title}: the decision stands. Reason: {reason}")
    ),
    "application_refused": Template(
        Topic.APPLICATIONS, _("A decision on your application"), _("{title}: see the reasons and what you can do.")
    ),
    "record_shared": Template(
        Topic.DESK, _("A learner shares a record with you"), _("Purpose: {kind}. Open the inbox to read it.")
    ),
    "agreement_changed": Template(
        Topic.PATHWAYS, _("A pathway changed: {title}"), _("It is now {kind}. Reason: {reason}")
    ),
    "agreement_sent": Template(
        Topic.DESK,
        _("{institution} sent you version {version} of {title}"),
        _("Read it, remark on it, and approve it at the agreement desk."),
    ),
    "agreement_approved": Template(
        Topic.DESK,
        _("{institution} approved version {version} of {title}"),
        _("When both parties approved the same terms, either can put it in force."),
    ),
    "agreement_approval_withdrawn": Template(
        Topic.DESK, _("{institution} took its approval back: version {version} of {title}"), _("Reason: {reason}")
    ),
    "agreement_commented": Template(
        Topic.DESK,
        _("{institution} remarked on version {version} of {title}"),
        _("Read the remark at the agreement desk."),
    ),
    "agreement_moved": Template(Topic.DESK, _("Version {version} of {title} is now {kind}"), _("Reason: {reason}")),
    "joining_admitted": Template(
        Topic.DESK,
        _("{title} has joined"),
        _("You are its first registrar. Begin with a pathway at the agreement desk."),
    ),
    "joining_refused": Template(
        Topic.DESK, _("The registration of {title} was refused"), _("Reason: {reason} You can register again.")
    ),
    "act_lapsed": Template(
        Topic.DESK,
        _("What you confirmed did not take effect"),
        _("Nothing was changed. {reason} Look at it again and confirm it once more."),
    ),
    "role_taken": Template(
        Topic.DESK, _("{name} is now {role} at {place}"), _("The invitation was accepted. End the role at your desk.")
    ),
    "role_ended": Template(
        Topic.DESK, _("Your role {role} at {place} has ended"), _("Reason: {why} Sign in again to go on with the rest.")
    ),
    "turn_soon": Template(Topic.LEARNING, _("Soon due: {title}"), _("It is to be done by {due}.")),
    "wait_soon": Template(Topic.DESK, _("Soon due: {title}"), _("It is to be done by {due}. Somebody waits for it.")),
    "wait_late": Template(Topic.DESK, _("Late: {title}"), _("It was to be done by {due}. See who can do it now.")),
    **ACCOUNTS,
}


def words(kind: str, context: Mapping[str, str], translate: Callable[[str], str] = str) -> tuple[str, str]:
    """Title and body of a kind, translated and filled in with nothing but what the event tells.

    KeyError if there is no such kind or the event tells too little.
    """
    template = TEMPLATES[kind]
    title, body = (translate(part).format_map(context) for part in (template.title, template.body))
    return " ".join(title.split()), body
