"""`python -m benchmarks.sandbox_speed`: a course script in the warm pool against one bubblewrap a run, in the same run.

The script draws numbers with numpy, as scripts of problems do, with other inputs each time. A showing again is what
capa finds in the kept results. Exits 1 if the pool's p95 is over 50 ms, a showing again over 10 ms, or the pool is
not at least twice as fast as one bubblewrap a run.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from linkspan.courseware.engines import sandbox

RUNS = 100
SCRIPT = "import numpy\ny = float(numpy.random.RandomState({}).uniform(1, 9))"


def one_bubblewrap(number: int) -> None:
    """The same script in a bubblewrap and a Python of its own."""
    python = [*sandbox.command(0)[:-2], "-c", SCRIPT.format(number)]
    subprocess.run(python, env={}, check=True, stdin=subprocess.DEVNULL)


def pooled(number: int) -> None:
    """The script in a child of the pool."""
    assert sandbox.run(SCRIPT.format(number), {})[0] is None


def shown_again() -> Callable[[int], None]:
    """A showing of a problem whose script has run before."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkspan.site.settings")
    import django

    django.setup()
    from linkspan.courseware.engines.runtime import CourseRuntime
    from linkspan.courseware.rules import Block

    folder = Path(tempfile.mkdtemp())
    (folder / "problem").mkdir()
    (folder / "problem" / "p.xml").write_text(
        f"<problem><script>{SCRIPT.format(1)}</script><p>$y</p>"
        '<numericalresponse answer="$y"><textline/></numericalresponse></problem>'
    )

    def show(_: int) -> None:
        runtime = CourseRuntime(
            run_id="course-v1:Bench+S+r", folder=folder, learner="a", state={}, on_grade=lambda *_: None
        )
        runtime.load_block(Block("problem/p", "problem", "p", "P", {})).lcp.get_html()

    return show


def measured(work: Callable[[int], None]) -> tuple[float, float]:
    """The median and the 95th percentile in milliseconds, after one run that warms up."""
    work(0)
    took = []
    for number in range(1, RUNS + 1):
        before = time.perf_counter()
        work(number)
        took.append(1000 * (time.perf_counter() - before))
    took.sort()
    return took[RUNS // 2], took[RUNS * 95 // 100]


def main() -> int:
    """Measure, tell, judge."""
    figures = {}
    for name, work in (("pool", pooled), ("one bubblewrap a run", one_bubblewrap), ("showing again", shown_again())):
        figures[name] = measured(work)
        print(f"{name}: median {figures[name][0]:.1f} ms, p95 {figures[name][1]:.1f} ms")
    sandbox.POOL.close()
    twice = 2 * figures["pool"][0] <= figures["one bubblewrap a run"][0]
    return 0 if figures["pool"][1] <= 50 and figures["showing again"][1] <= 10 and twice else 1


if __name__ == "__main__":
    sys.exit(main())
