"""A second reading of the round's rules, made from their wording alone: every assignment of a tiny round is tried.

An assignment is stable if each program, asked to choose among all who rank it at least as high as what they got,
chooses whom it has. Of the stable ones the result is the one that no applicant would change for another.
"""

import hashlib
import json
from itertools import product
from typing import Any

Round = dict[str, Any]
Row = dict[str, Any]


def lottery_of(round_: Round) -> dict[str, int]:
    """Place of each applicant in the lottery, lowest first."""
    names = [a["id"] for a in round_["applicants"]]
    if round_.get("lottery") is not None:
        return {name: round_["lottery"].index(name) for name in names}
    drawn = sorted(names, key=lambda name: hashlib.sha256(f"{round_['seed']}:{name}".encode()).hexdigest())
    return {name: drawn.index(name) for name in names}


def refusal(applicant: Row, program: Row) -> str | None:
    """The outcome of a choice that cannot be competed for, else None."""
    name = program["id"]
    if name in applicant.get("declined", []):
        return "declined"
    if applicant.get("eligible", {}).get(name, True) is not True:
        return "ineligible"
    if program.get("priorities") is not None:
        return None if applicant["id"] in program["priorities"] else "unacceptable"
    if program["seats"] is not None and name not in applicant.get("scores", {}):
        return "ineligible"
    return None


def standing(applicant: Row, program: Row) -> int:
    """Higher is better; equal ones are tied."""
    if program.get("priorities") is not None:
        return -program["priorities"].index(applicant["id"])
    return applicant.get("scores", {}).get(program["id"], 0)


def choose(program: Row, asking: list[Row], pinned: list[Row], lottery: dict[str, int]) -> set[str]:
    """Whom the program would admit of those asking, after the pinned ones took their seats."""
    if program["seats"] is None:
        return {a["id"] for a in asking}
    ties = program.get("ties", "lottery")
    if ties != "lottery":
        return _by_groups(program, asking, program["seats"] - len(pinned), ties)
    left = sorted(asking, key=lambda a: (-standing(a, program), lottery[a["id"]]))
    reserved: list[str | None] = [row["group"] for row in program.get("reserves", []) for _ in range(row["seats"])]
    free: list[str | None] = [None] * max(0, program["seats"] - len(reserved))
    reserve_first = program.get("reserve_order", "reserve_first") == "reserve_first"
    order = reserved + free if reserve_first else free + reserved
    for applicant in sorted(pinned, key=lambda a: a["id"]):
        _use_up(order, applicant)
    taken: set[str] = set()
    for wanted in (*order, *([None] * program["seats"])):
        found = next((a for a in left if wanted is None or wanted in a.get("groups", [])), None)
        if found is not None and len(taken) < program["seats"] - len(pinned):
            left.remove(found)
            taken.add(found["id"])
    return taken


def _use_up(order: list[str | None], applicant: Row) -> None:
    own = [slot for slot in order if slot is None or slot in applicant.get("groups", [])]
    if own:
        order.remove(own[0])


def _by_groups(program: Row, asking: list[Row], seats: int, ties: str) -> set[str]:
    taken: set[str] = set()
    for level in sorted({standing(a, program) for a in asking}, reverse=True):
        group = {a["id"] for a in asking if standing(a, program) == level}
        if len(taken | group) > seats and (ties == "h_stable" or len(taken) >= seats):
            break
        taken |= group
    return taken


def wishes(applicant: Row, programs: dict[str, Row]) -> list[str]:
    """The choices that are competed for."""
    if applicant.get("accepted") is not None:
        return []
    return [name for name in applicant["choices"] if refusal(applicant, programs[name]) is None]


def stable_assignments(round_: Round) -> list[dict[str, str | None]]:
    """Every stable assignment of those who have not accepted yet."""
    programs = {p["id"]: p for p in round_["programs"]}
    free = [a for a in round_["applicants"] if a.get("accepted") is None]
    lottery = lottery_of(round_)
    lists = [wishes(a, programs) for a in free]
    pinned = {p: [a for a in round_["applicants"] if a.get("accepted") == p] for p in programs}
    found = []
    for given in product(*[range(len(names) + 1) for names in lists]):
        got = {a["id"]: (names[k] if k < len(names) else None) for a, names, k in zip(free, lists, given, strict=True)}
        if all(
            choose(
                programs[name],
                [a for a, names, k in zip(free, lists, given, strict=True) if name in names[: k + 1]],
                pinned[name],
                lottery,
            )
            == {who for who, what in got.items() if what == name}
            for name in programs
        ):
            found.append(got)
    return found


def _depth(round_: Round, got: dict[str, str | None]) -> int:
    return sum(
        a["choices"].index(got[a["id"]]) if got[a["id"]] is not None else len(a["choices"])
        for a in round_["applicants"]
        if a["id"] in got
    )


def expected(round_: Round) -> dict[str, Any]:
    """Assignment, cut-offs, ranks and the outcome of each choice."""
    programs = {p["id"]: p for p in round_["programs"]}
    best = min(stable_assignments(round_), key=lambda got: _depth(round_, got))
    assignment = {
        a["id"]: a["accepted"] if a.get("accepted") is not None else best[a["id"]] for a in round_["applicants"]
    }
    outcomes = {a["id"]: _outcomes(a, assignment[a["id"]], programs) for a in round_["applicants"]}
    places = [a["choices"].index(assignment[a["id"]]) + 1 for a in round_["applicants"] if assignment[a["id"]]]
    return {
        "assignment": assignment,
        "cutoffs": {name: _cutoff(programs[name], round_, assignment, outcomes) for name in programs},
        "ranks": {"first": places.count(1), "sum": sum(places)},
        "outcomes": outcomes,
    }


def _outcomes(applicant: Row, given: str | None, programs: dict[str, Row]) -> dict[str, str]:
    made = {}
    settled = applicant.get("accepted") is not None
    for name in applicant["choices"]:
        if name == given:
            made[name], settled = "admitted", True
        else:
            made[name] = refusal(applicant, programs[name]) or ("not_needed" if settled else "below_cutoff")
    return made


def _cutoff(
    program: Row, round_: Round, assignment: dict[str, str | None], outcomes: dict[str, dict[str, str]]
) -> int | None:
    name = program["id"]
    if program["seats"] is None or program.get("priorities") is not None:
        return None
    if not any(outcome.get(name) == "below_cutoff" for outcome in outcomes.values()):
        return None
    admitted = [a for a in round_["applicants"] if assignment[a["id"]] == name]
    return min((a["scores"][name] for a in admitted if name in a.get("scores", {})), default=None)


def jcs(value: Any) -> bytes:
    """RFC 8785 for what rounds hold: keys by UTF-16 code units (section 3.2.3), whole numbers, no white space."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return b"{" + b",".join(jcs(key) + b":" + jcs(value[key]) for key in keys) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(jcs, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode()


def input_sha256(round_: Round) -> str:
    """The hash of the input, programs and applicants sorted by id."""
    rows = {name: sorted(round_[name], key=lambda row: row["id"]) for name in ("programs", "applicants")}
    return hashlib.sha256(jcs({**round_, **rows})).hexdigest()


def output_sha256(result: dict[str, Any]) -> str:
    """The hash of what a result says of people and programs."""
    return hashlib.sha256(jcs({n: result[n] for n in ("assignment", "cutoffs", "explanations")})).hexdigest()
