"""Kinds of notices and their words, messages as they leave, and what can be chosen of them."""

from linkspan.messages.rules.sent import Sent, Way
from linkspan.messages.rules.templates import TEMPLATES, words
from linkspan.messages.rules.values import Mail, Notice, Template, Topic, zone_of
from linkspan.messages.rules.waits import ANNOUNCES, REMINDERS

__all__ = [
    "ANNOUNCES",
    "REMINDERS",
    "TEMPLATES",
    "Mail",
    "Notice",
    "Sent",
    "Template",
    "Topic",
    "Way",
    "words",
    "zone_of",
]
