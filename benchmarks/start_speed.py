"""`python -m benchmarks.start_speed`: processor time of `linkspan --help` and of an import, against Python by itself.

The least of the rounds. Exits 1 if either is over 0.3 s.
"""

import resource
import subprocess
import sys

ROUNDS, LIMIT = 9, 0.3
COMMANDS = {
    "a bare interpreter": ["-c", "pass"],
    "import linkspan.cli": ["-c", "import linkspan.cli"],
    "linkspan --help": ["-m", "linkspan.site.command", "--help"],
}


def spent() -> float:
    """The processor time of all children so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(arguments: list[str]) -> float:
    """The least processor time that Python takes for these arguments."""
    found = []
    for _ in range(ROUNDS):
        before = spent()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        found.append(spent() - before)
    return min(found)


def main() -> int:
    """Print the figures."""
    measured = {what: seconds(arguments) for what, arguments in COMMANDS.items()}
    bare = measured["a bare interpreter"]
    for what, took in measured.items():
        print(f"{what}: {took * 1000:.0f} ms, {took / bare:.1f} times a bare interpreter")
    return 0 if max(measured.values()) <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
