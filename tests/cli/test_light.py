"""`linkspan --help` loads no package: who asks for help, or mistypes, does not wait for Django and numpy."""

import subprocess
import sys
from pathlib import Path

import linkspan.cli

LOADED = (
    "import sys\n"
    "before = set(sys.modules)\n"
    "import linkspan.cli\n"
    "from linkspan.site.command import main\n"
    "try:\n"
    "    main(['--help'])\n"
    "except SystemExit as end:\n"
    "    assert end.code == 0, end.code\n"
    "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
    "print(*sorted(new - set(sys.stdlib_module_names)), file=sys.stderr)\n"
)
#: Of the standard library what takes as long as a package.
HEAVY = ("asyncio", "multiprocessing.connection", "concurrent.futures.process", "urllib.request")


def test_help_loads_nothing_but_the_faces() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert "commands" in told.stdout
    assert told.stderr.split() == ["linkspan"], "import packages in the function that runs the command"


def test_help_loads_nothing_heavy_of_the_standard_library() -> None:
    again = LOADED + "print(*[name for name in sys.argv[1:] if name in sys.modules], file=sys.stderr)"
    told = subprocess.run([sys.executable, "-c", again, *HEAVY], capture_output=True, text=True, check=True)
    assert told.stderr.splitlines()[1] == ""


#: What takes long to load and few requests need: in the functions that need it.
SELDOM = (
    "xblocks_contrib",
    "nltk",
    "sympy",
    "scipy",
    "pyhanko.sign",
    "matplotlib",
    "ray",
    "celery",
    "kombu",
    "redis",
    "fastavro",
    "openedx_events",
    "storages",
    "boto3",
    "opentelemetry.sdk",
)
SITE = (
    "import os, sys, django\n"
    "os.environ['DJANGO_SETTINGS_MODULE'] = 'linkspan.site.settings'\n"
    "django.setup()\n"
    "import linkspan.site.urls, linkspan.site.serve\n"
    "print(*[name for name in sys.argv[1:] if name in sys.modules])"
)


def test_the_site_loads_what_few_requests_need_when_they_come() -> None:
    told = subprocess.run([sys.executable, "-c", SITE, *SELDOM], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_commands_act_by_the_name_of_who_runs_them() -> None:
    modules = Path(linkspan.cli.__file__).parent.glob("[!_]*.py")
    assert [one.name for one in modules if "system_actor" in one.read_text()] == [], (
        "linkspan.cli.command_line says who"
    )
