"""What a course brings for its scripts: its library, results that are kept, and a word about Python 2."""

import zipfile
from pathlib import Path

import pytest
from tests.factories.people import NOW
from tests.factories.problems import meet, said

from linkspan.courseware.actions import check_course
from linkspan.courseware.engines import results, sandbox
from linkspan.courseware.engines.olx import python_library
from linkspan.courseware.engines.results import Results
from linkspan.courseware.engines.scripts import Script, objections

needs_sandbox = pytest.mark.skipif(not sandbox.available(), reason="bubblewrap with seccomp is not available here")
CHECKED = '<problem><script type="loncapa/python">\n{}\n</script>{}</problem>'
EVEN = '<customresponse cfn="even" expect="4"><textline/></customresponse>'


def library(folder: Path, code: str) -> None:
    (folder / "static").mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "static" / "python_lib.zip", "w") as packed:
        packed.writestr("caselib.py", code)


def answered(folder: Path, answer: str, learner: str = "a") -> str:
    source = (folder / "problem" / "p.xml").read_text()
    return said(meet(source, folder, learner).submit({"2_1": answer}))


@pytest.fixture
def course(tmp_path) -> Path:
    (tmp_path / "problem").mkdir()
    (tmp_path / "problem" / "p.xml").write_text(CHECKED.format("from caselib import even", EVEN))
    library(tmp_path, "def even(expect, answer):\n    return int(answer) % 2 == 0\n")
    return tmp_path


@needs_sandbox
def test_the_courses_library_is_imported(course) -> None:
    assert [answered(course, answer) for answer in ("4", "3")] == ["correct", "incorrect"]


def shown(folder: Path, learner: str) -> str:
    return meet((folder / "problem" / "p.xml").read_text(), folder, learner).shown().html


@needs_sandbox
def test_a_showing_is_worked_out_once_for_each_seed_and_learner(course, monkeypatch) -> None:
    monkeypatch.setattr(results, "RESULTS", Results())
    first = shown(course, "a")
    sandbox.POOL.close()
    monkeypatch.setenv("PATH", "/nowhere")  # nothing can be run any more
    assert shown(course, "a") == first
    with pytest.raises(Exception, match="not available here"):
        shown(course, "b")  # the learner is among the inputs
    monkeypatch.undo()
    assert shown(course, "b")  # what could not be run was not kept as a result


@needs_sandbox
def test_another_library_gives_another_result(course, tmp_path_factory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "problem").mkdir()
    (other / "problem" / "p.xml").write_text((course / "problem" / "p.xml").read_text())
    library(other, "def even(expect, answer):\n    return False\n")
    assert (answered(course, "4"), answered(other, "4")) == ("correct", "incorrect")


def test_results_are_copies_and_bounded() -> None:
    kept = Results()
    kept.set("c", "k", [None, {"a": [1]}])
    kept.get("c", "k")[1]["a"].append(2)
    assert kept.get("c", "k") == [None, {"a": [1]}]
    assert kept.get("other", "k") is None
    kept.set("c", "large", "a" * results.LARGEST_RESULT)
    assert kept.get("c", "large") is None
    for number in range(150):
        kept.set("c", str(number), "a" * 199_000)
    assert kept.get("c", "k") is None and kept.get("c", "149") is not None
    assert kept._characters == sum(map(len, kept._kept.values())) <= results.MOST_CHARACTERS


def test_a_library_too_large_or_elsewhere_is_left_out(tmp_path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "python_lib.zip").symlink_to("/etc/hostname")
    assert python_library(tmp_path) is None


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = 1\nprint x", "line 8: this Python cannot run: Missing parentheses in call to 'print'"),
        ("try:\n    x\nexcept A, e:\n    pass", "line 9: this Python cannot run: "),
        ("x = 0777", "line 7: this Python cannot run: leading zeros"),
        ("d = {}\nd.has_key(1)", "line 8: this Python cannot run: Python 3 has no has_key. Write in."),
        ("import string\nstring.letters", "line 8: this Python cannot run: Python 3 has no letters."),
        ("y = unicode('a')", "line 7: this Python cannot run: Python 3 has no unicode. Write str."),
        ("(" * 5000, "line 7: this Python cannot run: too many nested parentheses"),
    ],
)
def test_python_2_is_named_with_its_line_and_what_to_write(code, told) -> None:
    (found,) = objections([Script("problem/p", 7, code)])
    assert found.error and found.message.startswith(f"problem/p, {told}")


@pytest.mark.parametrize(
    "code",
    [
        "def reduce(x):\n    return x\ny = reduce(1)",
        "from functools import reduce\nreduce(max, [1])",
        "letters = 'ab'\nx.letters",
        "for i in xrange(3):\n    pass",
        "print('x')",
    ],
)
def test_python_3_is_not_blamed(code) -> None:
    assert objections([Script("problem/p", 1, code)]) == ()


def test_the_import_tells_of_python_2(tmp_path) -> None:
    (tmp_path / "course.xml").write_text(
        '<course org="T" course="S" url_name="r"><chapter url_name="c"><sequential url_name="s"><vertical url_name="v">'
        '<problem url_name="p"/></vertical></sequential></chapter></course>'
    )
    (tmp_path / "problem").mkdir()
    (tmp_path / "problem" / "p.xml").write_text(CHECKED.format("print 1", EVEN))
    (told, *_) = check_course(tmp_path, NOW).errors
    assert told.message.startswith("problem/p, line 2: this Python cannot run: Missing parentheses in call to 'print'")
