"""Reading OLX as Open edX does: where blocks stand, what they are called, what they inherit."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.courseware.conftest import Write, number
from tests.factories.people import NOW

from linkspan.courseware.actions import check_course
from linkspan.courseware.engines.olx import Course, read_course
from linkspan.kernel.errors import Unusable


def ids(course: Course) -> list[str]:
    return [block.id for block in course.root.walk() if block.source is not None]


def codes(course: Course) -> list[tuple[str, str]]:
    return [(finding.block, finding.code) for finding in course.findings]


def test_blocks_written_in_place_with_and_without_names(course: Write) -> None:
    read = read_course(
        course(
            "<sequential url_name='s'><vertical url_name='v'>"
            f"<html url_name='h'><p>Text</p></html>{number(7, display_name='How many?')}{number(8)}"
            f"</vertical>{number(9, url_name='alone')}</sequential>"
        )
    )
    first, named, nameless, alone = ids(read)
    assert (first, named, alone) == ("html/h", "problem/How_many_", "problem/alone")
    assert nameless.startswith("problem/problem_") and len(nameless) == len("problem/problem_") + 12
    assert read.findings == ()
    (part,) = read.root.children[0].children
    assert [unit.id for unit in part.units] == ["vertical/v", "problem/alone"]


def test_a_colon_in_a_name_is_a_folder_and_old_names_are_read(course: Write) -> None:
    read = read_course(
        course(
            "<videosequence url_name='s'><wrapper url_name='w'><problem url_name='week:one'/></wrapper>"
            "</videosequence>",
            {"problem/week/one.xml": number(1)},
        )
    )
    assert [block.id for block in read.root.walk()][2:] == ["sequential/s", "vertical/w", "problem/week:one"]


def test_a_definition_in_another_file_is_under_the_attributes_that_point_to_it(course: Write) -> None:
    read = read_course(
        course(
            "<sequential url_name='s'><problem url_name='p' filename='q' display_name='Mine'/></sequential>",
            {"problem/q.xml": number(1, display_name="Theirs", max_attempts="2")},
        )
    )
    (problem,) = [block for block in read.root.walk() if block.type == "problem"]
    assert problem.title == "Mine" and b'max_attempts="2"' in (problem.source or b"")


def test_fields_come_from_the_nearest_container_and_policy_wins(course: Write) -> None:
    read = read_course(
        course(
            "<sequential url_name='s' graded='TRUE' format='HW' due='2030-02-01' graceperiod='1 day 2 hours'>"
            f"<vertical url_name='v' rerandomize='onreset'>{number(1, url_name='a', due='2030-03-01T00:00:00Z')}"
            f"{number(2, url_name='b', weight='2.5')}</vertical></sequential>",
            policy={"course/R1": {"showanswer": "never"}, "problem/b": {"graded": False, "weight": None}},
        )
    )
    first, second = [block for block in read.root.walk() if block.type == "problem"]
    assert first.settings.due == datetime(2030, 3, 1, tzinfo=UTC) and first.graded
    assert second.settings.due == datetime(2030, 2, 1, tzinfo=UTC) and not second.graded
    assert second.settings.graceperiod == timedelta(days=1, hours=2)
    assert second.settings.weight is None
    for problem in (first, second):
        assert b"onreset" in (problem.source or b"") and b"never" in (problem.source or b"")


def test_banks_experiments_and_conditions_keep_their_children(course: Write) -> None:
    read = read_course(
        course(
            "<sequential url_name='s'><vertical url_name='v'>"
            f"<library_content url_name='l' max_count='1'>{number(1, url_name='a')}</library_content>"
            "<split_test url_name='t' user_partition_id='7' group_id_to_child='{&quot;0&quot;: &quot;x&quot;}'>"
            f"<vertical url_name='x'>{number(2, url_name='b')}</vertical></split_test>"
            "<conditional url_name='c' sources='i4x://CasesX/C1/problem/a' attempted='True'>"
            "<show sources='i4x://CasesX/C1/problem/d; block-v1:CasesX+C1+R1+type@html+block@e'/></conditional>"
            "</vertical></sequential>",
            {"problem/d.xml": number(4), "html/e.xml": "<html><p>Text</p></html>"},
        )
    )
    assert ids(read) == ["problem/a", "problem/b", "problem/d", "html/e"]
    assert read.findings == ()


def test_what_is_missing_twice_or_not_taught_here_is_named(course: Write) -> None:
    read = read_course(
        course(
            f"<sequential url_name='s'>{number(1, url_name='p')}{number(2, url_name='p')}"
            "<problem url_name='gone'/><crossword url_name='x' rows='3'/></sequential>"
        )
    )
    assert codes(read) == [
        ("problem/p", "name_twice"),
        ("problem/gone", "file_missing"),
        ("crossword/x", "not_available"),
    ]
    assert [finding.error for finding in read.findings] == [True, True, False]
    assert len(ids(read)) == 3


def test_a_block_that_holds_itself_ends(course: Write) -> None:
    loop = "<library_content><library_content url_name='l'/></library_content>"
    read = read_course(
        course("<sequential url_name='s'><library_content url_name='l'/></sequential>", {"library_content/l.xml": loop})
    )
    assert codes(read) == [("library_content/l", "too_deep")]


@pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "..:..:outside"])
def test_no_definition_is_read_from_outside(course: Write, name: str) -> None:
    folder = course(f"<sequential url_name='s'><problem url_name='{name}'/></sequential>")
    (folder.parent.parent / "outside.xml").write_text(number(1))
    read = read_course(folder)
    assert [code for _, code in codes(read)] == ["file_missing"]


@pytest.mark.parametrize("run", ["../../x", "a b", ""])
def test_a_run_that_cannot_be_one_is_refused(course: Write, run: str) -> None:
    with pytest.raises(Unusable):
        read_course(course("", {"course.xml": f'<course org="o" course="c" url_name="{run}"/>'}))


def test_the_check_of_a_course(course: Write) -> None:
    check = check_course(
        course(
            f"<sequential url_name='s' due='2001-01-01'>{number(1, url_name='late')}"
            f"{number(2, url_name='survey', max_attempts='0')}"
            "<problem url_name='open'><customresponse><textline/></customresponse></problem>"
            f"{number('1/0', url_name='wrong')}"
            "</sequential>"
        ),
        NOW,
    )
    assert (check.blocks, check.problems, check.full_marks, check.no_reference, check.closed) == (4, 4, 1, 1, 1)
    assert [(one.block, one.code) for one in check.errors] == [("problem/wrong", "reference_fails")]


def test_an_empty_course_is_an_error(course: Write) -> None:
    assert [one.code for one in check_course(course(""), NOW).errors] == ["empty"]
