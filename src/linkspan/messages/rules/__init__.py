"""Kinds of notices and their words, messages as they leave, and what can be chosen of them."""

from linkspan.messages.rules.digest import DigestGroup, digest_mail, is_same_day, next_digest
from linkspan.messages.rules.sent import Sent, Way
from linkspan.messages.rules.templates import TEMPLATES, words
from linkspan.messages.rules.values import Mail, Mailing, Notice, Template, Topic, zone_of
from linkspan.messages.rules.waits import ANNOUNCES, REMINDERS, due_after

__all__ = [
    "ANNOUNCES",
    "REMINDERS",
    "TEMPLATES",
    "DigestGroup",
    "Mail",
    "Mailing",
    "Notice",
    "Sent",
    "Template",
    "Topic",
    "Way",
    "digest_mail",
    "due_after",
    "is_same_day",
    "next_digest",
    "words",
    "zone_of",
]
