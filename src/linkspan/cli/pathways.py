"""`linkspan audit RECORD AGREEMENT` from two files, no database; `linkspan audits replay ID` from the store."""

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from linkspan.cli import batch, command_line, unusable
from linkspan.kernel.errors import Unusable

if TYPE_CHECKING:
    from linkspan.pathways.rules import Audit, Replay

UNREADABLE = (OSError, ValueError, RecursionError, Unusable)
MARK = {"met": "✓", "not_met": "✗", "unknown": "?"}


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("audit", help="judge a learner's record under an agreement, clause by clause")
    parser.add_argument("record", metavar="RECORD.json")
    parser.add_argument("agreement", metavar="AGREEMENT.json")
    parser.add_argument("--on", required=True, metavar="DATE", help="the day to judge on")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)
    audits = verbs.add_parser("audits", help="stored audits").add_subparsers(required=True, metavar="VERB")
    replay = audits.add_parser("replay", help="judge a stored record again under the stored version")
    replay.add_argument("id", metavar="ID", type=UUID, help="the id of the audit")
    replay.add_argument("--json", action="store_true", help="print one JSON object")
    replay.set_defaults(run=run_replay)
    differ = audits.add_parser("differ", help="list whose outcome would differ by the present rules")
    differ.add_argument("--institution", metavar="CODE", help="of this receiving institution alone")
    differ.add_argument("--json", action="store_true", help="print one JSON object a line")
    differ.set_defaults(run=run_differ)
    batch.register(audits)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 met, 1 not met or unknown, 2 unusable."""
    from linkspan.pathways.engines.documents import read_agreement, read_object
    from linkspan.pathways.rules import RECORD, as_agreement, audit_record, check_record_shape, strangers

    try:
        on = date.fromisoformat(arguments.on)
        record, agreement = read_object(Path(arguments.record)), read_agreement(Path(arguments.agreement))
        audit = audit_record(check_record_shape(record), as_agreement(agreement), on)
        strange = [found.in_words() for found in strangers(RECORD, record)]
    except UNREADABLE as error:
        return unusable("audit", error)
    for words in strange:
        print(f"warning: {arguments.record}: {words}", file=sys.stderr)
    print(json.dumps(audit.as_json(), ensure_ascii=False) if arguments.json else in_words(audit))
    return 0 if audit.outcome == "met" else 1


def in_words(audit: "Audit") -> str:
    """The outcome, then each clause, then what is missing and what would be recognised."""
    lines = [f"{audit.outcome.replace('_', ' ').upper()}  {audit.agreement_id}, version {audit.version}", ""]
    for requirement in audit.requirements:
        found = requirement.finding
        have = f": {found.have}" if found.have else ""
        gap = f" ({found.gap_in_words()} short)" if found.gap is not None else ""
        reason = f" ({found.reason})" if found.reason and found.reason not in have else ""
        lines.append(f" {MARK[found.outcome]} {requirement.clause:6} {requirement.text}{have}{gap}{reason}")
    lines += [
        f" {MARK[row.finding.outcome]} {row.clause:6} After admission: {row.text}" for row in audit.after_admission
    ]
    lines += [f" → {item.clause:6} {item.text}" for item in audit.missing]
    lines += [f" + {row.slot}: {row.course}, {row.credits} credits" for row in audit.recognised]
    lines += [f" - {row.what}: {row.reason} (clause {row.clause})" for row in audit.refused]
    lines += [f" ! {hold.clause:6} On hold for a person: {hold.text}" for hold in audit.holds]
    if audit.tuition_waived:
        lines.append(f" Tuition waived: {audit.tuition_waived.in_words()}")
    return "\n".join(lines)


def run_replay(arguments: argparse.Namespace) -> int:
    """Exit 0 if the stored audit comes out the same again, 1 if not, 2 if there is none."""
    actor = command_line()
    from linkspan.pathways.queries import replayed_audit

    found = replayed_audit(actor, arguments.id)
    print(json.dumps(found.as_json(), ensure_ascii=False) if arguments.json else replay_in_words(found))
    return 0 if found.same else 1


def replay_in_words(found: "Replay") -> str:
    """Whether it is the same; then what is decided otherwise, what is worded otherwise, and what later rules change."""
    stored = found.stored
    name = f"{stored.agreement_id}, version {stored.version}, {stored.on}, rules {stored.rules_version}"
    lines = [f"{'the same' if found.same else 'DIFFERENT'}: {name}"]
    lines += [f" {one.place}: {one.before}, now {one.after}" for one in found.differences]
    lines += [f" other words: {place}" for place in found.reworded]
    for meaning, changed in found.since.items():
        lines += [f" since then ({meaning}) {one.place}: {one.before}, would be {one.after}" for one in changed]
    return "\n".join(lines)


def run_differ(arguments: argparse.Namespace) -> int:
    """Exit 0 if nobody's outcome would differ, 1 if somebody's would."""
    actor = command_line()
    from linkspan.kernel.jsonable import jsonable
    from linkspan.pathways.queries import differing_audits

    count = 0
    for row in differing_audits(actor, arguments.institution):
        count += 1
        if arguments.json:
            print(json.dumps(jsonable(row)))
        else:
            credits = f"{row.credits_before} to {row.credits_after} credits"
            print(
                f"{row.learner_id}  {row.agreement_id}: {row.before} to {row.after}, {credits} (audit {row.audit_id})"
            )
    if not arguments.json:
        print(f"{count} would differ; offers and posted credit stand.")
    return 1 if count else 0
