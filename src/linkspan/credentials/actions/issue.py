"""Issue course certificates and commendations, and issue again what a regrade or a new name changed."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.queries import person_of
from linkspan.catalog.queries import course, course_run
from linkspan.credentials.actions.awards import claim_award
from linkspan.credentials.actions.claims import claim_draft
from linkspan.credentials.actions.decided import standing
from linkspan.credentials.actions.drafts import Draft, commendation_draft, course_draft, degree_again, transcript_draft
from linkspan.credentials.actions.standing import suspend_credential
from linkspan.credentials.actions.store import signed_now
from linkspan.credentials.events import CredentialOutdated
from linkspan.credentials.models import ClaimRow, CredentialRow
from linkspan.credentials.queries import issued
from linkspan.credentials.queries.held import alignments
from linkspan.credentials.rules import STANDING, CredentialState, Issued, IssueKind, may_issue, may_transcribe
from linkspan.enrolment.queries import is_verified
from linkspan.institutions.queries import institution as school
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.records.queries import grades_of_record
from linkspan.records.rules import Fact, Kind


def issue_course_certificate(*, actor: Actor, learner_id: UUID, run_id: str, now: datetime) -> Issued:
    """Issue the certificate of a course on its frozen passing grade; a second time gives the one there is.

    Refused (`not_verified`, `not_passed`) without a passing grade of record on the verified track.
    """
    found = claim_course_certificate(actor=actor, learner_id=learner_id, run_id=run_id, now=now)
    return issued(signed_now(found, now))


@transaction.atomic
def claim_course_certificate(*, actor: Actor, learner_id: UUID, run_id: str, now: datetime) -> CredentialRow | ClaimRow:
    """`issue_course_certificate` up to the signature, which the worker asks for."""
    found = course_run(run_id).course
    permit(may_issue(actor, found.institution), "issue credentials here")
    held = standing(learner_id, IssueKind.COURSE, found.key)
    return held or claim_draft(actor=actor, draft=_course_draft(learner_id, run_id), now=now)


def _course_draft(learner_id: UUID, run_id: str) -> Draft:
    found = course_run(run_id).course
    if not is_verified(learner_id, run_id):
        raise Refused("not_verified", "Only the verified track gives a certificate.")
    grade = _grade_of_record(learner_id, Kind.COURSE_GRADE, run_id)
    if grade is None or grade.data.get("passed") is not True:
        raise Refused("not_passed", "No passing grade of this run is on record.")
    return course_draft(learner_id, course(found.key), grade.data, alignments(found.key))


def _grade_of_record(learner_id: UUID, kind: Kind, key: str) -> Fact | None:
    facts = grades_of_record(_reader(), learner_id)
    return next((fact for fact in facts if (fact.kind, fact.key) == (kind, key)), None)


def issue_commendation(
    *, actor: Actor, learner_id: UUID, institution: str, about: str, title: str, reason: str, now: datetime
) -> Issued:
    """Staff commend a learner for something in a course or program (`about`); the same title twice gives the one.

    The reason stands in the credential for everybody to read.
    """
    found = _claim_commendation(actor, learner_id, institution, about, title, reason, now)
    return issued(signed_now(found, now))


@transaction.atomic
def _claim_commendation(
    actor: Actor, learner_id: UUID, institution: str, about: str, title: str, reason: str, now: datetime
) -> CredentialRow | ClaimRow:
    permit(not actor.is_system and may_issue(actor, institution), "commend learners here")
    title, reason = " ".join(title.split()), reason.strip()
    if not title or len(title) > 200 or not reason or len(reason) > 2000:
        raise Unusable("commendation_unusable", "Give a title of at most 200 and a reason of at most 2,000 characters.")
    if about.partition("/")[0] != institution:
        raise Unusable("about_foreign", "A commendation is about a course or program of the same institution.")
    person_of(learner_id)
    draft = commendation_draft(learner_id, institution, about, title, reason)
    held = standing(learner_id, IssueKind.COMMENDATION, draft.achievement_key)
    return held or claim_draft(actor=actor, draft=replace(draft, why=reason), now=now)


def issue_transcript(*, actor: Actor, learner_id: UUID, institution: str, now: datetime) -> Issued:
    """A CLR 2.0 transcript of all that stands from the institution, asked for by the learner or its staff.

    The one before it is superseded. Refused (`nothing_stands`) without any credential, and (`context_unknown`, with
    the command that helps) until an operator has added the CLR context.
    """
    return issued(signed_now(_claim_transcript(actor, learner_id, institution, now), now))


@transaction.atomic
def _claim_transcript(actor: Actor, learner_id: UUID, institution: str, now: datetime) -> ClaimRow:
    permit(may_transcribe(actor, learner_id, institution), "ask for this transcript")
    rows = CredentialRow.objects.filter(
        learner_id=learner_id, institution=institution, state=CredentialState.ACTIVE
    ).exclude(kind=IssueKind.TRANSCRIPT)
    documents = list(rows.order_by("awarded_at", "id").values_list("document", flat=True))
    if not documents:
        raise Refused("nothing_stands", "There is no credential from here that a transcript could show.")
    title = f"Transcript of {school(institution).name}"
    draft = transcript_draft(learner_id, institution, title, documents)
    held = standing(learner_id, IssueKind.TRANSCRIPT, institution)
    return claim_draft(actor=actor, draft=replace(draft, supersedes=held.id if held else None), now=now)


def reissue_credential(*, actor: Actor, credential_id: UUID, reason: str, now: datetime) -> Issued | None:
    """Issue a credential again on today's record and name; the old one is superseded and names its successor.

    None where a program award takes four eyes: it is prepared and waits for approval, and the old one stands till then.
    """
    found = claim_again(actor, credential_id, reason, now)
    return issued(signed_now(found, now)) if found else None


@transaction.atomic
def claim_again(actor: Actor, credential_id: UUID, reason: str, now: datetime) -> CredentialRow | ClaimRow | None:
    """`reissue_credential` up to the signature, which a worker asks for."""
    row = CredentialRow.objects.select_for_update().filter(id=credential_id).first()
    if row is None:
        raise NotFound("credential_unknown", "There is no such credential.")
    permit(may_issue(actor, row.institution), "issue this credential again")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why the credential is issued again.")
    if row.state not in STANDING:
        raise Refused("credential_ended", "The credential is {state}; it is not issued again.", state=row.state)
    if row.kind == IssueKind.PROGRAM:
        return claim_award(
            actor=actor,
            learner_id=row.learner_id,
            program_key=row.achievement_key,
            now=now,
            supersedes=row.id,
            reason=reason,
        )
    if row.kind == IssueKind.COURSE:
        draft = _course_draft(row.learner_id, row.basis)
    elif row.kind == IssueKind.COMMENDATION:
        about = row.achievement_key.rpartition(":")[0]
        told = row.document["credentialSubject"]["achievement"]["description"]
        draft = commendation_draft(row.learner_id, row.institution, about, row.title, told)
    elif row.kind == IssueKind.DEGREE:
        draft = degree_again(row.learner_id, row.institution, row.achievement_key, row.document)
    else:
        raise Refused("not_reissued", "A transcript is not issued again: ask for a new one.")
    return claim_draft(actor=actor, draft=replace(draft, supersedes=row.id, why=reason), now=now)


@transaction.atomic
def follow_correction(*, actor: Actor, learner_id: UUID, kind: Kind, key: str, now: datetime) -> None:
    """A grade was corrected: have everything that rests on it brought up to date, each by itself."""
    permit(actor.is_system, "follow corrections")
    grade = _grade_of_record(learner_id, kind, key)
    if grade is None:
        return
    named = key if kind == Kind.COURSE_GRADE else grade.data["id"]
    result = f"{grade.data['institution']}/{grade.data['id']}" if kind == Kind.COURSE_GRADE else named
    rows = CredentialRow.objects.filter(learner_id=learner_id, state__in=STANDING).order_by("awarded_at")
    rest = [r for r in rows if (r.basis == named if r.kind == IssueKind.COURSE else _counts(r, result))]
    reason = f"The grade in {result} was corrected."
    outbox.publish_all([CredentialOutdated(learner_id, row.id, reason, True) for row in rest], now=now)


def _counts(row: CredentialRow, result: str) -> bool:
    return any(counted["key"] == result for counted in row.results)


@transaction.atomic
def follow_name(*, actor: Actor, learner_id: UUID, now: datetime) -> None:
    """Have all that stands under another name than today's legal name brought up to date, each by itself."""
    permit(actor.is_system, "follow changes of name")
    person = person_of(learner_id)
    rows = CredentialRow.objects.filter(learner_id=learner_id, state__in=STANDING).exclude(kind=IssueKind.TRANSCRIPT)
    rows = rows.exclude(holder_name=person.legal_name or person.name).order_by("awarded_at")
    reason = "The holder's legal name changed."
    outbox.publish_all([CredentialOutdated(learner_id, row.id, reason, False) for row in rows], now=now)


@transaction.atomic
def bring_up_to_date(*, actor: Actor, credential_id: UUID, reason: str, corrected: bool, now: datetime) -> None:
    """Claim a credential again on today's record; suspend it for staff if its corrected ground is passed no more.

    What has ended since stays as it is.
    """
    permit(actor.is_system, "bring credentials up to date")
    if not CredentialRow.objects.filter(id=credential_id, state__in=STANDING).exists():
        return
    try:
        with transaction.atomic():
            claim_again(actor, credential_id, reason, now)
    except Refused as no:
        if not corrected:
            raise
        why = " ".join([reason, no.message, *no.reasons])
        suspend_credential(actor=actor, credential_id=credential_id, reason=why, now=now)


def _reader() -> Actor:
    return Actor(person_id=None, name="credentials", is_system=True)
