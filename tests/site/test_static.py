"""What a browser loads for the first page: compressed, under names that hold a hash, kept for a year, little."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import Client
from tests.site.running import environment

import linkspan.web

LARGEST_FIRST_PAGE = 120_000
PAGES = list((Path(linkspan.web.__file__).parent / "templates").rglob("*.html"))
NAMED = re.compile(r"{% static ['\"]([^'\"]+)['\"]")
YEAR = 365 * 86400
LOADED = re.compile(r"(?:href|src)=\"(/static/[^\"]+)\"")
HASH = re.compile(r"\.[0-9a-f]{12}\.\w+$")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The static files as `make setup` collects them."""
    folder = tmp_path_factory.mktemp("served")
    command = [sys.executable, "-m", "linkspan.site.collect", str(folder)]
    subprocess.run(command, check=True, env=environment(tmp_path_factory.mktemp("home")), stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture
def browser(served, settings) -> Client:
    """A client of a server that has them."""
    settings.STATIC_ROOT = served
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": settings.HASHED}}
    settings.WHITENOISE_USE_FINDERS = False
    return Client(headers={"Accept-Encoding": "gzip"})


@pytest.mark.django_db
def test_the_first_page_is_small_and_its_files_are_kept_for_a_year(browser) -> None:
    page = browser.get("/").content
    loaded = sorted(set(LOADED.findall(page.decode())))
    assert len(loaded) >= 4
    total = len(gzip.compress(page))
    for address in loaded:
        answer = browser.get(address)
        body = answer.getvalue()
        kept = answer.headers["Cache-Control"]
        assert (answer.status_code, bool(HASH.search(address)), "immutable" in kept) == (200, True, True), address
        assert int(re.search(r"max-age=(\d+)", kept)[1]) >= YEAR
        assert answer.headers["Content-Encoding"] == "gzip", address
        total += len(body)
    assert total < LARGEST_FIRST_PAGE


def test_a_file_without_a_hash_is_asked_for_again(browser) -> None:
    assert browser.get("/static/linkspan/linkspan.css").headers["Cache-Control"] == "max-age=60, public"


def test_whoever_takes_no_compressed_answer_gets_the_file(browser, served) -> None:
    answer = Client().get("/static/linkspan/linkspan.css")
    assert answer.getvalue() == (served / "linkspan" / "linkspan.css").read_bytes()
    assert "Content-Encoding" not in answer.headers


def test_a_file_that_was_not_collected_keeps_its_name(browser) -> None:
    assert static("images/spinner.gif") == "/static/images/spinner.gif"


def test_our_own_pages_name_no_file_that_is_not_there() -> None:
    named = {name for page in PAGES for name in NAMED.findall(page.read_text())}
    assert len(named) > 5 and [name for name in sorted(named) if finders.find(name) is None] == []
