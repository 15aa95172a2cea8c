"""Status lists as verifiers fetch them, and the verdict about a credential."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce

from linkspan.credentials.engines.attached import credential_in
from linkspan.credentials.engines.kept_lists import KeepingResolver
from linkspan.credentials.models import ApiCredentialRow, CredentialRow, LogEntryRow, StatusEntryRow, StatusListRow
from linkspan.credentials.rules import CredentialState
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import federated_rows, issuer_registry, outside_roots, outside_rows, signing_key
from linkspan.institutions.rules import SigningKey
from linkspan.kernel.errors import NotFound
from linkspan.kernel.measures import VERDICTS
from linkspan.kernel.outside import network_policy
from linkspan.kernel.readers import public
from linkspan.vc import Trust, Verdict, schemas, status, status_tokens, verify
from linkspan.vc.net import NetworkPolicy
from linkspan.vc.received import receive_all
from linkspan.vc.schema_registry import SchemaRegistry
from linkspan.vc.schemas.operator import registered
from linkspan.vc.verify import Occasion, digest_of

#: The purposes of a list (Bitstring Status List 1.0, section 2.1), each with the column that holds its bits.
PURPOSES = {"revocation": "revoked", "suspension": "suspended", "message": "superseded"}

#: How long the token form of a list counts, and how long it may be kept before it is asked for again.
TOKEN_LIFE, TOKEN_KEPT = timedelta(days=2), timedelta(hours=1)


@public
def status_list(list_id: UUID, purpose: str, now: datetime) -> dict[str, Any]:
    """The signed list of a purpose, as verifiers fetch it; the same bytes until a bit of it or the key changes.

    After a rotation the institution's key of today signs it: the registry says that both are of one institution.
    """
    row = StatusListRow.objects.filter(id=list_id).first()
    if row is None or purpose not in PURPOSES:
        raise NotFound("status_list_unknown", "There is no such status list.")
    key = signing_key(row.institution, now)
    return _signed(row.id, purpose, row.version, row.changed_at, key)


@public
def status_list_tag(list_id: UUID, purpose: str, now: datetime) -> str:
    """What changes whenever the list does: for caches."""
    row = StatusListRow.objects.filter(id=list_id).first()
    if row is None or purpose not in PURPOSES:
        raise NotFound("status_list_unknown", "There is no such status list.")
    key = signing_key(row.institution, now)
    return f"{purpose}-{row.version}-{row.changed_at.timestamp():.0f}-{key.multibase[-12:]}"


@lru_cache(maxsize=64)
def _signed(list_id: UUID, purpose: str, version: int, changed_at: datetime, key: SigningKey) -> dict[str, Any]:
    row = StatusListRow.objects.get(id=list_id)
    entries = StatusEntryRow.objects.filter(status_list=row, **{PURPOSES[purpose]: True})
    document = status.list_credential(
        url=status_list_url(row.id, purpose),
        issuer=key.did,
        purpose=purpose,
        set_indices=entries.values_list("index", flat=True),
        length=row.length,
        valid_from=key.valid_from,
    )
    return sealer_of(key, four_eyes=False).seal(document, max(changed_at, key.valid_from))


@public
def status_token(list_id: UUID, now: datetime) -> tuple[str, str]:
    """The list in its token form, as wallets fetch it for SD-JWTs, and a tag that changes whenever it does.

    Revoked and superseded are invalid, suspended is suspended. It is made anew each hour.
    """
    row = StatusListRow.objects.filter(id=list_id).first()
    if row is None:
        raise NotFound("status_list_unknown", "There is no such status list.")
    key = signing_key(row.institution, now)
    issued = max(now.replace(minute=0, second=0, microsecond=0), key.valid_from)
    tag = f"token-{row.version}-{issued.timestamp():.0f}-{key.multibase[-12:]}"
    return _signed_token(row.id, row.version, issued, key), tag


@lru_cache(maxsize=64)
def _signed_token(list_id: UUID, version: int, issued: datetime, key: SigningKey) -> str:
    row = StatusListRow.objects.get(id=list_id)
    entries = StatusEntryRow.objects.filter(status_list=row)
    suspended = entries.filter(suspended=True).values_list("index", flat=True)
    ended = entries.filter(Q(revoked=True) | Q(superseded=True)).values_list("index", flat=True)
    values = dict.fromkeys(suspended, status_tokens.SUSPENDED) | dict.fromkeys(ended, status_tokens.INVALID)
    claims = status_tokens.list_claims(
        url=status_list_url(row.id, status_tokens.TOKEN_STEP),
        issuer=key.did,
        values=values,
        length=row.length,
        bits=2,
        issued=issued,
        expires=issued + TOKEN_LIFE,
        ttl=TOKEN_KEPT,
    )
    return sealer_of(key, four_eyes=False).seal_published(status_tokens.TYPE, claims)


def status_lists(now: datetime) -> dict[str, dict[str, Any]]:
    """Every status list of this installation by address, as `linkspan verify --status` reads them."""
    found: dict[str, Any] = {}
    for list_id in StatusListRow.objects.values_list("id", flat=True):
        found |= {status_list_url(list_id, purpose): status_list(list_id, purpose, now) for purpose in PURPOSES}
        found[status_list_url(list_id, status_tokens.TOKEN_STEP)] = status_token(list_id, now)[0]
    return {"lists": found}


@public
def judge(
    document: bytes | dict[str, Any],
    now: datetime,
    occasion: Occasion | None = None,
    *,
    asks: bool = False,
    relying: Collection[str] | None = (),
) -> Verdict:
    """The verdict about a credential, relying on this installation's issuers, status lists, schemas and log.

    `document` is of any kind that `linkspan.vc.received` reads; `occasion` is what a presentation was asked for. Only
    with `asks` is anybody else asked: the sites of issuers, for keys, status lists and older badges. Outside issuers
    are known by the decisions of the institutions in `relying`, of all here if it is None; the verdict names them.
    """
    held = credential_in(document) if isinstance(document, bytes) else document
    trust = _trust([one.credential for one in receive_all(held).held], now)
    policy = network_policy().for_one_verdict() if asks else None
    if policy is not None:
        trust = replace(trust, resolver=KeepingResolver(policy, now=now))
    if relying is None or relying:
        trust = _relying(trust, now, relying, policy)
    return _counted(verify(held, trust=trust, at=now, occasion=occasion))


def judge_all(
    documents: Iterable[Mapping[str, Any]], now: datetime, *, relying: Collection[str] = ()
) -> tuple[Verdict, ...]:
    """`judge` for many credentials, with the issuers and the status lists that they name read once."""
    found = list(documents)
    if not found:
        return ()
    trust = _trust([one.credential for document in found for one in receive_all(document).held], now)
    if relying:
        trust = _relying(trust, now, relying)
    return tuple(_counted(verify(document, trust=trust, at=now)) for document in found)


def _relying(
    trust: Trust, now: datetime, relying: Collection[str] | None, policy: NetworkPolicy | None = None
) -> Trust:
    """The trust with the outside issuers and the roots on which these institutions rely, or all here; where others may
    be asked by a `policy`, with those for whom the anchors of federations vouch now."""

    def outside(did: str) -> Sequence[Mapping[str, Any]]:
        held = outside_rows(did, now, relying)
        return held or (() if policy is None else federated_rows(did, now, relying, policy))

    return replace(trust, outside=outside, roots=lambda: outside_roots(now, relying))


def _counted(verdict: Verdict) -> Verdict:
    VERDICTS.labels(verdict.verdict).inc()
    return verdict


def _trust(credentials: list[Mapping[str, Any]], now: datetime) -> Trust:
    logged = LogEntryRow.objects.filter(sha256__in=[digest_of(credential) for credential in credentials])
    return Trust(
        issuers=issuer_registry()["issuers"],
        lists={url: found for c in credentials for url, found in _named_lists(c, now).items()},
        schemas=SchemaRegistry({**registered(), **{schema_url(name): schemas.schema(name) for name in schemas.NAMES}}),
        successors={urn: found for c in credentials for urn, found in _successor(str(c.get("id"))).items()},
        suspended=_suspended(credentials),
        logged=dict(logged.values_list("sha256", Coalesce("at", "credential__awarded_at"))),
    )


def schema_url(name: str) -> str:
    """Where a schema of ours stands, as credentials name it."""
    return f"{settings.BASE_URL}/schemas/{name}.json"


def _own_id(urn: str) -> UUID | None:
    try:
        return UUID(urn.removeprefix("urn:uuid:"))
    except ValueError:
        return None


def _suspended(credentials: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Which of them are issued here and do not count for now: their one status entry says revoked or nothing."""
    named = {str(one.get("id")): _issuer_id(one) for one in credentials}
    ids = {found: urn for urn in named if (found := _own_id(urn))}
    rows = CredentialRow.objects.filter(id__in=ids, state=CredentialState.SUSPENDED)
    own = [ids[found] for found in rows.values_list("id", flat=True)] if ids else []
    # Systems choose identifiers themselves, so the issuer must be the same: else one could suspend another's.
    signed = ApiCredentialRow.objects.filter(status_entry__suspended=True, document__id__in=list(named))
    documents = signed.values_list("document", flat=True) if named else []
    return frozenset([*own, *(one["id"] for one in documents if one and _issuer_id(one) == named[one["id"]])])


def _issuer_id(credential: Mapping[str, Any]) -> str:
    issuer = credential.get("issuer")
    return str(issuer.get("id") if isinstance(issuer, Mapping) else issuer)


def _successor(urn: str) -> dict[str, str]:
    credential_id = _own_id(urn)
    if credential_id is None:
        return {}
    row = CredentialRow.objects.filter(id=credential_id).exclude(superseded_by=None).first()
    return {urn: row.superseded_by_id.urn} if row and row.superseded_by_id else {}


def _named_lists(credential: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    named = credential.get("credentialStatus")
    entries = named if isinstance(named, list) else [named]
    addresses = [entry.get("statusListCredential") for entry in entries[:20] if isinstance(entry, Mapping)]
    told = credential.get("status")
    token = told.get("status_list") if isinstance(told, Mapping) else None
    found: dict[str, Any] = {}
    for url in [*addresses, token.get("uri") if isinstance(token, Mapping) else None]:
        place = _place(url) if isinstance(url, str) else None
        try:
            if place:
                list_id, step = place
                is_token = step == status_tokens.TOKEN_STEP
                found[str(url)] = status_token(list_id, now)[0] if is_token else status_list(list_id, step, now)
        except NotFound:
            continue
    return found


def _place(url: str) -> tuple[UUID, str] | None:
    begin = f"{settings.BASE_URL}/status/"
    list_id, _, purpose = url.removeprefix(begin).rstrip("/").partition("/")
    try:
        known = purpose in PURPOSES or purpose == status_tokens.TOKEN_STEP
        return (UUID(list_id), purpose) if url.startswith(begin) and known else None
    except ValueError:
        return None


def status_list_url(list_id: UUID, purpose: str) -> str:
    """The address in status entries, at which the list is served."""
    return f"{settings.BASE_URL}/status/{list_id}/{purpose}/"
