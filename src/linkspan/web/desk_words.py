"""The words and pages of the desks' tasks."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linkspan.screens.desk_home import Area, Task

AREAS: Mapping[Area, Promise] = {
    Area.LEARNERS: _("Learners and exams"),
    Area.CREDENTIALS: _("Credentials"),
    Area.ADMISSION: _("Admission"),
    Area.PATHWAYS: _("Pathways and credit"),
    Area.OVERSIGHT: _("Outcomes and oversight"),
}
#: The title of each task, the name of its page, and what is done there.
TASKS: Mapping[Task, tuple[Promise, str, Promise]] = {
    Task.CHECKS: (
        _("Names and evidence"),
        "desks-checks",
        _("Legal names, degrees and test results that learners handed in."),
    ),
    Task.EXAMS: (
        _("Exams"),
        "exam_desk-desk",
        _("Identities, verdicts, incidents, appeals, accommodations."),
    ),
    Task.EXAM_MAKING: (
        _("Make exams"),
        "exam_making-overview",
        _("Questions, versions and sittings: draft, publish, change."),
    ),
    Task.CATALOGUE: (
        _("Catalogue"),
        "catalog_desk-overview",
        _("Programs, courses, runs and prices: enter, change, publish."),
    ),
    Task.AUTHORING: (
        _("Course content"),
        "authoring-desk",
        _("Import courses after a trial, compare versions, go back to an earlier one."),
    ),
    Task.GRADES: (_("Grades of record"), "desks-grades", _("Close a run: its grades then count for credentials.")),
    Task.IMPORTS: (
        _("Import records"),
        "record_imports-desk",
        _("Take in grades, exam results and credentials from a learning platform."),
    ),
    Task.MONEY: (
        _("Charges and payments"),
        "charge_desk-charges",
        _("What is owed, paid and goes back; who is paid."),
    ),
    Task.USERNAMES: (
        _("Usernames"),
        "usernames-desk",
        _("Whose the usernames of a learning platform are: propose, decide."),
    ),
    Task.PRICES: (
        _("Prices and coupons"),
        "money_desk-desk",
        _("Requests for a price by need, coupons, exchange rates."),
    ),
    Task.CREDENTIALS: (
        _("Issue and revoke"),
        "credential_desk-desk",
        _("Awards to approve, and what becomes of those issued."),
    ),
    Task.WALLETS: (
        _("Ask a wallet"),
        "wallets-desk",
        _("Have a holder show a credential, and see whether it is valid."),
    ),
    Task.SYSTEMS: (
        _("Systems with access"),
        "systems-desk",
        _("Software of your institution that issues and checks credentials."),
    ),
    Task.LOOK: (
        _("Look of certificates"),
        "looks-mine",
        _("Your mark, your colours and who signs: certificates, transcripts, badges."),
    ),
    Task.TRUST: (
        _("Trusted issuers"),
        "trust-mine",
        _("Whose credentials your institution relies on: issuers, and registries of others."),
    ),
    Task.ROUNDS: (_("Admission rounds"), "rounds-desk", _("Applications, decisions, offers, and appeals to answer.")),
    Task.READINGS: (_("My readings"), "reading-reading_list", _("Applications to read without their names.")),
    Task.HOLDS: (_("Cases on hold"), "holds-desk", _("Cases that a person must look at before they go on.")),
    Task.INBOX: (_("Inbox of records"), "inbox-inboxes", _("Records that learners let your institution read.")),
    Task.AGREEMENTS: (
        _("Agreements"),
        "agreements-desk-overview",
        _("Pathways with other institutions: drafts, approvals, what changes for whom."),
    ),
    Task.CASES: (_("Recognition cases"), "desks-cases", _("Credit given on a credential that is not valid any more.")),
    Task.CREDIT: (
        _("Credit by hand"),
        "credit_desk-desk",
        _("Exceptions to approve, and what was posted, adjusted, substituted and reversed."),
    ),
    Task.CONFERRALS: (
        _("Degrees"),
        "conferral_desk-desk",
        _("Who has completed a degree: prepare a list, approve it, see what was conferred."),
    ),
    Task.CHANGED_OUTCOMES: (
        _("Changed outcomes"),
        "agreements-desk-differing",
        _("Whose outcome under an agreement would be another by the present rules."),
    ),
    Task.OUTCOMES: (_("Outcomes"), "outcomes-dean", _("From completers to graduates, seats, tuition, cohorts.")),
    Task.WHAT_IF: (_("What if"), "what_if-what_if", _("Change seats, rules or prices and see who gains.")),
    Task.TRAIL: (_("Audit trail"), "desks-trail", _("Who did what, when, and whether the chain is whole.")),
    Task.ERASURE: (
        _("Erase a person"),
        "erasure-erase",
        _("Take a person's name and words out of the audit trail."),
    ),
    Task.RETENTION: (_("Kept data"), "retention-overview", _("For how long data is kept, and what is due to go.")),
    Task.JOINING: (_("Institutions that want to join"), "joining-desk", _("Accreditations to review.")),
    Task.JOINS: (
        _("Two accounts of one person"),
        "merging-desk",
        _("Prepare that two accounts become one, approve what a colleague prepared."),
    ),
    Task.ROLES: (_("People and roles"), "roles-mine", _("Invite colleagues, end roles, sign the list off.")),
    Task.PROCTORING: (_("Proctoring services"), "exam_services-mine", _("Services of others that watch exams.")),
    Task.SIGN_IN: (_("Sign-in"), "providers-mine", _("Have people sign in by their institution.")),
    Task.OPERATIONS: (_("Operations"), "operations-operations", _("Deliveries that wait or were given up.")),
}


def shown(task: Task, waiting: int) -> dict[str, object]:
    """A task as the page shows it."""
    title, page, words = TASKS[task]
    return {"title": title, "link": reverse(page), "words": words, "waiting": waiting}
