"""Random rules and records for the engines: small vocabularies, so that values meet."""

from hypothesis import strategies as st

from linkspan.pathways.rules.agreement import GradeMap, StatedScale
from linkspan.pathways.rules.language.meaning import PRESENT, Reading, scales_of

ORDERS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
DATES = st.sampled_from(["2016-02-29", "2017-05-15", "2018-06-30", "2019-06-01", "2024-02-29"])
LEVELS = st.sampled_from(["associate", "bachelor", "master", "doctor"])
GRADES = st.one_of(
    st.builds(lambda v: {"scale": "letter", "value": v}, st.sampled_from(["A", "B+", "B", "B-", "F"])),
    st.builds(lambda v: {"scale": "percent", "value": v}, st.sampled_from([0, 59.5, 60, 80, 100])),
    st.builds(lambda v: {"scale": "points", "value": v}, st.sampled_from([2, 3, "3.3", 4])),
    st.builds(lambda v: {"scale": "german", "value": v}, st.sampled_from([1, 2.5, "3.7", 4.3])),
    st.builds(lambda v: {"scale": "stars", "value": v}, st.sampled_from([0, 1, 5])),
)
NUMBERS = st.one_of(st.integers(0, 4), st.sampled_from([0.5, 2.25, 100, "3"]))
TEXTS = st.sampled_from(["KE", "UG", "diploma", "x-1", "nursing", "Nursing ", "law", "LEGAL-studies", "withdrawn"])
#: What stands in records: right values, and some that cannot be compared.
VALUES = st.one_of(
    st.none(),
    NUMBERS,
    TEXTS,
    DATES,
    LEVELS,
    st.booleans(),
    GRADES,
    st.sampled_from(
        [
            "2018-13-01",
            "2019-02-29",
            "2018-06-30T12:00:00Z",
            "B",
            "",
            [],
            ["KE"],
            {"scale": "letter", "value": "Z"},
            {"scale": "moons", "value": 3},
            {"scale": "stars", "value": 9},
            {"scale": "letter", "value": "W"},
        ]
    ),
)
FIELDS = ("a", "b", "d", "g", "field", "grade")
LISTS = ("rows", "courses")
MAPS = [
    {"from": "percent", "to": "letter", "bands": [{"at_least": 80, "value": "A"}, {"at_least": 60, "value": "B"}]},
    {"from": "letter", "to": "points", "bands": [{"at_least": "B", "value": 3}, {"at_least": "F", "value": 0}]},
]
#: A stated scale, on which less is better.
STARS = {"name": "stars", "best": 0, "worst": 5, "lowest_pass": 3}
#: How values are read: as they are, and with stated mappings and a stated scale.
PLAIN, READING = (
    Reading(PRESENT),
    Reading(PRESENT, tuple(map(GradeMap.read, MAPS)), scales_of([StatedScale.read(STARS)])),
)
PATHS = st.sampled_from([*FIELDS, "deep.a", *(f"^.{name}" for name in FIELDS)])


def compares():
    orderly = st.builds(
        lambda p, o, v: {"compare": [p, o, v]}, PATHS, ORDERS, st.one_of(NUMBERS, DATES, LEVELS, GRADES)
    )
    equal = st.builds(
        lambda p, o, v: {"compare": [p, o, v]}, PATHS, st.sampled_from(["==", "!="]), st.one_of(TEXTS, st.booleans())
    )
    among = st.lists(st.one_of(TEXTS, NUMBERS, LEVELS, st.booleans(), GRADES), min_size=1, max_size=3)
    return st.one_of(orderly, equal, st.builds(lambda p, v: {"compare": [p, "in", v]}, PATHS, among))


SPANS = st.one_of(
    st.builds(lambda n: {"years": n}, st.integers(0, 3)),
    st.builds(lambda n: {"months": n}, st.integers(0, 30)),
    st.builds(lambda n: {"days": n}, st.integers(0, 500)),
)
AGES = st.builds(lambda p, o, s: {"age": [p, o, s]}, PATHS, ORDERS, SPANS)
AGES_TO = st.builds(lambda p, o, s, t: {"age": [p, o, s], "to": t}, PATHS, ORDERS, SPANS, st.one_of(PATHS, DATES))
BEFORES = st.builds(lambda p, q: {"before": [p, q]}, PATHS, st.one_of(PATHS, DATES))
UNKNOWNS = st.just({"unknown": "not public"})


def joined(inner):
    some = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        some.map(lambda nodes: {"all": nodes}),
        some.map(lambda nodes: {"any": nodes}),
        inner.map(lambda node: {"not": node}),
        st.lists(inner, min_size=2, max_size=3).flatmap(
            lambda n: st.integers(0, len(n)).map(lambda k: {"at_least": k, "of": n})
        ),
    )


def listed(inner):
    lists = st.sampled_from([*LISTS, "^.rows"])
    exists = st.builds(lambda p, w: {"exists": p, "where": w}, lists, inner)
    counts = st.builds(
        lambda p, w, o, v: {"count": p, "where": w, "op": o, "value": v}, lists, inner, ORDERS, st.integers(0, 3)
    )
    sums = st.builds(
        lambda p, w, o, v: {"sum": f"{p}.b", "where": w, "op": o, "value": v},
        lists,
        inner,
        ORDERS,
        st.sampled_from([0, 2.25, 4]),
    )
    scales = st.sampled_from(
        [("letter", "3.15"), ("points", 3), ("percent", "60"), ("german", 2.5), ("stars", 1), ("moons", 1)]
    )
    means = st.builds(
        lambda p, w, o, s, by: {"mean": f"{p}.grade", "scale": s[0], "op": o, "value": s[1], **w, **by},
        lists,
        st.one_of(st.just({}), inner.map(lambda node: {"where": node})),
        st.sampled_from(["<", "<=", ">", ">="]),
        scales,
        st.sampled_from([{}, {"by": "b"}]),
    )
    return st.one_of(exists, counts, sums, means, lists.map(lambda p: {"exists": p}))


CONDITIONS = st.one_of(compares(), AGES, AGES_TO, BEFORES, UNKNOWNS)
INSIDE = st.recursive(CONDITIONS, lambda inner: st.one_of(joined(inner), listed(inner)), max_leaves=4)
RULES = st.recursive(st.one_of(CONDITIONS, listed(INSIDE)), joined, max_leaves=6)


def objects(inner):
    fields = {name: VALUES for name in (*FIELDS, "deep.a") if "." not in name}
    lists = {name: st.one_of(st.none(), st.lists(inner, max_size=3)) for name in LISTS}
    return st.fixed_dictionaries(
        {},
        optional={
            **fields,
            "passed": st.booleans(),
            "status": st.sampled_from(["completed", "WITHDRAWN", "In-Progress"]),
            **lists,
            "deep": st.fixed_dictionaries({"a": VALUES}),
            "complete": st.lists(st.sampled_from(LISTS), max_size=2),
        },
    )


COMPLETE = st.lists(st.sampled_from([*LISTS, "rows.rows", "rows.courses", "courses.rows"]), max_size=3)
RECORDS = st.builds(
    lambda row, complete: {**row, "complete": complete}, objects(objects(objects(st.just({})))), COMPLETE
)
