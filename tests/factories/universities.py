"""A university with a sign-in of its own: an OpenID Connect provider on the loopback interface, over https.

It does what the standard asks (code once, PKCE, client secret, redirect URI), and lets a test change what it says.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey
from tests.factories.https import serving_https

from linkspan.kernel.clock import real_now

CLIENT, SECRET = "linkspan", "a secret of the client"


@dataclass
class University:
    """What the provider knows: its key, who is signed in there, and the codes that it gave."""

    issuer: str
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"}))
    codes: dict[str, tuple[dict[str, str], dict[str, Any]]] = field(default_factory=dict)
    #: What a hostile test changes: `claims` of the token, the `token`, the user `info`, the published `document`.
    changes: dict[str, Callable[[Any], Any]] = field(default_factory=dict)

    def says(self, what: str, told: Any) -> Any:
        """What it says, or what a test has it say instead."""
        return self.changes.get(what, lambda told: told)(told)

    def signs_in(self, address: str, **person: Any) -> dict[str, str]:
        """Have somebody sign in at the provider's page, to which that address led; what leads back carries this."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?") and asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT and asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = (asked, person)
        return {"code": code, "state": asked["state"]}

    def published(self) -> dict[str, Any]:
        places = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "userinfo", "keys", "end")}
        return self.says(
            "document",
            {
                "issuer": self.issuer,
                "authorization_endpoint": places["authorize"],
                "token_endpoint": places["token"],
                "userinfo_endpoint": places["userinfo"],
                "jwks_uri": places["keys"],
                "end_session_endpoint": places["end"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            },
        )

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The tokens for a code, once."""
        asked, person = self.codes.pop(form.get("code", ""), ({}, {}))
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        secret = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        holds = asked.get("code_challenge") == base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if not holds or asked["redirect_uri"] != form["redirect_uri"] or authorization != f"Basic {secret}":
            return None
        now = int(real_now().timestamp())
        told = {"iss": self.issuer, "aud": CLIENT, "sub": person["sub"], "iat": now, "exp": now + 300}
        told |= {"sid": person["sid"]} if "sid" in person else {}
        token = jwt.encode({"alg": "ES256", "kid": "k1"}, self.says("claims", told), self.key)
        return {"access_token": json.dumps(person), "token_type": "Bearer", "id_token": self.says("token", token)}

    def leaves(self, key: Any = None, **told: Any) -> str:
        """A logout token; what is None is left out."""
        now = int(real_now().timestamp())
        events = {"http://schemas.openid.net/event/backchannel-logout": {}}
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": f"j-{now}", "events": events}
        claims = {name: value for name, value in (claims | told).items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": "k1", "typ": "logout+jwt"}, claims, key or self.key)


def _handler(university: University) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            person = self.headers.get("Authorization", "").removeprefix("Bearer ")
            answers = {
                "/.well-known/openid-configuration": university.published,
                "/keys": lambda: {"keys": [university.key.as_dict(private=False)]},
                "/userinfo": lambda: university.says("info", json.loads(person)),
            }
            self._answer(answers[self.path]())

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(sent).items()}
            self._answer(university.exchange(form, self.headers.get("Authorization", "")))

        def _answer(self, told: dict[str, Any] | None) -> None:
            body = json.dumps(told if told is not None else {"error": "invalid_grant"}).encode()
            self.send_response(200 if told is not None else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def serving(folder: Path) -> AbstractContextManager[University]:
    """Serve a university under the authority that it leaves in `ca.pem` of the folder."""
    return serving_https(folder, lambda at: University(f"https://{at}"), _handler)
