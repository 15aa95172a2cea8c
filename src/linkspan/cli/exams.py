"""`linkspan exams statistics FILE`, `linkspan exams seb-key FILE`, `linkspan exams states`."""

import argparse
import json
from typing import Any

from linkspan.cli import one_line, parse_json, read_bytes, read_json, unusable
from linkspan.kernel.errors import Unusable


def register(verbs: Any) -> None:
    """Add the verbs."""
    exams = verbs.add_parser("exams", help="statistics of exams; keys of Safe Exam Browser").add_subparsers(
        required=True, metavar="VERB"
    )
    statistics = exams.add_parser("statistics", help="work out item analysis, reliability, fairness, pass marks")
    statistics.add_argument("file", metavar="FILE", help="cases as JSON, or - for standard input")
    statistics.add_argument("--json", action="store_true", help="print one JSON object")
    statistics.set_defaults(run=run_statistics)
    states = exams.add_parser("states", help="the table of an attempt's states: who moves it, by what act, to where")
    states.add_argument("--json", action="store_true", help="print one JSON object")
    states.set_defaults(run=run_states)
    seb = exams.add_parser("seb-key", help="the Config Key of a .seb file, and the header it gives for a page")
    seb.add_argument("file", metavar="FILE", help="a .seb file, or its settings as JSON; - for standard input")
    seb.add_argument("--url", help="the page for which the header is wanted")
    seb.add_argument("--json", action="store_true", help="print one JSON object")
    seb.set_defaults(run=run_seb_key)


def run_statistics(arguments: argparse.Namespace) -> int:
    """Exit 0 with a result for each case, the ones that cannot be worked out by name; 2 if the file is unusable."""
    from linkspan.exams.engines.statistics.worked import CaseError, work_out

    try:
        results = work_out(read_json(arguments.file))
    except (Unusable, CaseError) as error:
        return unusable("exams statistics", error)
    if arguments.json:
        print(json.dumps({"results": results}, ensure_ascii=False))
        return 0
    for result in results:
        told = "; ".join(f"{name} {json.dumps(value)}" for name, value in result.items() if name != "id")
        print(one_line(f"{result['id']}: {told}"))
    return 0


def run_seb_key(arguments: argparse.Namespace) -> int:
    """Exit 0 with the key, 2 if the file cannot be read or is read differently by different clients."""
    from linkspan.exams.engines import seb

    try:
        raw = read_bytes(arguments.file)
        settings = seb.from_json(parse_json(raw)) if raw.lstrip()[:1] == b"{" else seb.read_settings(raw)
        keys = seb.keys_of(settings, arguments.url)
    except seb.SettingsRefused as error:
        return unusable("exams seb-key", f"{error.code}: {error}")
    except Unusable as error:
        return unusable("exams seb-key", error.message)
    if arguments.json:
        print(json.dumps({"config_key": keys.config_key, "header": keys.header}))
    else:
        print(f"Config Key  {keys.config_key}")
        if keys.header:
            print(f"Header      {keys.header}")
    return 0


def run_states(arguments: argparse.Namespace) -> int:
    """Exit 0 with every move of the state table, and the states that are final."""
    from linkspan.exams.rules import FINAL, MOVES

    moves = [[move.start.value, move.act.value, move.who.value, move.end.value] for move in MOVES]
    if arguments.json:
        print(json.dumps({"moves": moves, "final": [state.value for state in FINAL]}))
        return 0
    for start, act, who, end in moves:
        print(f"{start:20} {act:18} {who:18} {end}")
    print(f"final: {', '.join(state.value for state in FINAL)}")
    return 0
