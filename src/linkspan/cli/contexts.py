"""`linkspan contexts add FILE --url URL` and `linkspan contexts list`: the JSON-LD contexts that are accepted."""

import argparse
import json
from pathlib import Path
from typing import Any

from linkspan.cli import unusable


def register(verbs: Any) -> None:
    """Add the verbs."""
    top = verbs.add_parser("contexts", help="the JSON-LD contexts that credentials may use")
    subverbs = top.add_subparsers(required=True, metavar="VERB")
    adding = subverbs.add_parser("add", help="accept a context of your own, pinned by its hash")
    adding.add_argument("file", metavar="FILE", type=Path, help="the context, as JSON")
    adding.add_argument("--url", required=True, help="the address by which credentials name it")
    adding.add_argument("--catch-all", action="store_true", help="accept that it defines every unknown term (@vocab)")
    adding.add_argument("--replace", action="store_true", help="put it in the place of another form added before")
    adding.add_argument("--json", action="store_true", help="print one JSON object")
    adding.set_defaults(run=add)
    listing = subverbs.add_parser("list", help="the accepted contexts and their hashes")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    listing.set_defaults(run=show)


def add(arguments: argparse.Namespace) -> int:
    """Exit 0, or 2 with one line that says why not."""
    from linkspan.vc import VcError, contexts
    from linkspan.vc.strict_json import parse

    try:
        entry = contexts.add(
            arguments.url,
            parse(arguments.file.read_bytes()),
            catch_all=arguments.catch_all,
            replace=arguments.replace,
        )
    except (OSError, VcError) as error:
        return unusable("contexts", error)
    if arguments.json:
        print(json.dumps({"url": entry.url, "sha256": entry.sha256, "catch_all": entry.catch_all}))
    else:
        print(f"Accepted: {entry.url}\nSHA-256 of its RFC 8785 form: {entry.sha256}")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Exit 0, or 2 if the register cannot be read."""
    from linkspan.vc import VcError

    try:
        rows = _rows()
    except VcError as error:
        return unusable("contexts", error)
    if arguments.json:
        print(json.dumps({"contexts": rows}))
        return 0
    for row in rows:
        words = ("built", "NOT BUILT: run make setup")[row["state"] == "missing"] if row["source"] == "package" else ""
        print(f"{row['sha256'][:12]}  {row['url']}  {words or 'added'}{'  catch-all' if row['catch_all'] else ''}")
    return 0


def _rows() -> list[dict[str, Any]]:
    from linkspan.vc import contexts
    from linkspan.vc.contexts import operator

    built = [
        {
            "url": url,
            "sha256": pin["sha256"],
            "source": "package",
            "state": "there" if (contexts.BUILT / pin["file"]).exists() else "missing",
            "catch_all": False,
        }
        for url, pin in contexts.PINS.items()
    ]
    added = [
        {"url": e.url, "sha256": e.sha256, "source": "operator", "state": "there", "catch_all": e.catch_all}
        for e in operator.registered().values()
    ]
    return built + added
