"""What people write to each other shows as they mean it, and nothing in it runs, loads or leads to another scheme."""

import time

import pytest
from tests.web.test_hostile_content import PAYLOADS, Elements

from linkspan.courseware.engines.markdown import as_html


def test_a_small_part_of_markdown_shows() -> None:
    assert as_html("*a* **b** `c<d`\nnext") == "<p><em>a</em> <strong>b</strong> <code>c&lt;d</code><br>\nnext</p>\n"
    assert as_html("- a\n- b") == "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"
    link = '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener noreferrer ugc">x</a>'
    assert as_html("[x](https://example.org/?a=1&b=2)") == f"<p>{link}</p>\n"
    assert as_html("# Big\n\n| a |\n|---|") == "<p># Big</p>\n<p>| a |<br>\n|---|</p>\n"
    assert 'href="/courses/x/"' in as_html("[here](/courses/x/)")


@pytest.mark.parametrize(
    "wrap", ["{}", "[x]({})", "![x]({})", "<{}>", "```{}\n{}\n```", "> - {}", "[{}](https://e.org)"]
)
def test_hostile_text_is_text(wrap) -> None:
    allowed = {"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a"}
    for payload in PAYLOADS:
        shown = Elements(as_html(wrap.replace("{}", payload)))
        assert {name for name, _ in shown.found} <= allowed, payload
        assert {names for _, names in shown.found} <= {(), ("href", "rel")}, payload
        assert all(one.startswith(("https://", "http://", "mailto:", "/")) for one in shown.addresses), payload
        assert not any(one.startswith(("//", "/\\")) for one in shown.addresses), payload


@pytest.mark.parametrize("part", ["[", "*a **a ", "`a``b", "> - ", "[a](", "&#", "[a]((((", "- a\n  ", "<a", "\\"])
def test_text_made_to_be_slow_is_read_at_once(part) -> None:
    before = time.process_time()
    as_html((part * 5_000)[:5_000])
    assert time.process_time() - before < 1
