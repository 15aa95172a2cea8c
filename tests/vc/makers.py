"""A signed badge and what a verifier relies on."""

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from linkspan.vc import Trust, badges, clr, did_key_of, sign, status

SEED = bytes(range(32))
OTHER_SEED = bytes(range(1, 33))
NOW = datetime(2018, 6, 30, 12, tzinfo=UTC)
LIST_URL = "https://linkspan.example/status/1"


def did_of(seed: bytes) -> str:
    return did_key_of(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())


DID = did_of(SEED)


def unsigned() -> dict:
    outcomes = [badges.Outcome("SC0x", "78"), badges.Outcome("CFx", "72", "60")]
    award = badges.Award(
        "https://mitx.example/programs/SCM",
        "Supply Chain Management",
        "Five courses and an exam",
        "Pass all",
        "MicroCredential",
        outcomes,
        [{"targetName": "A master's program", "targetUrl": "https://hes.example/management"}],
        [{"id": "https://mitx.example/exams/1", "name": "Exam", "narrative": "Proctored"}],
    )
    return badges.achievement_credential(
        credential_id="urn:uuid:0190f2b4-0000-7000-8000-000000000001",
        issuer=badges.Issuer(DID, "MITx", "https://mitx.example/"),
        award=award,
        holder_name="Amara Sample",
        email="amara@example.org",
        awarded=NOW,
        status=status.entry(url=LIST_URL, purpose="revocation", index=5),
    )


def badge(**changes) -> dict:
    return sign({**unsigned(), **changes}, SEED, created=NOW)


def transcript() -> dict:
    """A CLR 2.0 of two badges; its context must be registered."""
    document = clr.clr_credential(
        credential_id="urn:uuid:0190f2b4-0000-7000-8000-000000000003",
        issuer=badges.Issuer(DID, "MITx", "https://mitx.example/"),
        name="Transcript",
        credentials=[badge(), badge(name="Another")],
        awarded=NOW,
        status=None,
        email="amara@example.org",
    )
    return sign(document, SEED, created=NOW)


def status_list(*revoked: int, seed: bytes = SEED) -> dict:
    document = status.list_credential(
        url=LIST_URL,
        issuer=did_of(seed),
        purpose="revocation",
        set_indices=revoked,
        length=status.SHORTEST,
        valid_from=NOW,
    )
    return sign(document, seed, created=NOW)


def trust(*revoked: int) -> Trust:
    return Trust([{"did": DID, "name": "MITx"}], {LIST_URL: status_list(*revoked)})
