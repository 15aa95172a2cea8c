"""`linkspan agreements check FILE...|--all`: what is wrong with the terms, before anybody is judged by them."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkspan.cli import unusable
from linkspan.kernel.errors import Unusable

if TYPE_CHECKING:
    from linkspan.pathways.rules import Agreement, Report


def register(verbs: Any) -> None:
    """Add the verbs."""
    agreements = verbs.add_parser("agreements", help="agreement documents").add_subparsers(
        required=True, metavar="VERB"
    )
    check = agreements.add_parser("check", help="static checks of agreement files, or of the packaged network")
    check.add_argument(
        "files", nargs="*", metavar="FILE", help="an agreement, or a list of them; versions are compared"
    )
    check.add_argument("--all", action="store_true", help="check the packaged network")
    check.add_argument(
        "--here",
        action="store_true",
        help="also ask the catalogue of this server, as sending does",
    )
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=run)
    export = agreements.add_parser("export", help="an agreement as CTDL JSON-LD, or its recognition as a CSV table")
    export.add_argument("file", metavar="FILE")
    export.add_argument("--format", choices=("ctdl", "csv"), required=True)
    export.add_argument("--base-url", default="https://linkspan.invalid", help="where the pathway's page stands")
    export.set_defaults(run=run_export)
    table = agreements.add_parser("import-csv", help="put a table's recognition rows into an agreement")
    table.add_argument("table", metavar="TABLE.csv")
    table.add_argument("file", metavar="FILE", help="the agreement; it is printed with the rows, never changed")
    table.add_argument("--dry-run", action="store_true", help="say what would happen, and print no agreement")
    table.set_defaults(run=run_import)
    schema = agreements.add_parser("schema", help="print the JSON Schema of a format")
    schema.add_argument("schema", type=_schema, metavar="FORMAT", help="agreement, policy, record, audit or check")
    schema.set_defaults(run=run_schema)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 without errors, 1 with errors, 2 for what is no agreement at all."""
    from linkspan.pathways.engines.documents import packaged_agreements
    from linkspan.pathways.rules import check_agreement

    try:
        documents = packaged_agreements() if arguments.all else _read(arguments.files)
    except (OSError, ValueError, RecursionError, Unusable) as error:
        return unusable("agreements check", error)
    check = _beside_the_catalogue() if arguments.here else check_agreement
    versions = [read for document in documents if (read := _version_in(document))]
    found = [(_title(document), check(document, versions)) for document in documents]
    if arguments.json:
        print(json.dumps(_as_json(found), ensure_ascii=False))
    else:
        print(_in_words(found))
    return 1 if any(report.errors for _, report in found) else 0


def _beside_the_catalogue() -> "Callable[[dict[str, Any], list[Agreement]], Report]":
    import django

    django.setup()
    from linkspan.pathways.queries import missing_here
    from linkspan.pathways.rules import Report, check_agreement

    def check(document: dict[str, Any], versions: "list[Agreement]") -> Report:
        found, terms = check_agreement(document, versions), _version_in(document)
        return Report((*found.errors, *missing_here(terms)), found.warnings) if terms else found

    return check


def _version_in(document: dict[str, Any]) -> "Agreement | None":
    """The version that a document is, if it can be read; one that cannot is told by its own check."""
    from linkspan.pathways.rules import as_agreement

    try:
        return as_agreement(document)
    except Unusable:
        return None


def _read(names: list[str]) -> list[dict[str, Any]]:
    from linkspan.pathways.engines.documents import read_json, with_known_policies

    if not names:
        raise ValueError("name a file, or --all")
    found: list[dict[str, Any]] = []
    for name in names:
        value = read_json(Path(name))
        for document in value if isinstance(value, list) else [value]:
            if not isinstance(document, dict) or not document:
                raise ValueError(f"{name} is not an agreement: a JSON object, or a list of them, is needed")
            found.append(with_known_policies(document))
    if not found:
        raise ValueError(f"{', '.join(names)} holds no agreement")
    return found


def _title(document: dict[str, Any]) -> str:
    return f"{document.get('id', '?')} version {document.get('version', '?')}"


def _as_json(found: "list[tuple[str, Report]]") -> dict[str, Any]:
    """The report of one agreement; of several, each row names its agreement."""
    rows: dict[str, Any] = {"errors": [], "warnings": []}
    for title, report in found:
        for name, problems in report.as_json().items():
            rows[name] += [row if len(found) == 1 else {**row, "agreement": title} for row in problems]
    return rows if len(found) == 1 else {**rows, "checked": len(found)}


def _in_words(found: "list[tuple[str, Report]]") -> str:
    lines = []
    for title, report in found:
        lines.append(f"{'✗' if report.errors else '✓'} {title}")
        for word, problems in (("error", report.errors), ("warning", report.warnings)):
            lines += [f"   {word} {p.code} ({', '.join(p.clauses) or '-'}): {p.message}" for p in problems]
    errors = sum(len(report.errors) for _, report in found)
    warnings = sum(len(report.warnings) for _, report in found)
    return "\n".join([*lines, f"{len(found)} checked, {errors} errors, {warnings} warnings"])


def _schema(name: str) -> dict[str, Any]:
    from linkspan.pathways.engines.schemas import SCHEMAS

    if name not in SCHEMAS:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(SCHEMAS)}")
    return SCHEMAS[name]()


def run_schema(arguments: argparse.Namespace) -> int:
    """Print a schema; exit 0."""
    print(json.dumps(arguments.schema, indent=1, ensure_ascii=False))
    return 0


def run_export(arguments: argparse.Namespace) -> int:
    """Exit 0, or 2 for what is no agreement."""
    from linkspan.pathways.engines.documents import read_json
    from linkspan.pathways.rules import agreement_as_ctdl, as_agreement, recognition_as_csv

    try:
        terms = as_agreement(read_json(Path(arguments.file)))
        table = recognition_as_csv(terms.recognition) if arguments.format == "csv" else ""
    except (OSError, ValueError, RecursionError, Unusable) as error:
        return unusable("agreements export", error)
    graph = agreement_as_ctdl(terms, arguments.base_url.rstrip("/"))
    print(table or json.dumps(graph, ensure_ascii=False, indent=1), end="" if table else "\n")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Exit 0; 1 if rows are wrong, each named by its line and nothing printed for use; 2 for what is no table."""
    from linkspan.pathways.engines.documents import read_json
    from linkspan.pathways.rules import check_agreement_shape, recognition_from_csv

    try:
        document = read_json(Path(arguments.file))
        found = recognition_from_csv(Path(arguments.table).read_text(encoding="utf-8"))
        made = dict(check_agreement_shape({**document, "recognition": list(found.rows)}))
    except (OSError, ValueError, TypeError, RecursionError, Unusable) as error:
        return unusable("agreements import-csv", error)
    for line, what in found.errors:
        print(f"line {line}: {what}", file=sys.stderr)
    if found.errors:
        return 1
    if arguments.dry_run:
        before = len(document.get("recognition") or ())
        print(f"{len(found.rows)} rows would stand instead of {before}; nothing is wrong with them.")
    else:
        print(json.dumps(made, ensure_ascii=False, indent=1))
    return 0
