"""A stand-in that is served over https on loopback, under an authority of its own."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.vc.https_server import authority


@contextmanager
def serving_https[Peer](
    folder: Path, peer_at: Callable[[str], Peer], handler_of: Callable[[Peer], type[BaseHTTPRequestHandler]]
) -> Iterator[Peer]:
    """Serve what `peer_at` makes for its host and port; its authority lies in `ca.pem` of the folder."""
    ca, held = authority(folder)
    (folder / "ca.pem").write_text(ca)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    peer = peer_at(f"localhost:{server.server_address[1]}")
    server.RequestHandlerClass = handler_of(peer)
    server.handle_error = lambda *_: None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(held)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
