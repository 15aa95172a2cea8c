"""Where the page of each thing lies that domains tell of."""

from collections.abc import Mapping

from django.urls import reverse

from linkspan.kernel.things import About, Thing

PAGES: Mapping[Thing, str] = {
    Thing.ADDRESS: "account_email",
    Thing.AGREEMENT: "pathways-agreement",
    Thing.AGREEMENT_DRAFT: "agreements-editor-edit",
    Thing.AGREEMENT_VERSION: "agreements-desk-version",
    Thing.ANNOUNCEMENTS: "studying-announcements",
    Thing.APPLICATION: "admissions-application",
    Thing.APPLICATION_FORM: "application_form-apply",
    Thing.ATTEMPT: "exam_page-attempt",
    Thing.BANK_ENTRY: "bank_desk-entry",
    Thing.CASE: "desks-case",
    Thing.CASE_DESK: "desks-cases",
    Thing.CATALOGUE_CHANGE: "catalog_desk-change",
    Thing.CHARGE: "money-pay",
    Thing.CHARGE_FILE: "charge_desk-one",
    Thing.CHECKS: "desks-checks",
    Thing.CONSENTS: "consent-consents",
    Thing.COURSEWARE: "courseware-course",
    Thing.COURSE_RUN: "catalog-course_run",
    Thing.CREDENTIALS: "credentials-mine",
    Thing.CREDENTIAL_DESK: "credential_desk-desk",
    Thing.CREDIT_CHANGE: "credit_desk-change",
    Thing.DASHBOARD: "enrolment-dashboard",
    Thing.DEGREE: "recognition-degree",
    Thing.DELETION: "deletion-mine",
    Thing.DESK_HOME: "desks-desk",
    Thing.DISCUSSION: "discussion-threads",
    Thing.DISCUSSION_DESK: "discussion_desk-desk",
    Thing.EXAMS: "exams-overview",
    Thing.EXAM_DESK: "exam_desk-desk",
    Thing.EXAM_MARK: "exam_marking-one",
    Thing.EXAM_MARKING: "exam_marking-waiting",
    Thing.EXAM_REVIEW: "exam_review-one",
    Thing.EXAM_TIMES: "exam_booking-times",
    Thing.GRADEBOOK: "rosters-gradebook",
    Thing.HOLDS: "holds-desk",
    Thing.IDENTITY: "accounts-identity",
    Thing.INBOX: "inbox-inbox",
    Thing.INVITATION: "invitations-invitation",
    Thing.ISSUED: "credential_desk-issued",
    Thing.JOINING: "joining-desk",
    Thing.JOINS: "merging-desk",
    Thing.KEY_LOG: "issuers-log",
    Thing.LETTER: "application_form-hand_in_letter",
    Thing.MARK: "exam_marking-one",
    Thing.MERGE_PROOF: "merging-proof",
    Thing.NEED: "money-aid",
    Thing.OPERATIONS: "operations-operations",
    Thing.PATHWAYS: "pathways-mine",
    Thing.PERSON: "people-file",
    Thing.PRICES: "money_desk-desk",
    Thing.PRIVACY: "personal-privacy",
    Thing.PROGRAM: "catalog-program",
    Thing.PROGRAMS: "catalog-programs",
    Thing.READING: "reading-reading",
    Thing.RECORD: "accounts-record",
    Thing.REGISTRATION: "joining-status",
    Thing.ROLES: "roles-mine",
    Thing.ROUND: "rounds-round_desk",
    Thing.SIGN_IN: "providers-mine",
    Thing.THREAD: "discussion-thread",
    Thing.TRUST: "trust-one",
    Thing.USERNAME: "usernames-one",
    Thing.USERNAMES: "usernames-mine",
}


def address(about: About) -> str:
    """The path of its page."""
    return reverse(PAGES[about.thing], args=about.keys)
