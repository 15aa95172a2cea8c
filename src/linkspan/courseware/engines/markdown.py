"""What people write to each other, as HTML: a small part of Markdown, and nothing that runs, loads or looks elsewhere.

Emphasis, links, code, lists and quotations are shown; headings, tables, pictures and HTML stay text. What the reader
of Markdown makes is cleaned once more, so that a fault in it opens nothing.
"""

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

SHOWN = ["emphasis", "link", "autolink", "backticks", "list", "fence", "code", "blockquote", "newline", "escape"]
TAGS = {"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a"}
#: Whole addresses, and pages of this site; no other site without its scheme.
LINK = re.compile(r"(?:https?://|mailto:|/(?![/\\]))", re.IGNORECASE)


class _Reader(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Whether an address becomes a link."""
        return LINK.match(url) is not None and super().validateLink(url)


_READER = _Reader("zero", {"html": False, "breaks": True, "maxNesting": 20}).enable([*SHOWN, "entity"])


@lru_cache(maxsize=2_048)
def as_html(text: str) -> str:
    """Return the text as HTML that may stand in any page."""
    return nh3.clean(
        _READER.render(text),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer ugc",
        generic_attribute_prefixes=set(),
    )
