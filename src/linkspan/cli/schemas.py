"""`linkspan schemas add FILE --url URL` and `linkspan schemas list`: JSON Schemas of others, such as 1EdTech's."""

import argparse
import json
from pathlib import Path
from typing import Any

from linkspan.cli import unusable


def register(verbs: Any) -> None:
    """Add the verbs."""
    top = verbs.add_parser("schemas", help="JSON Schemas of others that badges are checked against before signing")
    subverbs = top.add_subparsers(required=True, metavar="VERB")
    adding = subverbs.add_parser("add", help="keep a schema that you have from its publisher, by its hash")
    adding.add_argument("file", metavar="FILE", type=Path, help="the schema, as JSON")
    adding.add_argument("--url", required=True, help="the address by which credentials name it")
    adding.add_argument("--json", action="store_true", help="print one JSON object")
    adding.set_defaults(run=add)
    listing = subverbs.add_parser("list", help="the kept schemas and their hashes")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    listing.set_defaults(run=show)


def add(arguments: argparse.Namespace) -> int:
    """Exit 0, or 2 with one line that says why not."""
    from linkspan.vc import VcError
    from linkspan.vc.schemas import operator
    from linkspan.vc.strict_json import parse

    try:
        sha256 = operator.add(arguments.url, parse(arguments.file.read_bytes()[: operator.LARGEST]))
    except (OSError, VcError) as error:
        return unusable("schemas", error)
    told = {"url": arguments.url, "sha256": sha256}
    print(json.dumps(told) if arguments.json else f"Kept: {arguments.url}\nSHA-256 of its RFC 8785 form: {sha256}")
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Exit 0, or 2 if the register cannot be read."""
    from linkspan.vc import VcError
    from linkspan.vc.schema_registry import digest
    from linkspan.vc.schemas import operator

    try:
        rows = [{"url": url, "sha256": digest(schema)} for url, schema in operator.registered().items()]
    except VcError as error:
        return unusable("schemas", error)
    if arguments.json:
        print(json.dumps({"schemas": rows}))
        return 0
    for row in rows:
        print(f"{row['sha256'][:12]}  {row['url']}")
    return 0
