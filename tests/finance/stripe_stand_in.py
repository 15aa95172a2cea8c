"""A server on loopback that answers as Stripe's API does where Linkspan asks it, and signs events as Stripe does.

It keeps idempotency keys: the same key gives the same answer, another body under it is refused, as documented there.
"""

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from linkspan.kernel.clock import real_now

SECRET = "whsec_stand_in"


class StandIn:
    """The server with what it was asked: `requests` are (path, form, key)."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], str]] = []
        self.answers: dict[str, tuple[dict[str, str], dict[str, object]]] = {}
        self.failing = 0
        self.never = ""
        self.lost_answer = False
        self.refunds: list[dict[str, object]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.tell(200, {"object": "list", "data": outer.refunds, "has_more": False})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                status, answer = outer.answer(self.path, form, self.headers.get("Idempotency-Key", ""))
                self.tell(status, answer)

            def tell(self, status: int, answer: dict[str, object]) -> None:
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str, form: dict[str, str], key: str) -> tuple[int, dict[str, object]]:
        """The answer to one request."""
        self.requests.append((path, form, key))
        if self.failing:
            self.failing -= 1
            return 402, {"error": {"type": "card_error", "message": "Not now."}}
        if self.never and path == "/v1/refunds":
            return 400, {"error": {"type": "invalid_request_error", "code": self.never, "message": "Never."}}
        if key in self.answers:
            before, answer = self.answers[key]
            if before != form:
                return 400, {"error": {"type": "idempotency_error", "message": "Another body under this key."}}
            return 200, answer
        number = len(self.answers) + 1
        if path == "/v1/checkout/sessions":
            made = {"id": f"cs_{number}", "object": "checkout.session", "url": f"{self.base}/pay/cs_{number}"}
        else:
            told = {"key": form.get("metadata[key]", "")}
            made = {"id": f"re_{len(self.refunds) + 1}", "object": "refund", "status": "succeeded", "metadata": told}
            self.refunds.append(made)
        self.answers[key] = (form, made)
        if self.lost_answer:
            self.lost_answer = False
            return 402, {"error": {"type": "card_error", "message": "Made, but the answer is lost."}}
        return 200, made

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()


def signed(event: dict[str, object], secret: str = SECRET, age: int = 0) -> tuple[bytes, str]:
    """An event's body and its signature header: `t=TIME,v1=HMAC-SHA256(secret, "TIME.BODY")`."""
    body = json.dumps(event).encode()
    at = int(real_now().timestamp()) - age
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return body, f"t={at},v1={mac}"


def paid_event(
    charge_id: object, minor: int, *, id: str = "evt_1", currency: str = "usd", intent: str = "pi_1"
) -> dict:
    """What Stripe tells when a Checkout Session is paid."""
    session = {
        "id": "cs_1",
        "object": "checkout.session",
        "client_reference_id": str(charge_id),
        "payment_status": "paid",
        "payment_intent": intent,
        "amount_total": minor,
        "currency": currency,
    }
    return {"id": id, "object": "event", "type": "checkout.session.completed", "data": {"object": session}}
