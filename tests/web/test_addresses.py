"""Addresses are named, never written: a page is moved in `urls.py` alone, and whoever leads there goes along."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver

from linkspan.kernel.things import About, Thing, address_of
from linkspan.web.addresses import PAGES
from linkspan.web.urls import urlpatterns

SOURCE = Path(__file__).resolve().parents[2] / "src" / "linkspan"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted(path for path in (SOURCE / "web" / "templates").rglob("*") if path.is_file())
#: An attribute whose value begins at the root of the site, or at the root of the site by its full address.
WRITTEN = re.compile(r'[\w-]+="(?:\{\{ *base *\}\})?/')
USED = re.compile(r"\{% url '([\w-]+)'")


def _names(patterns: list[URLPattern | URLResolver]) -> Iterator[str | None]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from () if pattern.namespace else _names(pattern.url_patterns)
        else:
            yield pattern.name


def _address(node: ast.expr) -> str:
    """What a literal begins with, with an x for each value in it; empty for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    return ""


def _written(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Literals that lead to a page of the site; a comparison leads nowhere."""
    if isinstance(tree, ast.Compare):
        return
    if isinstance(tree, ast.Constant | ast.JoinedStr):
        path = re.split(r"[?#]", _address(tree))[0]
        if len(path) > 1 and path.startswith("/") and any(route.fullmatch(path[1:]) for route in ROUTES):
            yield tree.lineno, path
        return
    for child in ast.iter_child_nodes(tree):
        yield from _written(child)


ROUTES = [re.compile(re.sub(r"<\w+:\w+>", "[^/]+", re.sub(r"\.(?=\w)", r"\\.", str(p.pattern)))) for p in urlpatterns]


def test_every_address_has_a_name() -> None:
    names = list(_names(get_resolver().url_patterns))
    assert "money-pay" in names and "account_login" in names and None not in names


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE / "web" / "templates")))
def test_templates_name_addresses_that_there_are(template: Path) -> None:
    text = template.read_text()
    assert WRITTEN.findall(text) == [], "name the page: {% url 'money-pay' charge.id %}"
    assert set(USED.findall(text)) <= set(_names(get_resolver().url_patterns))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_name_addresses(module: Path) -> None:
    assert list(_written(ast.parse(module.read_text()))) == [], "a face names the page; a domain says what it is about"


def test_the_lint_sees_what_it_is_for() -> None:
    leads = 'done(r, "x", f"/pay/{charge}/")\nredirect("/aid/?x=1")\ntell("/dashboard/")'
    told = f'{leads}\npath == "/aid/"\nopen("/dev/null")'
    assert [path for _, path in _written(ast.parse(told))] == ["/pay/x/", "/aid/", "/dashboard/"]
    assert WRITTEN.search('<a href="/pay/">') and WRITTEN.search('<a href="{{ base }}/pathways/">')


def test_every_thing_has_a_page() -> None:
    assert set(PAGES) == set(Thing) and set(PAGES.values()) <= set(_names(get_resolver().url_patterns))
    run, school = "course-v1:MITx+SC0x+2018", "MITx"
    assert address_of(About(Thing.EXAM_DESK)) == "/desk/exams/"
    assert address_of(About.of(Thing.INBOX, school)) == "/desk/inbox/MITx/"
    assert address_of(About.of(Thing.COURSE_RUN, run)) == f"/runs/{run}/"
    assert address_of(About.of(Thing.AGREEMENT_VERSION, "rit-2018", 2)) == "/desk/agreements/rit-2018/2/"
