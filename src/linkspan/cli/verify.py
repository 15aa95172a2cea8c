"""`linkspan verify FILE|URL|-`: one verdict about one credential."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkspan.cli import printable, unusable
from linkspan.kernel.clock import parse_instant, real_now
from linkspan.kernel.errors import LinkspanError

if TYPE_CHECKING:
    from linkspan.vc import Verdict
    from linkspan.vc.net import NetworkPolicy

MARK = {"passed": "✓", "failed": "✗", "unknown": "?", "not_applicable": "-"}
NEXT = {
    "valid": "You can rely on it.",
    "invalid": "Do not rely on it. Ask the holder for the original file, or ask the issuer.",
    "unknown": "Something needed for a judgement is missing. Ask the issuer, or try again later.",
}


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("verify", help="check a credential: signature, issuer, validity, status, holder")
    what = "a credential: JSON, token, baked PNG or SVG, PDF; an https address; or - for standard input"
    parser.add_argument("file", metavar="FILE|URL|-", help=what)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--at", metavar="TIME", help="judge at that ISO date or instant instead of now")
    parser.add_argument("--registry", metavar="FILE", help="issuers that are relied on")
    parser.add_argument("--status", metavar="FILE", help="status lists by address")
    parser.add_argument("--offline", action="store_true", help="ask nobody")
    parser.add_argument("--challenge", metavar="TEXT", help="the challenge that a presentation must answer")
    parser.add_argument("--domain", metavar="TEXT", help="the verifier that a presentation must be made for")
    parser.add_argument("--email", metavar="ADDRESS", help="the holder's e-mail address, to compare")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, policy: "NetworkPolicy | None" = None) -> int:
    """Exit 0 valid, 1 invalid or unknown, 2 unreadable."""
    from linkspan.vc import ContextsMissing, VcError
    from linkspan.vc.net import NetworkPolicy

    try:
        verdict = judge(arguments, policy or NetworkPolicy())
    except (OSError, ValueError, VcError, ContextsMissing, LinkspanError) as error:
        return unusable("verify", error)
    print(json.dumps(verdict.as_json(), ensure_ascii=False) if arguments.json else in_words(verdict))
    return 0 if verdict.verdict == "valid" else 1


def judge(arguments: argparse.Namespace, policy: "NetworkPolicy") -> "Verdict":
    """The verdict that the arguments ask for; nobody is asked if they say so."""
    from linkspan.credentials.engines.attached import credential_in
    from linkspan.vc import Occasion, verify
    from linkspan.vc.did import WebResolver
    from linkspan.vc.verify.files import trust_from

    resolver = None if arguments.offline else WebResolver(policy)
    registry, status = (_json_file(name) if name else {} for name in (arguments.registry, arguments.status))
    occasion = Occasion(arguments.challenge, arguments.domain, arguments.email)
    content = credential_in(_content(arguments.file, None if arguments.offline else policy))
    return verify(content, trust=trust_from(registry, status, resolver), at=_at(arguments.at), occasion=occasion)


def in_words(verdict: "Verdict") -> str:
    """The verdict first, then what to do, then each check."""
    lines = [verdict.verdict.upper(), NEXT[verdict.verdict], ""]
    lines += [f" {MARK[c.outcome]} {c.name:10} {printable(c.message)}" for c in verdict.checks]
    lines += [f" * {printable(note.message)}" for note in verdict.notes]
    for title, held in (("Inside", verdict.credentials), ("Endorsements", verdict.endorsements)):
        lines += ["", f"{title}:"] if held else []
        lines += [f" {one.verdict:8} {printable(str(one.achievement['name'] or one.issuer.get('id')))}" for one in held]
    return "\n".join(lines)


def _content(name: str, policy: "NetworkPolicy | None") -> bytes:
    from linkspan.vc.net import fetch
    from linkspan.vc.received import LARGEST_FILE

    if name == "-":
        return sys.stdin.buffer.read(LARGEST_FILE + 1)
    if "://" in name:
        if policy is None:
            raise ValueError("an address cannot be asked offline; save the file and give its name")
        return fetch(name, policy, accept="application/vc, application/vc+jwt, application/json, image/*, */*;q=0.1")
    with Path(name).open("rb") as file:
        return file.read(LARGEST_FILE + 1)


def _at(text: str | None) -> datetime:
    return parse_instant(text) if text else real_now()


def _json_file(name: str) -> Any:
    try:
        return json.loads(Path(name).read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is not JSON: {error}") from error
