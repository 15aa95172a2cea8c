"""Addresses are named, never written: a page is moved in `urls.py` alone, and whoever leads there goes along."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver
from tests.web.written import IN_TEMPLATES, written

from linkspan.kernel.things import About, Thing, address_of
from linkspan.web.addresses import PAGES

SOURCE = Path(__file__).resolve().parents[2] / "src" / "linkspan"
TEMPLATES = SOURCE / "web" / "templates"
#: What takes the name of a page, and as its which argument.
NAMING = {"reverse": 0, "redirect": 0, "done": 2, "_task": 1}
USED = re.compile(r"\{% url '([\w-]+)'")


def _names(patterns: list[URLPattern | URLResolver], within: str = "") -> Iterator[str | None]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else within)
        else:
            yield pattern.name and f"{within}{pattern.name}"


def test_every_address_has_a_name() -> None:
    names = list(_names(get_resolver().url_patterns))
    assert "money-pay" in names and "account_login" in names and None not in names


def test_templates_use_names_that_there_are() -> None:
    texts = [path.read_text() for path in TEMPLATES.rglob("*") if path.is_file()]
    assert {name for text in texts for name in USED.findall(text)} <= set(_names(get_resolver().url_patterns))


def _named(module: Path) -> Iterator[str]:
    """The names that a module leads to."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMING:
            given = node.args[NAMING[node.func.id] :][:1]
            yield from (arg.value for arg in given if isinstance(arg, ast.Constant))


def test_modules_use_names_that_there_are() -> None:
    used = {name for module in SOURCE.rglob("*.py") for name in _named(module)}
    assert "money-pay" in used and used <= set(_names(get_resolver().url_patterns))


def test_the_lint_sees_what_it_is_for() -> None:
    leads = 'done(r, "x", f"/pay/{charge}/")\nredirect("/aid/?x=1")\ntell("/dashboard/")'
    told = f'{leads}\npath == "/aid/"\nopen("/dev/null")'
    assert [path for _, path in written(ast.parse(told))] == ["/pay/x/", "/aid/", "/dashboard/"]
    assert IN_TEMPLATES.search('<a href="/pay/">') and IN_TEMPLATES.search('<a href="{{ base }}/pathways/">')


def test_every_thing_has_a_page() -> None:
    assert set(PAGES) == set(Thing) and set(PAGES.values()) <= set(_names(get_resolver().url_patterns))
    run, school = "course-v1:MITx+SC0x+2018", "MITx"
    assert address_of(About(Thing.EXAM_DESK)) == "/desk/exams/"
    assert address_of(About.of(Thing.INBOX, school)) == "/desk/inbox/MITx/"
    assert address_of(About.of(Thing.COURSE_RUN, run)) == f"/runs/{run}/"
    assert address_of(About.of(Thing.AGREEMENT_VERSION, "rit-2018", 2)) == "/desk/agreements/rit-2018/2/"
