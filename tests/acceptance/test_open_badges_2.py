"""1EdTech's samples of Open Badges 2.0 get the verdict that their names state, with their assets as what is served."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from linkspan.vc import Occasion, Trust, verify

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "1edtech" / "ob20"
pytestmark = [pytest.mark.acceptance, pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not at hand")]
AT = datetime(2025, 1, 1, tzinfo=UTC)
BADGE = "https://example.org/beths-robotics-badge.json"
ISSUERS = ("organization", "organization-no-public-key", "organization-with-revocation-list")
ISSUERS += ("organization-with-empty-revocation-list", "issuer1", "issuer-with-allowed-origins")


def served(assertion: object) -> dict:
    found = {f"https://example.org/{path.name}": path.read_text() for path in (SAMPLES / "assets").glob("*.json")}
    return found | ({BADGE: assertion} if isinstance(assertion, dict) else {})


def judged(name: str) -> tuple[str, set[str]]:
    raw = (SAMPLES / name).read_bytes()
    document = json.loads(raw) if name.endswith(".json") else None
    rows = [{"did": f"https://example.org/{issuer}.json", "name": "Example"} for issuer in ISSUERS]
    trust = Trust(rows, documents=served(document))
    verdict = verify(raw, trust=trust, at=AT, occasion=Occasion())
    return verdict.verdict, {check.code for check in verdict.checks if check.outcome in ("failed", "unknown")}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("basic-assertion.json", ("valid", set())),
        ("assertion-with-data-image.json", ("valid", set())),
        ("basic-assertion-expired.json", ("invalid", {"expired"})),
        ("basic-assertion-expired-before-issued.json", ("invalid", {"period_empty"})),
        ("basic-assertion-in-future.json", ("invalid", {"not_yet_valid"})),
        ("basic-assertion-invalid-type.json", ("invalid", {"model_broken"})),
        ("warning-with-redirection.json", ("unknown", {"document_differs", "older_badge"})),
        ("simple.jwt", ("valid", set())),
        ("simple-not-revoked.jwt", ("valid", set())),
        ("simple-revoked.jwt", ("invalid", {"revoked"})),
    ],
)
def test_the_sample(name, expected) -> None:
    assert judged(name) == expected
