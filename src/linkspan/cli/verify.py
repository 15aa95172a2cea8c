"""`linkspan verify FILE|-`: one verdict about one credential."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from linkspan.kernel.clock import parse_instant, real_now
from linkspan.vc import ContextsMissing, Trust, Unreadable, VcError, Verdict, verify

MARK = {"passed": "✓", "failed": "✗", "unknown": "?", "not_applicable": "-"}


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("verify", help="check a credential: signature, issuer, validity, status")
    parser.add_argument("file", metavar="FILE", help="a JSON credential, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--at", metavar="TIME", help="judge at that ISO date or instant instead of now")
    parser.add_argument("--registry", metavar="FILE", help="issuers that are relied on")
    parser.add_argument("--status", metavar="FILE", help="status lists by address")
    parser.add_argument("--offline", action="store_true", help="ask nobody (always so as yet)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 valid, 1 invalid or unknown, 2 unreadable."""
    try:
        verdict = verify(_content(arguments.file), trust=_trust(arguments), at=_at(arguments.at))
    except (OSError, ValueError, Unreadable, VcError, ContextsMissing) as error:
        print(f"linkspan verify: {error}", file=sys.stderr)
        return 2
    print(json.dumps(verdict.as_json(), ensure_ascii=False) if arguments.json else in_words(verdict))
    return 0 if verdict.verdict == "valid" else 1


def in_words(verdict: Verdict) -> str:
    """The verdict first, then each check."""
    lines = [verdict.verdict.upper(), ""]
    lines += [f" {MARK[c.outcome]} {c.name:10} {c.message}" for c in verdict.checks]
    return "\n".join(lines)


def _content(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _at(text: str | None) -> datetime:
    return parse_instant(text) if text else real_now()


def _trust(arguments: argparse.Namespace) -> Trust:
    issuers = _json_file(arguments.registry).get("issuers", []) if arguments.registry else []
    lists = _json_file(arguments.status).get("lists", {}) if arguments.status else {}
    return Trust(issuers=issuers, lists=lists)


def _json_file(name: str) -> dict[str, Any]:
    value = json.loads(Path(name).read_text())
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not a JSON object")
    return value
