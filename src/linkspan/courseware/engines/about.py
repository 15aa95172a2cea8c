"""What a course's own files say of it (`about/*.html` of OLX), cleaned for a public page."""

import re
from functools import lru_cache
from pathlib import Path

import nh3

from linkspan.courseware.engines.markdown import TAGS

LARGEST = 200_000
HEADING = re.compile(r"<(/?)h([1-6])>")
TEXT = {*TAGS, "h1", "h2", "h3", "h4", "h5", "h6", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"}
#: How Studio's own form of an overview begins; the page says the same above it.
TWICE = re.compile(r"\A\s*<h\d>\s*About this course\s*</h\d>", re.IGNORECASE)
#: What has no words for a reader.
EMPTY = re.compile(r"<(p|li|h[3-6])>(?:\s|&nbsp;|<br>)*</\1>")


def page_of(folder: Path, name: str) -> str:
    """Return what a file of the course says as HTML that is safe in any page; empty where it says nothing.

    No pictures: a course's files are for who studies it. Its headings begin below those of the page.
    """
    return _page(folder / "about" / f"{name}.html")


def line_of(folder: Path, name: str, longest: int) -> str:
    """Return what a file of the course says as one line of text."""
    return _line(folder / "about" / f"{name}.html")[:longest]


@lru_cache(maxsize=256)
def _page(place: Path) -> str:
    found = nh3.clean(
        _read(place),
        tags=TEXT,
        clean_content_tags={"script", "style", "iframe", "object", "template", "title", "noscript"},
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
        generic_attribute_prefixes=set(),
    )
    lower = HEADING.sub(lambda one: f"<{one[1]}h{min(6, max(int(one[2]), 2) + 1)}>", found)
    html = EMPTY.sub("", TWICE.sub("", lower)).strip()
    return html if _words(html) else ""


@lru_cache(maxsize=1_024)
def _line(place: Path) -> str:
    return _words(_read(place))


def _words(html: str) -> str:
    from lxml.html import fromstring

    clean = nh3.clean(html, tags=set(), clean_content_tags={"script", "style"})
    return " ".join(fromstring(f"<p>{clean}</p>").text_content().split()) if clean.strip() else ""


def _read(place: Path) -> str:
    """Its text; nothing of a link, or of what is larger than a page is."""
    if place.is_symlink() or not place.is_file() or place.stat().st_size > LARGEST:
        return ""
    return place.read_bytes().decode("utf-8-sig", "replace").replace("\0", "")
