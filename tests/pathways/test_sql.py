"""SQL says what the reference interpreter says, on random rules and records, in SQLite and in PostgreSQL."""

import json
import sqlite3
from datetime import date

import pytest
from django.db import connection
from hypothesis import HealthCheck, assume, given
from hypothesis import strategies as st
from tests.factories.thorough import thorough
from tests.pathways.examples import record
from tests.pathways.trees import PLAIN, READING, RECORDS, RULES

from linkspan.kernel.errors import Unusable
from linkspan.pathways.engines.documents import packaged_agreements
from linkspan.pathways.engines.sql import compile_leaves, compile_rule
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.language.evaluate import evaluate, leaf_outcomes
from linkspan.pathways.rules.language.findings import Outcome

ON = date(2019, 6, 1)
NAMES = {None: Outcome.UNKNOWN, 1: Outcome.MET, 0: Outcome.NOT_MET}


def compiled(rule, dialect):
    try:
        return [compile_rule(rule, ON, dialect, READING), *compile_leaves(rule, ON, dialect, READING)]
    except Unusable:
        assume(False)
        raise


def expected(rule, one):
    return [evaluate(rule, one, ON, READING).outcome, *leaf_outcomes(rule, one, ON, READING)]


def ask_sqlite(part, one) -> Outcome | None:
    """What SQLite says; None where its parser refuses an expression nested as deep as that one."""
    with sqlite3.connect(":memory:") as database:
        parameters = {**part.parameters, "doc": json.dumps(one)}
        try:
            rows = database.execute(f"SELECT {part.sql} FROM (SELECT :doc AS record)", parameters)
        except sqlite3.OperationalError as error:
            assert "parser stack overflow" in str(error)
            return None
        return NAMES[rows.fetchone()[0]]


@thorough(200)
@given(RULES, st.lists(RECORDS, min_size=1, max_size=3))
def test_sqlite_says_what_the_interpreter_says(rule, records) -> None:
    parts = compiled(rule, "sqlite")
    for one in records:
        found = [ask_sqlite(part, one) for part in parts]
        assume(None not in found)
        assert found == expected(rule, one)


def test_every_requirement_of_the_network_runs_on_sqlite() -> None:
    for document in packaged_agreements():
        for row in Agreement.read(document).in_force.requirements:
            part = compile_rule(row.node, ON, "sqlite", PLAIN)
            assert ask_sqlite(part, record()) == evaluate(row.node, record(), ON, PLAIN).outcome


@pytest.mark.django_db
@pytest.mark.skipif("postgresql" not in str(connection.settings_dict["ENGINE"]), reason="runs on PostgreSQL alone")
@thorough(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RULES, st.lists(RECORDS, min_size=1, max_size=3))
def test_postgresql_says_what_the_interpreter_says(rule, records) -> None:
    parts = compiled(rule, "postgresql")
    with connection.cursor() as cursor:
        for one in records:
            found = []
            for c in parts:
                sql = f"SELECT {c.sql} FROM (SELECT CAST(%(doc)s AS jsonb) AS record) AS t"
                cursor.execute(sql, {**c.parameters, "doc": json.dumps(one)})
                found.append(NAMES[cursor.fetchone()[0]])
            assert found == expected(rule, one)


def test_no_value_of_a_document_stands_in_the_statement() -> None:
    rule = {"exists": "courses", "where": {"compare": ["id", "==", "x'; DROP TABLE records; --"]}}
    for dialect in ("sqlite", "postgresql"):
        found = compile_rule(rule, ON, dialect, PLAIN)
        assert "DROP" not in found.sql and "courses" not in found.sql
        assert "x'; DROP TABLE records; --" in found.parameters.values()
