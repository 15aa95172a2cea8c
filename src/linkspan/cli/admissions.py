"""`linkspan match ROUND.json`: the round engine on a file, no database. `linkspan rounds replay ID`: a stored round."""

import argparse
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from linkspan.cli import command_line, unusable
from linkspan.kernel.errors import Unusable


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("match", help="match applicants to seats, with reasons")
    parser.add_argument("round", metavar="ROUND", help="a JSON file, or a folder of Parquet or CSV tables")
    parser.add_argument("--out", metavar="DIR", help="write the result as tables of the input's kind (for a folder)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)
    rounds = verbs.add_parser("rounds", help="rounds that were matched").add_subparsers(required=True, metavar="VERB")
    replay = rounds.add_parser("replay", help="match a decided round again from its stored input")
    replay.add_argument("round", metavar="ID", help="the id of an intake or of a round in it")
    replay.add_argument("--json", action="store_true", help="print one JSON object")
    replay.set_defaults(run=run_replay)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0, or 2 with one line that names the row."""
    if Path(arguments.round).is_dir():
        return run_tables(arguments)
    from linkspan.admissions.engines.files import read_round
    from linkspan.admissions.rules import match_round

    try:
        result = match_round(read_round(Path(arguments.round)))
    except RecursionError:
        return unusable("match", f"{arguments.round} is nested too deeply")
    except (OSError, ValueError, Unusable) as error:
        return unusable("match", error)
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
        return 0
    for applicant, program in result["assignment"].items():
        print(f"{applicant}: {program or 'no seat'}")
        for row in result["explanations"][applicant]:
            print(f"    {row['program']}: {row['outcome'].replace('_', ' ')}. {row['reason']}")
    return 0


def run_tables(arguments: argparse.Namespace) -> int:
    """A folder of tables in, tables out; the summary is printed. Exit codes as `run`."""
    try:
        from linkspan.admissions.engines.large import match_tables
        from linkspan.admissions.engines.tables import read_tables, write_tables
    except ModuleNotFoundError as missing:
        return unusable("match", f"tables need the package {missing.name}. Install the extra `large` of linkspan.")

    folder = Path(arguments.round)
    try:
        if not arguments.out:
            raise ValueError("a folder of tables needs --out DIR for its result")
        if Path(arguments.out).resolve() == folder.resolve():
            raise ValueError("--out names the round's own folder; name another")
        result = match_tables(read_tables(folder))
        suffix = ".parquet" if (folder / "choices.parquet").exists() else ".csv"
        write_tables(result.frames, Path(arguments.out), suffix)
    except (OSError, ValueError, Unusable) as error:
        return unusable("match", error)
    summary = {**result.summary, "out": arguments.out}
    (Path(arguments.out) / "result.json").write_text(json.dumps(result.summary) + "\n")
    if arguments.json:
        print(json.dumps(summary, ensure_ascii=False))
        return 0
    admitted = result.frames["assignment"]["program"].count()
    print(f"{admitted} of {result.frames['assignment'].height} applicants have a seat; tables in {arguments.out}")
    print(f"output SHA-256 {result.summary['output_sha256']}")
    return 0


def run_replay(arguments: argparse.Namespace) -> int:
    """Exit 0 if every matching gives the stored hashes, 1 if one does not, 2 if there is no such decided round."""
    actor = command_line()
    from linkspan.admissions.queries import replayed_round

    try:
        round_id = UUID(arguments.round)
    except ValueError:
        return unusable("rounds replay", f"{arguments.round} is not the id of a round")
    found = replayed_round(actor, round_id)
    same = all(replay.same for replay in found)
    if arguments.json:
        runs = [{"number": r.number, "same": r.same, **r.result} for r in found]
        print(json.dumps({"round": str(round_id), "same": same, "runs": runs}, ensure_ascii=False))
    else:
        for r in found:
            words = "the same people" if r.same else "NOT the stored result"
            print(f"matching {r.number}: {words}; output SHA-256 {r.result['output_sha256']}")
    return 0 if same else 1
