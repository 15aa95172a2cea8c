"""The append-only audit trail in chains of hashes: who did what to what, when, why, before and after."""

from linkspan.kernel.audit.chain import GENESIS, PLATFORM, Fault, Finding
from linkspan.kernel.audit.checking import broken_links
from linkspan.kernel.audit.entries import Entry, as_text, chains, newest_entries, record, trail_of
from linkspan.kernel.audit.erasing import Erased, erase
from linkspan.kernel.audit.evidence import BeforeAfter, WholeEntry, as_evidence, whole_entry
from linkspan.kernel.audit.finding import TRAIL, entries
from linkspan.kernel.audit.notes import note_daily, note_heads

__all__ = [
    "GENESIS",
    "PLATFORM",
    "TRAIL",
    "BeforeAfter",
    "Entry",
    "Erased",
    "Fault",
    "Finding",
    "WholeEntry",
    "as_evidence",
    "as_text",
    "broken_links",
    "chains",
    "entries",
    "erase",
    "newest_entries",
    "note_daily",
    "note_heads",
    "record",
    "trail_of",
    "whole_entry",
]
