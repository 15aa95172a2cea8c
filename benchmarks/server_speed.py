"""What a request costs our server and granian, the same pages in the same run: `python benchmarks/server_speed.py`.

Each serves an empty installation in a process of its own, four threads each; the client has eight connections that are
kept. Processor time of the server's process a request, so that a busy machine changes it less, and requests a second by
the clock. Granian is a peer of this benchmark only.
"""

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from linkspan.site.server import listen

ROUNDS, REQUESTS, CONNECTIONS = 5, 400, 8
PATHS = ("/health/live/", "/static/linkspan/linkspan.css", "/")
OURS = [sys.executable, "-m", "linkspan.site.command", "serve", "--no-worker", "--port"]
THEIRS = [sys.executable, "-m", "granian", "--interface", "wsgi", "--blocking-threads", "4", "--no-log", "--port"]
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print a line a path: the median of each, and the ratio."""
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"LINKSPAN_HOME": home, "DJANGO_SETTINGS_MODULE": "linkspan.site.settings"}
        subprocess.run([sys.executable, "-m", "linkspan.site.command", "migrate"], check=True)
        ports = [free_port(), free_port()]
        processes = [
            subprocess.Popen([*OURS, str(ports[0])]),
            subprocess.Popen([*THEIRS, str(ports[1]), "linkspan.site.wsgi:application"]),
        ]
        try:
            for port in ports:
                wait_for(port)
            for path in PATHS:
                compare(path, [(port, process.pid) for port, process in zip(ports, processes, strict=True)])
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()


def compare(path: str, servers: list[tuple[int, int]]) -> None:
    """Ask both by turns, so that they see the same machine, and print what came out."""
    costs: list[list[float]] = [[], []]
    rates: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for place, (port, pid) in enumerate(servers):
            used, began = processor_seconds(pid), time.perf_counter()
            ask_all(port, path)
            rates[place].append(REQUESTS / (time.perf_counter() - began))
            costs[place].append(1000 * (processor_seconds(pid) - used) / REQUESTS)
    (ours, theirs), (we, they) = map(statistics.median, costs), map(statistics.median, rates)
    print(f"{path}: {ours:.2f} ms of processor a request, granian {theirs:.2f} ms; ratio {ours / theirs:.2f};", end=" ")
    print(f"by the clock {we:.0f} and {they:.0f} a second", flush=True)


def processor_seconds(pid: int) -> float:
    """What a process and its children have used so far, those that have ended too."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    used = 0
    for one in [str(pid), *children]:
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        used += sum(int(field) for field in fields[11 : 15 if one == str(pid) else 13])
    return used / TICKS


def free_port() -> int:
    """A port that nobody uses."""
    with listen("127.0.0.1", 0) as listener:
        return listener.getsockname()[1]


def wait_for(port: int) -> None:
    """Return when the server there answers."""
    for _ in range(6000):
        try:
            ask(http.client.HTTPConnection("127.0.0.1", port), "/")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing answers on port {port}")


def ask_all(port: int, path: str) -> None:
    """All requests of a round, over eight connections."""

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(REQUESTS // CONNECTIONS):
            ask(connection, path)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def ask(connection: http.client.HTTPConnection, path: str) -> None:
    """Ask once, and read the answer."""
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status >= 400:
        raise SystemExit(f"{path}: {answer.status}")


if __name__ == "__main__":
    main()
