"""Every template can be read: a filter that is not there breaks a page only when somebody opens it."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

import linkspan.web
from linkspan.web.templatetags.linkspan import who

FOLDER = Path(linkspan.web.__file__).parent / "templates"

#: Whoever acted, as rows keep it.
VERBS = (
    "asked certified checked closed decided granted handed_in invited lifted made noted opened prepared proved "
    "published recorded reversed taken written"
)
ACTED = re.compile(
    rf"(?:{{{{ |=)[a-z_.]*\.(?:actor_name|preparer|reader_name|(?:{VERBS.replace(' ', '|')})_by)"
    r"(?! and| or|\|who)\b(?!_)"
)


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")))
def test_a_template_can_be_read(name) -> None:
    assert get_template(name)


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")))
def test_no_page_names_a_job_as_the_program_does(name) -> None:
    assert ACTED.findall((FOLDER / name).read_text()) == [], "write {{ row.decided_by|who }}"


def test_a_job_is_the_system_and_a_command_is_who_gave_it() -> None:
    names = ("Jo Sample", None, "system:setup", "system:command line (jo)")
    assert [who(name) for name in names] == ["Jo Sample", "", "the system", "command line (jo)"]
