"""What happened to notices."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NoticeWritten:
    """A notice stands on the site and is wanted by e-mail too."""

    recipient_id: UUID
    notice_id: UUID


@dataclass(frozen=True, slots=True)
class DigestTaken:
    """The mail of a day is to be sent, with the notices that were taken up for it."""

    recipient_id: UUID
    digest_id: UUID


@dataclass(frozen=True, slots=True)
class MailWritten:
    """A message that is no notice waits to be sent."""

    mail_id: UUID
