"""The virus scanner: clamd's INSTREAM command over its Unix socket (clamd(8)).

The content goes in chunks, each after its length in four bytes, network order; a length of zero ends it. The answer
is `stream: OK`, or `stream: <name> FOUND`.
"""

import socket
import struct

from linkspan.kernel.outside import leaving

CHUNK = 64 * 1024
SECONDS = 30


class Infected(Exception):
    """The scanner found something; its text is the name of what it found."""


def scan(content: bytes, address: str) -> bool:
    """Whether the scanner at that socket found the content clean; False if there is none that answers.

    Raises Infected with the name of what it found.
    """
    try:
        answer = _ask(content, address)
    except OSError:
        return False
    if answer.endswith(" FOUND"):
        raise Infected(answer.removeprefix("stream:").removesuffix("FOUND").strip())
    return answer == "stream: OK"


def _ask(content: bytes, address: str) -> str:
    leaving()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as clamd:
        clamd.settimeout(SECONDS)
        clamd.connect(address)
        clamd.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            chunk = content[start : start + CHUNK]
            clamd.sendall(struct.pack("!I", len(chunk)) + chunk)
        clamd.sendall(struct.pack("!I", 0))
        answer = b""
        while part := clamd.recv(4096):
            answer += part
    return answer.rstrip(b"\0\n ").decode("utf-8", "replace")
