"""`linkspan audit RECORD AGREEMENT`: eligibility with reasons, from two files, no database."""

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.audit import Audit, audit_record, check_agreement_shape

MARK = {"met": "✓", "not_met": "✗", "unknown": "?"}


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("audit", help="judge a learner's record under an agreement, clause by clause")
    parser.add_argument("record", metavar="RECORD.json")
    parser.add_argument("agreement", metavar="AGREEMENT.json")
    parser.add_argument("--on", required=True, metavar="DATE", help="the day to judge on")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 met, 1 not met or unknown, 2 unusable."""
    try:
        on = date.fromisoformat(arguments.on)
        record, agreement = _object(arguments.record), _object(arguments.agreement)
        audit = audit_record(record, check_agreement_shape(agreement), on)
    except (OSError, ValueError, TypeError, AttributeError, Unusable) as error:
        print(f"linkspan audit: {error}".replace("\n", " "), file=sys.stderr)
        return 2
    print(json.dumps(audit.as_json(), ensure_ascii=False) if arguments.json else in_words(audit))
    return 0 if audit.outcome == "met" else 1


def in_words(audit: Audit) -> str:
    """The outcome, then each clause, then what is missing and what would be recognised."""
    lines = [f"{audit.outcome.replace('_', ' ').upper()}  {audit.agreement_id}, version {audit.version}", ""]
    for requirement in audit.requirements:
        found = requirement.finding
        have = f": {found.have}" if found.have else ""
        gap = f" ({found.gap} short)" if found.gap is not None else ""
        lines.append(f" {MARK[found.outcome]} {requirement.clause:6} {requirement.text}{have}{gap}")
    lines += [f" → {item.clause:6} {item.text}" for item in audit.missing]
    lines += [f" + {row.slot}: {row.course}, {row.credits} credits" for row in audit.recognised]
    lines += [f" - {row.what}: {row.reason} (clause {row.clause})" for row in audit.refused]
    if audit.tuition_waived:
        lines.append(f" Tuition waived: {audit.tuition_waived.in_words()}")
    return "\n".join(lines)


def _object(name: str) -> dict[str, Any]:
    value = json.loads(Path(name).read_text())
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not a JSON object")
    return value
