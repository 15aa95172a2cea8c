"""Every template can be read: a filter that is not there breaks a page only when somebody opens it."""

from pathlib import Path

import pytest
from django.template.loader import get_template

import linkspan.web

FOLDER = Path(linkspan.web.__file__).parent / "templates"


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html")))
def test_a_template_can_be_read(name) -> None:
    assert get_template(name)
