"""What a course holds reaches the page as HTML that leaves no element open: nothing of the page falls into it."""

from html.parser import HTMLParser

import pytest
from tests.courseware.conftest import Write
from tests.factories.people import NOW
from tests.factories.problems import meet

from linkspan.courseware.engines.markup import as_html, file_as_html
from linkspan.courseware.engines.olx import read_course
from linkspan.courseware.engines.runtime import CourseRuntime
from linkspan.courseware.engines.told import Learner, Result

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
#: Elements that swallow what follows where they are written as XML closes them.
OPEN = ("div", "span", "textarea", "script", "iframe", "style", "title", "video", "select", "object", "p", "b", "a")


class Balance(HTMLParser):
    """The elements of a fragment as a browser nests them: `/>` closes nothing."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.marks: list[list[str]] = []
        self.feed(fragment)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open and self.open[-1] == tag, f"</{tag}> in {self.open}"
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if "MARK" in data:
            self.marks.append(list(self.open))


def marks(fragment: str) -> list[list[str]]:
    """In which elements each MARK stands; every element of the fragment is closed in it."""
    found = Balance(fragment)
    assert found.open == []
    return found.marks


INSIDE = "".join(f"<{name}/><i>MARK</i>" for name in OPEN)
#: capa takes an empty script for Python, and fails.
OF_PROBLEM = INSIDE.replace("<script/><i>MARK</i>", "")


def problem(inside: str, more: str = "") -> str:
    asked = '<numericalresponse answer="5"><formulaequationinput/></numericalresponse>'
    return f'<problem showanswer="always"><div>{inside}</div>{asked}{more}</problem>'


def test_what_xml_closes_in_itself_swallows_nothing_of_a_problem(tmp_path) -> None:
    met = meet(problem(OF_PROBLEM), tmp_path)
    where = marks(met.shown().html)
    assert len(where) == len(OPEN) - 1 and {tuple(one[-2:]) for one in where} == {("div", "i")}


def test_a_script_of_a_problem_is_written_letter_by_letter(tmp_path) -> None:
    script = '<script type="text/javascript">if (1 &lt; 2 &amp;&amp; 3 &gt; 2) { start(); }</script>'
    shown = meet(problem(script), tmp_path).shown().html
    assert '<script type="text/javascript">if (1 < 2 && 3 > 2) { start(); }</script>' in shown


def test_neither_do_hints_and_explanations(tmp_path) -> None:
    more = f"<demandhint><hint>{OF_PROBLEM}</hint></demandhint><solution><div>{OF_PROBLEM}</div></solution>"
    met = meet(problem("", more), tmp_path)
    hints = met.hint(0).hints
    assert hints is not None and {tuple(one) for one in marks(hints.html)} == {("ol", "li", "i")}
    told = met.answers()
    assert told.result is Result.ANSWERS and told.answers is not None
    assert told.answers["2_1"] == "5"
    (explained,) = (text for name, text in told.answers.items() if "solution" in name)
    assert {tuple(one[-2:]) for one in marks(explained)} == {("div", "i")}


def texts(folder) -> list[str]:
    read = read_course(folder, "course-v1:CasesX+C1+R1")
    learner = Learner.of("learner")
    runtime = CourseRuntime(run_id=read.run_id, folder=folder, learner=learner, state={}, now=NOW)
    return [runtime.html_of(block) for block in read.root.walk() if block.type == "html"]


def test_neither_do_texts(course: Write) -> None:
    named = '<html url_name="h" filename="h"/>'
    one = f'<html url_name="one"><p>{INSIDE}</p></html>'
    files = {"html/h.html": f"</section></main>{INSIDE}<div><script>a && b < c</script><b>MARK"}
    folder = course(
        f"<sequential><vertical>{one}{named}</vertical></sequential>", {"html/h.html": files["html/h.html"]}
    )
    inline, filed = texts(folder)
    assert {one[-1] for one in marks(inline)} == {"i"}
    assert {one[-1] for one in marks(filed)} == {"i", "b"}
    assert "<script>a && b < c</script>" in filed


@pytest.mark.parametrize("convert", [as_html, file_as_html])
@pytest.mark.parametrize(
    "fragment",
    (
        "<div><p>open", "<!-- open", "</div></div>", "<textarea>open", "<b><i></b></i>", "<plaintext>open",
        '<a href="open', "<svg><title>open", "<table><tr><td>", "<html><body><div>", "a < b", "plain &amp; simple", "",
    ),
)  # fmt: skip
def test_a_fragment_leaves_nothing_open_and_closes_nothing_else(convert, fragment) -> None:
    assert marks(f"<section>{convert(fragment)}<u>MARK</u></section>") == [["section", "u"]]


def test_what_is_right_already_stays() -> None:
    for html in ("a &amp; b", '<p class="x">One<br>two <img src="/static/a.png" alt=""></p>', "<i>1</i> 2 <b>3</b>"):
        assert (as_html(html), file_as_html(html)) == (html, html)
