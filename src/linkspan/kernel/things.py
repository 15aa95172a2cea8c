"""What something is about, without saying where its page lies: that is known to the faces alone."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import quote, unquote


class Thing(StrEnum):
    """The kinds of things that have a page; what is stored names them, so a kind is never renamed."""

    ACCOUNT = "account"
    ADDRESS = "address"
    AGREEMENT = "agreement"
    AGREEMENT_DRAFT = "agreement_draft"
    AGREEMENT_VERSION = "agreement_version"
    ANNOUNCEMENTS = "announcements"
    APPLICATION = "application"
    APPLICATION_FORM = "application_form"
    ATTEMPT = "attempt"
    BANK_ENTRY = "bank_entry"
    CASE = "case"
    CASE_DESK = "case_desk"
    CATALOGUE_CHANGE = "catalogue_change"
    CHARGE = "charge"
    CHARGE_FILE = "charge_file"
    CHECKS = "checks"
    COMPARED = "compared"
    CONFERRAL = "conferral"
    CONFERRAL_LIST = "conferral_list"
    CONSENTS = "consents"
    COURSEWARE = "courseware"
    COURSE_RUN = "course_run"
    CREDENTIALS = "credentials"
    CREDENTIAL_DESK = "credential_desk"
    CREDIT_CHANGE = "credit_change"
    DASHBOARD = "dashboard"
    DEGREE = "degree"
    DELETION = "deletion"
    DESK_HOME = "desk_home"
    DISCUSSION = "discussion"
    DISCUSSION_DESK = "discussion_desk"
    EXAMS = "exams"
    EXAM_DESK = "exam_desk"
    EXAM_MARK = "exam_mark"
    EXAM_MARKING = "exam_marking"
    EXAM_REVIEW = "exam_review"
    EXAM_TIMES = "exam_times"
    GRADEBOOK = "gradebook"
    HOLDS = "holds"
    IDENTITY = "identity"
    INBOX = "inbox"
    INVITATION = "invitation"
    ISSUED = "issued"
    JOINING = "joining"
    JOINS = "joins"
    KEY_LOG = "key_log"
    LETTER = "letter"
    MARK = "mark"
    MERGE_PROOF = "merge_proof"
    NEED = "need"
    OPERATIONS = "operations"
    PATHWAYS = "pathways"
    PERSON = "person"
    PRICES = "prices"
    PRIVACY = "privacy"
    PROGRAM = "program"
    PROGRAMS = "programs"
    READING = "reading"
    RECORD = "record"
    REGISTRATION = "registration"
    ROLES = "roles"
    ROUND = "round"
    SIGN_IN = "sign_in"
    THREAD = "thread"
    TRAIL_ENTRY = "trail_entry"
    TRUST = "trust"
    USERNAME = "username"
    USERNAMES = "usernames"


@dataclass(frozen=True, slots=True)
class About:
    """A thing: its kind and the keys that name it among others of the kind."""

    thing: Thing
    keys: tuple[str, ...] = ()

    @classmethod
    def of(cls, thing: Thing, *keys: object) -> Self:
        """The thing of that kind with these keys."""
        return cls(thing, tuple(map(str, keys)))

    @classmethod
    def read(cls, text: str) -> Self:
        """What `str` of one wrote; ValueError if it is of no kind there is."""
        thing, _, keys = text.partition(":")
        return cls(Thing(thing), tuple(map(unquote, keys.split("/"))) if keys else ())

    def __str__(self) -> str:
        return ":".join([self.thing, *(["/".join(quote(key, safe="") for key in self.keys)] if self.keys else [])])


_faces: list[Callable[[About], str]] = []


def show_by(address: Callable[[About], str]) -> None:
    """Have a face say where the page of a thing lies; the last one that asked for it does."""
    _faces[:] = [address]


def address_of(about: About) -> str:
    """The path of a thing's page."""
    (address,) = _faces
    return address(about)
