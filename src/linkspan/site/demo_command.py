"""`linkspan demo`: the sample world on this machine, with one sign-in link for each person of the story.

The world is made in a process of its own, and the server then takes this one's place: what makes documents and counts
columns starts threads in native code, which a process that serves must start itself.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from linkspan.site.serve import add_serving


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("demo", help="serve the sample world; a second run keeps its data")
    parser.add_argument("--reset", action="store_true", help="start the world over")
    parser.add_argument("--no-serve", action="store_true", help="only make the world")
    add_serving(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the world if there is none, print the links, serve."""
    home = Path(os.environ.get("LINKSPAN_HOME", "var")).resolve() / "demo"
    if arguments.reset and os.environ.get("LINKSPAN_DATABASE_URL"):
        print("linkspan demo: --reset: LINKSPAN_DATABASE_URL names a database; empty it yourself", file=sys.stderr)
        return 2
    if not arguments.no_serve:
        from linkspan.site.server import listen

        listen(arguments.host, arguments.port).close()  # an address in use is told before half a minute of work
    if arguments.reset:
        shutil.rmtree(home, ignore_errors=True)
    os.environ["LINKSPAN_HOME"] = str(home)
    os.environ["LINKSPAN_DEMO"] = "1"
    os.environ.setdefault("LINKSPAN_BASE_URL", f"http://127.0.0.1:{arguments.port}")
    made = _make_world()
    if made or arguments.no_serve:
        return made
    serve = ["serve", "--host", arguments.host]
    for name in ("port", "workers", "threads", "proxies", "drain"):
        serve += [f"--{name}", str(getattr(arguments, name))]
    if arguments.lifeline is not None:
        os.set_inheritable(arguments.lifeline, True)
        serve += ["--lifeline", str(arguments.lifeline)]
    os.execv(sys.executable, [sys.executable, "-m", "linkspan.site.command", *serve])  # noqa: S606


def _make_world() -> int:
    """Make the world in a process that ends with this one; its exit code."""
    lifeline, held = os.pipe()
    world = [sys.executable, "-m", "linkspan.site.demo_world", str(lifeline)]
    try:
        return subprocess.run(world, pass_fds=[lifeline]).returncode
    finally:
        os.close(lifeline)
        os.close(held)
