"""A round as tables gives what the same round gives as JSON: assignment, cut-offs, words and hashes."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.thorough import thorough

from linkspan.admissions.engines import acceptance
from linkspan.admissions.engines.columns import is_plain
from linkspan.admissions.engines.large import from_json, match_tables
from linkspan.admissions.engines.tables import COLUMNS, NUMBER, WHOLE, Tables, read_tables, round_of, write_tables
from linkspan.admissions.rules.market import canonical_json
from linkspan.admissions.rules.matching import match_round
from linkspan.kernel.errors import Unusable
from linkspan.site.command import main

PROGRAMS = ("P", "Q", "R", "S")


def tables_of(seed: int, programs: list[dict], choices: list[dict], **others: list[dict]) -> Tables:
    rows = {"programs": programs, "choices": choices, **others}
    whole = {
        table: {name: WHOLE if kind == NUMBER else kind for name, kind in columns.items()}
        for table, columns in COLUMNS.items()
    }
    return Tables(seed, {n: pl.DataFrame(rows.get(n, []), schema=columns) for n, columns in whole.items()})


ANY = st.sampled_from(["a", "b", "c é", 'd"', "e", "f", "g", "h"])
PLAIN = st.sampled_from([f"a{n}" for n in range(12)])


@st.composite
def rounds(draw, names):
    programs = [{"id": name, "seats": draw(st.none() | st.integers(0, 3))} for name in PROGRAMS]
    choices = []
    for applicant in draw(st.lists(names, unique=True, max_size=8)):
        wanted = draw(st.permutations(PROGRAMS))[: draw(st.integers(1, 4))]
        accepted = draw(st.none() | st.sampled_from(wanted))
        for position, program in enumerate(wanted):
            choices.append(
                {
                    "applicant": applicant,
                    "position": position * 2 - 1,
                    "program": program,
                    "score": draw(st.none() | st.integers(-2, 3)),
                    "reason": draw(st.none() | st.none() | st.sampled_from(["clause 1", 'says "no"\n'])),
                    "accepted": program == accepted,
                    "declined": draw(st.booleans()) and draw(st.booleans()) and program != accepted,
                }
            )
    draw(st.randoms()).shuffle(choices)
    return tables_of(draw(st.integers(-5, 99)), programs, choices)


@thorough(500)
@given(rounds(ANY))
def test_tables_and_json_agree(tables: Tables) -> None:
    result, expected = match_tables(tables), from_json(match_round(round_of(tables)))
    assert result.summary == expected.summary
    for name, frame in expected.frames.items():
        assert result.frames[name].to_dicts() == frame.to_dicts(), name


@thorough(300)
@given(rounds(PLAIN))
def test_both_cores_agree_and_are_what_plain_rounds_use(tables: Tables) -> None:
    assert is_plain(tables)
    core = acceptance.compiled()
    assert core is not None
    held = acceptance.WORTH_COMPILING
    try:
        acceptance.WORTH_COMPILING = 0
        compiled = match_tables(tables)
        acceptance.WORTH_COMPILING = 10**9
        plain = match_tables(tables)
    finally:
        acceptance.WORTH_COMPILING = held
    assert compiled.summary == plain.summary


def test_cores_agree_on_a_market_of_some_size() -> None:
    random = np.random.default_rng(7)
    people, schools, listed = 3_000, 20, 8
    starts = np.arange(people + 1, dtype=np.int64) * listed
    programs = np.concatenate([random.permutation(schools)[:listed] for _ in range(people)]).astype(np.int64)
    luck = random.permutation(people).astype(np.int64)
    keys = random.integers(0, 50, len(programs)) * people + np.repeat(luck, listed)
    person_of = np.argsort(luck).astype(np.int64)
    seats = random.integers(0, 120, schools).astype(np.int64)
    core = acceptance.compiled()
    assert core is not None
    for one, other in zip(
        core(starts, programs, keys, person_of, seats),
        acceptance.accept_with_heaps(starts, programs, keys, person_of, seats),
        strict=True,
    ):
        assert (one == other).all()


def test_reserves_ties_and_priorities_go_by_the_rules() -> None:
    programs = [
        {"id": "P", "seats": 2, "ties": "lottery", "reserve_order": "open_first"},
        {"id": "Q", "seats": 1, "ties": "h_stable"},
        {"id": "R", "seats": 1},
    ]
    rows = [
        ("a", 1, "P", 5),
        ("a", 2, "Q", 1),
        ("b", 1, "P", 5),
        ("c", 1, "P", 1),
        ("c", 2, "R", None),
        ("d", 1, "Q", 1),
    ]
    choices = [dict(zip(("applicant", "position", "program", "score"), row, strict=True)) for row in rows]
    tables = tables_of(
        1,
        programs,
        choices,
        applicants=[{"id": "z"}],
        groups=[{"applicant": "c", "group": "g"}],
        reserves=[{"program": "P", "group": "g", "seats": 1}],
        priorities=[{"program": "R", "position": 1, "applicant": "c"}],
        lottery=[{"position": place, "applicant": name} for place, name in enumerate("bacdz")],
    )
    assert not is_plain(tables)
    seats = dict(match_tables(tables).frames["assignment"].iter_rows())
    # The reserve takes c; a, last in the lottery, goes on to Q, where a and d are equal and the last group is refused.
    assert seats == {"a": None, "b": "P", "c": "P", "d": None, "z": None}


BAD = {
    "a program of no round": ([("a", 1, "X", 1)], "X is no program of the round"),
    "a choice twice": ([("a", 1, "P", 1), ("a", 2, "P", 1)], "a names a program twice"),
    "a position twice": ([("a", 1, "P", 1), ("a", 1, "Q", 1)], "a has two choices at one position"),
    "a score too large": ([("a", 1, "P", 2**60)], "too large"),
}


@pytest.mark.parametrize(("rows", "message"), BAD.values(), ids=BAD.keys())
def test_bad_rows_are_named(rows: list[tuple], message: str) -> None:
    choices = [dict(zip(("applicant", "position", "program", "score"), row, strict=True)) for row in rows]
    with pytest.raises(Unusable, match=message):
        match_tables(tables_of(0, [{"id": "P", "seats": 1}, {"id": "Q", "seats": 1}], choices))


CSV = {
    "no number at all": (
        "applicant,position,program,score\na,1,P,1.5.1\n",
        "choices.csv: score is not a number, row 1: '1.5.1'",
    ),
    "not a number": ("applicant,position,program,score\na,1,P,NaN\n", "row 1: 'NaN'"),
    "nobody": ("applicant,position,program\nb,1,P\n,1,P\n", "choices.csv: applicant is empty, row 2"),
    "a column of no meaning": ("applicant,position,program,mood\na,1,P,x\n", "there is no column 'mood'"),
    "not a truth": ("applicant,position,program,accepted\na,1,P,maybe\n", "accepted is not true or false, row 1"),
}


@pytest.mark.parametrize(("text", "message"), CSV.values(), ids=CSV.keys())
def test_bad_files_are_named(tmp_path: Path, capsys, text: str, message: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "programs.csv").write_text("id,seats\nP,1\n")
    (tmp_path / "in" / "choices.csv").write_text(text)
    assert main(["match", str(tmp_path / "in"), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1


@pytest.mark.parametrize("seed", ["[" * 100_000, '{"seed": 1, "seed": 2}', '{"sead": 1}', "[]", '{"seed": NaN}'])
def test_a_bad_seed_is_named(tmp_path: Path, capsys, seed: str) -> None:
    (tmp_path / "programs.csv").write_text("id,seats\nP,1\n")
    (tmp_path / "choices.csv").write_text("applicant,position,program\na,1,P\n")
    (tmp_path / "round.json").write_text(seed)
    assert main(["match", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "seed" in told or "round.json" in told
    assert told.count("\n") == 1


def test_programs_without_seats_are_not_open_to_all(tmp_path: Path, capsys) -> None:
    (tmp_path / "programs.csv").write_text("id\nP\n")
    (tmp_path / "choices.csv").write_text("applicant,position,program\na,1,P\n")
    assert main(["match", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "a column seats is needed" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_command_reads_and_writes_both_kinds(tmp_path: Path, capsys, suffix: str) -> None:
    choices = [
        {
            "applicant": "a",
            "position": 1,
            "program": "P",
            "score": 7,
            "reason": None,
            "accepted": None,
            "declined": None,
        },
        {
            "applicant": "b",
            "position": 1,
            "program": "P",
            "score": 9,
            "reason": None,
            "accepted": None,
            "declined": None,
        },
    ]
    tables = tables_of(3, [{"id": "P", "seats": 1}], choices)
    write_tables({name: tables[name] for name in ("programs", "choices")}, tmp_path / "in", suffix)
    (tmp_path / "in" / "round.json").write_text('{"seed": 3}')
    assert round_of(read_tables(tmp_path / "in")) == round_of(tables)
    assert main(["match", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["output_sha256"] == match_round(round_of(tables))["output_sha256"]
    read = pl.read_csv if suffix == ".csv" else pl.read_parquet
    assert dict(read(tmp_path / "out" / f"assignment{suffix}").iter_rows()) == {"a": None, "b": "P"}


@thorough(300)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    )
)
def test_canonical_json_is_rfc_8785(value) -> None:
    import rfc8785

    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError)):
            canonical_json(value).encode()
        return
    assert canonical_json(value).encode() == expected
