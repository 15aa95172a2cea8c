"""Servers of others on loopback, each for one test: a Redis or Valkey."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from redis import Redis
from redis.exceptions import RedisError
from tests.pathways.test_two_servers import free_port

PROGRAM = shutil.which("valkey-server") or shutil.which("redis-server")
needs_redis = pytest.mark.skipif(PROGRAM is None, reason="neither valkey-server nor redis-server is on this machine")


@dataclass
class Store:
    """A Redis or Valkey that keeps nothing on disk; it can be stopped and started again, empty."""

    port: int
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.DEVNULL)
        last = time.monotonic() + 30
        while not self._answers():
            assert time.monotonic() < last, "it does not answer"
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(30)

    def _answers(self) -> bool:
        try:
            with Redis(port=self.port) as client:
                return bool(client.ping())
        except RedisError:
            return False


@contextmanager
def store() -> Iterator[Store]:
    """One that answers."""
    made = Store(free_port())
    made.start()
    try:
        yield made
    finally:
        made.stop()
