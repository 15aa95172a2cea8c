"""Commands, each in a fork of one process that has loaded the site: what a start costs is paid once for many.

A child does what `linkspan` does, `main` with its words, with files as its output; it opens every connection itself.
"""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from linkspan.site.command import main

ROOT = Path(__file__).resolve().parents[2]


class Loaded:
    """A process that takes commands, until it is closed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.site.loaded"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        )

    def run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        code, out, err = json.loads(self._process.stdout.readline())
        return subprocess.CompletedProcess(list(words), code, out, err)

    def close(self) -> None:
        """End the process, and wait for its end."""
        self._process.communicate()


def _serve() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "linkspan.site.settings"
    import django

    django.setup()
    for line in sys.stdin:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()  # noqa: TID251  nothing ran before it that makes threads
            if child == 0:
                _child(json.loads(line), out.fileno(), err.fileno())
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            told = [(file.seek(0), file.read().decode())[1] for file in (out, err)]
        print(json.dumps([code, *told]), flush=True)


def _child(words: list[str], out: int, err: int) -> None:
    code = 70
    try:
        os.dup2(out, 1)
        os.dup2(err, 2)
        code = main(words)
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
