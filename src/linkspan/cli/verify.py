"""`linkspan verify FILE|URL|-`: one verdict about one credential; `--batch` takes many."""

import argparse
import json
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkspan.cli import printable, unusable
from linkspan.kernel.clock import parse_instant, real_now
from linkspan.kernel.errors import LinkspanError

if TYPE_CHECKING:
    from linkspan.vc import VcError, Verdict
    from linkspan.vc.net import NetworkPolicy

MARK = {"passed": "✓", "failed": "✗", "unknown": "?", "not_applicable": "-"}
MOST_PROCESSES = 64
#: After so many of a batch a line of progress.
TOLD_EVERY = 5_000
NEXT = {
    "valid": "You can rely on it.",
    "invalid": "Do not rely on it. Ask the holder for the original file, or ask the issuer.",
    "unknown": "Something needed for a judgement is missing. Ask the issuer, or try again later.",
}


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("verify", help="check a credential: signature, issuer, validity, status, holder")
    what = "a credential: JSON, token, baked PNG or SVG, PDF; an https address; or - for standard input"
    what_held = parser.add_mutually_exclusive_group(required=True)
    what_held.add_argument("file", metavar="FILE|URL|-", nargs="?", help=what)
    many = "many credentials: the files of a folder, or the lines of a file"
    what_held.add_argument("--batch", metavar="FOLDER|FILE.jsonl", help=many)
    parser.add_argument("--workers", type=_processes, metavar="N", help="processes for --batch (as many as processors)")
    parser.add_argument("--json", action="store_true", help="print one JSON object, or one a line for each of many")
    parser.add_argument("--at", metavar="TIME", help="judge at that ISO date or instant instead of now")
    parser.add_argument("--registry", metavar="FILE", help="issuers that are relied on")
    parser.add_argument("--status", metavar="FILE", help="status lists by address")
    parser.add_argument("--offline", action="store_true", help="ask nobody")
    parser.add_argument("--challenge", metavar="TEXT", help="the challenge that a presentation must answer")
    parser.add_argument("--domain", metavar="TEXT", help="the verifier that a presentation must be made for")
    parser.add_argument("--email", metavar="ADDRESS", help="the holder's e-mail address, to compare")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, policy: "NetworkPolicy | None" = None) -> int:
    """Exit 0 valid, 1 invalid or unknown, 2 unreadable; of many 0 if all are valid, 1 if one is not."""
    from linkspan.vc import ContextsMissing, VcError
    from linkspan.vc.net import NetworkPolicy

    try:
        if arguments.file is None:
            return _many(arguments, policy or NetworkPolicy())
        verdict = judge(arguments, policy or NetworkPolicy())
    except (OSError, ValueError, VcError, ContextsMissing, LinkspanError) as error:
        return unusable("verify", error)
    print(json.dumps(verdict.as_json(), ensure_ascii=False) if arguments.json else in_words(verdict))
    return 0 if verdict.verdict == "valid" else 1


def _many(arguments: argparse.Namespace, policy: "NetworkPolicy") -> int:
    """A line for each item as it is judged, and progress on standard error."""
    from concurrent.futures.process import BrokenProcessPool

    from linkspan.credentials.engines.attached import credential_in
    from linkspan.vc import Occasion, batch, contexts
    from linkspan.vc.verify.files import trust_from

    registry, status = (_json_file(name) if name else {} for name in (arguments.registry, arguments.status))
    trust_from(registry, status)
    contexts.state()
    occasion = Occasion(arguments.challenge, arguments.domain, arguments.email)
    told = json_line if arguments.json else words_line
    asked = None if arguments.offline else policy
    setting = batch.Setting(registry, status, _at(arguments.at), occasion, credential_in, told, asked)
    total, items = batch.items_of(Path(arguments.batch))
    if not total:
        raise ValueError(f"{arguments.batch} holds no credentials")
    counts: Counter[str] = Counter()
    try:
        for outcomes in batch.judged(items, setting, arguments.workers or batch.processes_for(total)):
            before = counts.total()
            counts.update(outcome.verdict for outcome in outcomes)
            print("\n".join(outcome.text for outcome in outcomes))
            if counts.total() == total or before // TOLD_EVERY != counts.total() // TOLD_EVERY:
                said = ", ".join(f"{counts[word]:,} {word}" for word in (*NEXT, "unreadable"))
                print(f"{counts.total():,} of {total:,}: {said}", file=sys.stderr)
    except BrokenProcessPool:
        return unusable("verify", "a process was ended from outside, perhaps for its memory; try --workers 1")
    return 0 if counts["valid"] == counts.total() else 1


def json_line(name: str, found: "Verdict | VcError") -> str:
    """One JSON object about an item."""
    from linkspan.vc import VcError

    if isinstance(found, VcError):
        told = {"verdict": "unreadable", "code": found.code, "message": found.message}
    else:
        told = found.as_json()
    return json.dumps({"item": name, **told}, ensure_ascii=False)


def words_line(name: str, found: "Verdict | VcError") -> str:
    """The word for an item, its name, and why it is not valid."""
    from linkspan.vc import VcError

    if isinstance(found, VcError):
        return f"{'unreadable':10} {printable(f'{name}: {found.message}')}"
    outcome = {"invalid": "failed", "unknown": "unknown"}.get(found.verdict)
    why = next((f": {check.message}" for check in found.checks if check.outcome == outcome), "")
    return f"{found.verdict:10} {printable(name + why)}"


def _processes(text: str) -> int:
    count = int(text)
    if not 0 < count <= MOST_PROCESSES:
        raise argparse.ArgumentTypeError(f"{count} is not a number from 1 to {MOST_PROCESSES}")
    return count


def judge(arguments: argparse.Namespace, policy: "NetworkPolicy") -> "Verdict":
    """The verdict that the arguments ask for; nobody is asked if they say so."""
    from linkspan.credentials.engines.attached import credential_in
    from linkspan.vc import Occasion, verify
    from linkspan.vc.did import WebResolver
    from linkspan.vc.verify.files import trust_from

    registry, status = (_json_file(name) if name else {} for name in (arguments.registry, arguments.status))
    occasion = Occasion(arguments.challenge, arguments.domain, arguments.email)
    content = credential_in(_content(arguments.file, None if arguments.offline else policy))
    resolver = None if arguments.offline else WebResolver(policy.for_one_verdict())
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
