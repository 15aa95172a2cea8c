"""Requests a second by our server and by granian, the same pages in the same run. `python benchmarks/server_speed.py`.

Each serves an empty installation in a process of its own, four threads each; the client is one process with eight
connections that are kept. Granian is a peer of this benchmark only.
"""

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from linkspan.site.server import listen

ROUNDS, REQUESTS, CONNECTIONS = 5, 400, 8
PATHS = ("/health/live/", "/static/linkspan/linkspan.css", "/")
OURS = [sys.executable, "-m", "linkspan.site.command", "serve", "--no-worker", "--port"]
THEIRS = [sys.executable, "-m", "granian", "--interface", "wsgi", "--blocking-threads", "4", "--no-log", "--port"]


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
                rates = [[], []]
                for _ in range(ROUNDS):  # by turns, so that both see the same machine
                    for place, port in enumerate(ports):
                        rates[place].append(rate(port, path))
                ours, theirs = (statistics.median(found) for found in rates)
                print(f"{path}: ours {ours:.0f} a second, granian {theirs:.0f}; ratio {ours / theirs:.2f}")
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()


def free_port() -> int:
    """A port that nobody uses."""
    with listen("127.0.0.1", 0) as listener:
        return listener.getsockname()[1]


def wait_for(port: int) -> None:
    """Return when the server there answers."""
    for _ in range(600):
        try:
            if ask(http.client.HTTPConnection("127.0.0.1", port), "/"):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing answers on port {port}")


def rate(port: int, path: str) -> float:
    """Requests a second over eight connections."""

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(REQUESTS // CONNECTIONS):
            ask(connection, path)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return REQUESTS / (time.perf_counter() - began)


def ask(connection: http.client.HTTPConnection, path: str) -> bool:
    """Ask once, and read the answer."""
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status >= 400:
        raise SystemExit(f"{path}: {answer.status}")
    return True


if __name__ == "__main__":
    main()
