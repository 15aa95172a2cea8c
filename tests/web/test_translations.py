"""Every text is in the template for translators, and only finished languages are offered."""

import ast
import os
import re
import shutil
import subprocess
import sys
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import gettext, override
from tests.factories.plain_words import World

import linkspan
from linkspan.kernel import errors
from linkspan.messages.rules import TEMPLATES, words
from linkspan.pathways.rules.language.fields import ROWS, TOP
from linkspan.pathways.rules.language.values import CODED
from linkspan.web.build_locales import LOCALE, gaps, languages, pseudo, pseudo_catalogue, read
from linkspan.web.code_words import WORDS
from linkspan.web.management.commands.makemessages import ALIASES, SENTENCES

#: Enumerations that no page shows by their own words.
UNSEEN = {
    "accounts.AccessScope",  # told to holders by access_scope.html
    "credentials.Family",
    *(
        "accounts.Scope",
        "admissions.Act",
        "admissions.Change",
        "admissions.Says",
        "exams.Op",
        "exams.Standing",
        "finance.Account",
    ),
    *("courseware.How", "courseware.PlaceOutcome"),
    *("institutions.Custody", "pathways.DraftAct", "pathways.Kind", "pathways.Meaning"),
    # What becomes of a row of a file: pages have a text of their own for each.
    *("catalog.Outcome", "enrolment.RosterOutcome"),
    # Whose turn it is, and how threads are listed and ended: likewise.
    *("messages.By", "messages.Party", "messages.Standing", "courseware.Show", "courseware.ThreadAct"),
    # Which attempts count, and what to look at: the page of an exam's statistics has a text of its own for each.
    *("exams.Counted", "exams.Out", "exams.Flag"),
    # What is conferred, by the names of Open Badges: web/conferral_desk.py has the words of each.
    "recognition.DegreeKind",
}
#: The names under which makemessages finds a text: gettext's own, Django's, and those that our command adds.
KNOWN = {"_", *ALIASES}
PACKAGE = Path(__file__).resolve().parents[2] / "src" / "linkspan"


def ids(catalogue) -> set:
    return {message.id for message in catalogue if message.id}


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_the_template_has_every_text(tmp_path) -> None:
    copy = tmp_path / "linkspan"
    shutil.copytree(
        PACKAGE, copy, ignore=shutil.ignore_patterns("static", "built", "served", "__pycache__", "migrations")
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "LINKSPAN_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "linkspan.site.command", "manage", "makemessages", "-l", "en", "--no-obsolete"]
    subprocess.run(command, check=True, cwd=copy, env=environment, capture_output=True)
    with (copy / "web/locale/en/LC_MESSAGES/django.po").open("rb") as made:
        assert ids(read_po(made)) == ids(read("en")), "run `make messages`"


def test_only_finished_languages_are_offered() -> None:
    template = read("en")
    for code, _name in settings.LANGUAGES:
        if code != settings.LANGUAGE_CODE:
            assert gaps(template, read(code)) == [], code


@pytest.mark.parametrize("language", languages())
def test_every_text_is_translated(language) -> None:
    """Missing, unsure, or with other placeholders or tags: docs/howto/translate.md says what to do."""
    assert gaps(read("en"), read(language)) == []


def test_a_pseudo_translation_keeps_what_is_filled_in() -> None:
    told = pseudo('Pay %(amount)s by {day}: <a class="on" href="%(url)s">now</a>&nbsp;100 %%')
    assert told == '[Páy %(amount)s by {day}: <a class="on" href="%(url)s">ñów</a>&nbsp;100 %%]'


def test_the_pseudo_locale_has_every_text_of_the_template() -> None:
    template = read("en")
    assert ids(pseudo_catalogue(template)) == ids(template)
    assert (LOCALE / "en_XA/LC_MESSAGES/django.mo").is_file(), "run `make setup`"


def test_no_text_hides_under_a_name_that_makemessages_does_not_know() -> None:
    hidden = []
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                named = {found.asname for found in node.names if found.asname and "get" in found.name}
                hidden += [f"{module.name}: {name}" for name in named - KNOWN]
    assert hidden == []


def test_the_sentence_of_every_kind_of_error_is_found_and_none_is_filled_in_before() -> None:
    kinds = {
        name for name, kind in vars(errors).items() if isinstance(kind, type) and kind.__module__ == errors.__name__
    }
    assert kinds - {"LinkspanError"} <= set(SENTENCES)
    filled = []
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SENTENCES
            if called and len(node.args) > 1 and isinstance(node.args[1], ast.JoinedStr):
                filled.append(f"{module.relative_to(PACKAGE)}:{node.lineno}")
    assert filled == [], "give the sentence and its values apart: Refused(code, 'It closed on {day}.', day=day)"


def test_no_page_tells_the_english_sentence_of_an_error() -> None:
    plain = []
    for module in (PACKAGE / "web").rglob("*.py"):
        nodes = list(ast.walk(ast.parse(module.read_text())))
        calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        translated = {
            arg for call in calls if call.func.id in {"in_words", "gettext", "_", "said"} for arg in call.args
        }
        told = {node for node in nodes if isinstance(node, ast.Attribute) and node.attr == "message"} - translated
        plain += [f"{module.relative_to(PACKAGE)}:{node.lineno}" for node in told]
    assert plain == [], "give the error itself to in_words, which translates its sentence"


def test_every_code_that_people_see_is_in_words_for_translators() -> None:
    codes = {member.value for kind in kinds_of_codes() for member in kind}
    for module in PACKAGE.rglob("*.py"):
        codes |= set(re.findall(r'\bverb="([a-z_]+)"', module.read_text()))
        codes |= set(re.findall(r'\bf?"[a-z_]+\.([a-z_]+):\{', module.read_text()))  # what the trail is about
    codes |= {*TOP, *ROWS, *(field for row in ROWS.values() for field in row), *CODED}  # as conditions name them
    assert {code.replace("_", " ") for code in codes} - set(WORDS) == set(), "add them to web/code_words.py"


def kinds_of_codes() -> list[type[StrEnum]]:
    """The enumerations that the domains' rules define, but for those that no page shows."""
    modules = [module.name for module in walk_packages(linkspan.__path__, "linkspan.") if ".rules" in module.name]
    found = {
        kind
        for name in modules
        for kind in vars(import_module(name)).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__module__ == name
    }
    return [kind for kind in found if f"{kind.__module__.split('.')[1]}.{kind.__name__}" not in UNSEEN]


def test_no_notice_has_a_plain_word_in_the_pseudo_locale() -> None:
    class Filled(dict):
        def __missing__(self, name: str) -> str:
            return "1"

    with override("en-xa"):
        told = {kind: " ".join(words(kind, Filled(), gettext)) for kind in TEMPLATES}
    assert {kind: text for kind, text in told.items() if World().plain([text])} == {}
