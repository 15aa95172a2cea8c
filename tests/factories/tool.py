"""An LTI proctoring tool: a stand-in that publishes its keys on the loopback interface, and signs what a test says."""

import json
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from html import unescape
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from tests.factories.https import serving_https
from tests.factories.people import NOW

LTI, AP = "https://purl.imsglobal.org/spec/lti/claim/", "https://purl.imsglobal.org/spec/lti-ap/claim/"
SCOPE = "https://purl.imsglobal.org/spec/lti-ap/scope/control.all"
BASE, CLIENT = "https://exams.example.edu", "watchful-tool"
TOKEN_URL = f"{BASE}/api/v1/lti/token"


class Tool:
    """A tool with its key; `platform` are our keys as it read them."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        self.other = RSAKey.generate_key(2048, {"kid": self.key.kid, "use": "sig"})
        self.published: Any = {"keys": [self.key.as_dict(private=False)]}
        self.count = 0

    def sign(self, claims: Mapping[str, Any], at: Any = NOW, key: Any = None, header: Any = None) -> str:
        """A message by its key, good for five minutes, of a nonce of its own."""
        self.count += 1
        made = int(at.timestamp())
        told = {"iss": CLIENT, "aud": BASE, "iat": made, "exp": made + 300, "nonce": f"n{self.count}", **claims}
        return jwt.encode(header or {"alg": "RS256", "kid": self.key.kid}, told, key or self.key)

    def assertion(self, at: Any = NOW, **more: Any) -> str:
        """Who it is, for a token."""
        return self.sign({"sub": CLIENT, "aud": TOKEN_URL, "jti": f"j{self.count}", **more}, at)

    def begin(self, browser: Any, attempt: Any, do: str = "start") -> dict[str, str]:
        """What the browser brings to its sign-in, as a query."""
        page = browser.post(f"/exams/attempts/{attempt.id}/service/", {"do": do})
        assert page.status_code == 200, page.content.decode()[:3000]
        (address,) = re.findall(r'href="(https://localhost[^"]*login[^"]*)"', page.content.decode())
        return dict(parse_qsl(urlsplit(unescape(address)).query))

    def request(self, asked: Mapping[str, str], **more: str) -> dict[str, str]:
        """The authentication request with which it answers."""
        told = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
        told |= {"client_id": CLIENT, "redirect_uri": f"{self.base_url}/launch", "state": "s1", "nonce": "m1"}
        hints = {name: asked[name] for name in ("login_hint", "lti_message_hint")}
        return told | hints | more

    def launched(self, browser: Any, attempt: Any, do: str = "start") -> dict[str, Any]:
        """Go through a launch; the claims of our message, judged by our published keys."""
        page = browser.get("/lti/authorise/", self.request(self.begin(browser, attempt, do)))
        assert page.status_code == 200
        (token,) = re.findall(r'name="id_token" value="([^"]*)"', page.content.decode())
        keys = KeySet.import_key_set(browser.get("/api/v1/lti/jwks").json())
        return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)

    def word(self, message: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """The claims by which it lets the assessment begin."""
        told = {f"{LTI}message_type": "LtiStartAssessment", f"{LTI}version": "1.3.0"}
        same = (*(f"{LTI}{name}" for name in ("deployment_id", "resource_link")),)
        same += tuple(f"{AP}{name}" for name in ("session_data", "attempt_number"))
        return told | {name: message[name] for name in same} | more


def serving(folder: Path) -> AbstractContextManager[Tool]:
    """Serve a tool on the loopback interface."""

    def handler(tool: Tool) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = json.dumps(tool.published).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    return serving_https(folder, lambda host: Tool(f"https://{host}"), handler)
