"""A small https server on the loopback interface, under a certificate authority made for it."""

import ipaddress
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from linkspan.kernel.clock import real_now
from linkspan.vc.net import NetworkPolicy


def _certificate(name: str, key, issuer: str, signer, *, is_authority: bool) -> x509.Certificate:
    now = real_now()
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, is_authority, is_authority, False, False), critical=True
        )
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )


def authority(folder: Path) -> tuple[str, Path]:
    """A certificate authority (PEM) and a file with a server's certificate and key under it."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("Test authority", ca_key, "Test authority", ca_key, is_authority=True)
    leaf = _certificate("localhost", key, "Test authority", ca_key, is_authority=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    held = folder / "server.pem"
    held.write_bytes(leaf.public_bytes(serialization.Encoding.PEM) + private)
    return ca.public_bytes(serialization.Encoding.PEM).decode(), held


class _Handler(BaseHTTPRequestHandler):
    answers: dict

    def do_GET(self) -> None:
        answer = self.answers.get(self.path)
        if answer == "redirect":
            self.send_response(302)
            self.send_header("Location", "/.well-known/did.json")
            self.end_headers()
        elif answer == "slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)
        elif answer is None:
            self.send_error(404)
        elif answer == "gone":
            self.send_error(410)
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *_) -> None:
        pass


@contextmanager
def serving(folder: Path, answers: dict):
    """Serve `answers` (bytes by path, or "redirect", "slow", "gone"); gives the port and the policy for it."""
    ca, held = authority(folder)
    handler = type("Handler", (_Handler,), {"answers": answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(held)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    pairs = frozenset({("localhost", port), ("127.0.0.1", port)})
    try:
        yield port, NetworkPolicy(seconds=2, largest=50_000, loopback=pairs, loopback_ca=ca)
    finally:
        server.shutdown()
        server.server_close()
