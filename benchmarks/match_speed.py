"""The round engine against its peers and its limits: `python benchmarks/match_speed.py [--large] [--plot FILE.svg]`.

Peer: `matching` from PyPI, on the same market in the same run. The market: each
applicant ranks k programs of n, drawn by popularity; programs rank by score; half as many seats as applicants.
`--large` adds 1,000,000 x 500 x 10. Times are of this process's processor, so that a busy machine changes them less.
"""

import argparse
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from linkspan.admissions.engines import acceptance
from linkspan.admissions.engines.columns import columns_of, settle_columns
from linkspan.admissions.engines.large import match_tables
from linkspan.admissions.engines.tables import COLUMNS, Tables, read_tables, write_tables
from linkspan.admissions.rules.market import read_market
from linkspan.admissions.rules.proposals import settle


def market(people: int, schools: int, listed: int, seed: int = 1) -> Tables:
    """A random round as tables."""
    random = np.random.default_rng(seed)
    liked = random.gumbel(size=schools)
    wanted = np.concatenate(
        [
            np.argsort(-(liked + random.gumbel(size=(min(20_000, people - at), schools))), axis=1)[:, :listed]
            for at in range(0, people, 20_000)
        ]
    )
    ids = [f"a{number:07}" for number in range(people)]
    names = [f"p{number:04}" for number in range(schools)]
    choices = pl.DataFrame(
        {
            "applicant": pl.Series(ids).gather(np.repeat(np.arange(people), listed)),
            "position": np.tile(np.arange(1, listed + 1), people),
            "program": pl.Series(names).gather(wanted.ravel()),
            "score": random.integers(0, 1001, people * listed),
        }
    )
    empty = {name: pl.DataFrame(schema=columns) for name, columns in COLUMNS.items()}
    programs = pl.DataFrame({"id": names, "seats": [max(1, people // schools // 2)] * schools})
    typed = {"programs": programs, "choices": choices}
    full = {
        name: frame.select(
            pl.col(column).cast(kind) if column in frame.columns else pl.lit(None, dtype=kind).alias(column)
            for column, kind in COLUMNS[name].items()
        )
        for name, frame in typed.items()
    }
    return Tables(seed, empty | full)


def timed(work) -> tuple[float, object]:
    """Processor seconds of this process, and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def against_matching(tables: Tables) -> None:
    """`matching` builds and solves the market; ours reads the same rows from JSON and solves them."""
    from matching.games import HospitalResident

    from linkspan.admissions.engines.tables import round_of

    round_ = round_of(tables)
    residents = {row["id"]: row["choices"] for row in round_["applicants"]}
    luck = read_market(round_).lottery
    ranked: dict[str, list[str]] = {row["id"]: [] for row in round_["programs"]}
    for row in sorted(round_["applicants"], key=lambda row: luck[row["id"]]):
        for program in row["choices"]:
            ranked[program].append(row["id"])
    scores = {row["id"]: row["scores"] for row in round_["applicants"]}
    hospitals = {name: sorted(rows, key=lambda a, name=name: -scores[a][name]) for name, rows in ranked.items()}
    seats = {row["id"]: row["seats"] for row in round_["programs"]}
    theirs, solved = timed(
        lambda: HospitalResident.create_from_dictionaries(residents, hospitals, seats).solve(optimal="resident")
    )
    ours, (assignment, _, _) = timed(lambda: settle(read_market(round_)))
    settle_columns(columns_of(tables))
    core, _ = timed(lambda: settle_columns(columns_of(tables)))
    same = {str(r): str(h) for h, rows in solved.items() for r in rows} == {a: p for a, p in assignment.items() if p}
    print(f"matching: {theirs:.3f} s; read and matched here: {ours:.4f} s = {theirs / ours:.0f} times faster", end="; ")
    print(f"from tables {core:.4f} s = {theirs / core:.0f} times faster; same assignment: {same}")


def write_market(size: tuple[int, int, int], folder: Path) -> None:
    """A market as a folder of Parquet files."""
    tables = market(*size)
    write_tables({name: tables[name] for name in ("programs", "choices")}, folder, ".parquet")
    (folder / "round.json").write_text('{"seed": 1}')


def pipeline(size: tuple[int, int, int], folder: Path) -> None:
    """From Parquet to explained results in Parquet, and the matching alone by both cores."""
    making = multiprocessing.get_context("spawn").Process(target=write_market, args=(size, folder / "in"))
    making.start()
    making.join()
    start, wall = time.process_time(), time.perf_counter()
    result = match_tables(read_tables(folder / "in"))
    write_tables(result.frames, folder / "out", ".parquet")
    print(f"  whole: {time.perf_counter() - wall:.2f} s by the clock, {time.process_time() - start:.2f} s of processor")
    print(f"  most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    del result
    columns = columns_of(read_tables(folder / "in"))
    plain = {"core": acceptance.accept_with_heaps, "compiled": acceptance.compiled()}
    for name, core in plain.items():
        if core is None:
            print(f"  {name}: numba is not installed")
            continue
        acceptance.compiled, held = (lambda core=core: core), acceptance.compiled
        settle_columns(columns_of(market(300, 5, 3)))
        core(*(np.zeros(1, np.int64) if n == 0 else np.zeros(0, np.int64) for n in range(5)))
        best = min(timed(lambda: settle_columns(columns))[0] for _ in range(3))
        acceptance.compiled = held
        print(f"  matching alone, {name}: {best:.3f} s")


def growth(place: str) -> None:
    """Plot the processor time of the whole against the number of applicants."""
    import altair
    import vl_convert

    rows = []
    for people in (2_000, 5_000, 10_000, 20_000, 50_000, 100_000):
        tables = market(people, 200, 10)
        columns = columns_of(tables)
        rows.append({"applicants": people, "seconds": timed(lambda t=tables: match_tables(t))[0], "part": "all"})
        rows.append({"applicants": people, "seconds": timed(lambda c=columns: settle_columns(c))[0], "part": "match"})
    for row in rows:
        print(f"  {row['applicants']:>7} {row['part']:5} {row['seconds']:.3f} s")
    chart = altair.Chart(altair.Data(values=rows)).mark_line(point=True)
    chart = chart.encode(
        x=altair.X("applicants:Q", scale={"type": "log"}, title="applicants (200 programs, 10 choices)"),
        y=altair.Y("seconds:Q", scale={"type": "log"}, title="processor seconds"),
        color="part:N",
    )
    Path(place).write_text(vl_convert.vegalite_to_svg(chart.to_json()))


def main() -> None:
    """Run what was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--plot", metavar="FILE.svg")
    parser.add_argument("--one", metavar="PEOPLExSCHOOLSxLISTED")
    arguments = parser.parse_args()
    if arguments.one:
        people, schools, listed = map(int, arguments.one.split("x"))
        with tempfile.TemporaryDirectory() as folder:
            pipeline((people, schools, listed), Path(folder))
        return
    print("2,000 x 10 x 5")
    tables = market(2_000, 10, 5)
    against_matching(tables)
    for size in ["100000x200x10", *(["1000000x500x10"] if arguments.large else [])]:
        print(size, flush=True)
        subprocess.run([sys.executable, __file__, "--one", size], check=True)
    if arguments.plot:
        growth(arguments.plot)


if __name__ == "__main__":
    main()
