"""What a person holds, for applications of theirs; what they keep here of others."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from linkspan.accounts.queries import person
from linkspan.credentials.models import CredentialRow, HostProfileRow, KeptCredentialRow
from linkspan.credentials.rules import STANDING, IssueKind
from linkspan.credentials.rules.kept import Family, Given, Kept
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.vc.contexts import CREDENTIALS_V2, OPEN_BADGES


def kept_credentials(actor: Actor) -> tuple[Kept, ...]:
    """The actor's own credentials of others, newest first."""
    rows = KeptCredentialRow.objects.filter(learner_id=actor.own_id).defer("content").order_by("-kept_at", "id")
    return tuple(kept(row) for row in rows)


def kept_credential(actor: Actor, kept_id: UUID) -> tuple[Kept, str]:
    """One of them and its text, to the byte; NotFound if it is not the actor's."""
    row = KeptCredentialRow.objects.filter(id=kept_id, learner_id=actor.own_id).first()
    if row is None:
        raise NotFound("kept_unknown", "You keep no such credential here.")
    return kept(row), row.content


def kept(row: KeptCredentialRow) -> Kept:
    """A row as a value."""
    told = (row.title, row.issuer_name or row.issuer_id, row.valid_from, row.kept_at, row.source, row.is_token)
    return Kept(row.id, Family(row.family), *told)


def given_credentials(actor: Actor, family: Family, since: datetime | None, offset: int, limit: int) -> Given:
    """What the actor holds of a family, issued after `since`, oldest first: what stands of here, and what is kept."""
    own = CredentialRow.objects.filter(learner_id=actor.own_id, state__in=STANDING)
    transcripts = {"kind": IssueKind.TRANSCRIPT}
    own = own.filter(**transcripts) if family is Family.RECORDS else own.exclude(**transcripts)
    others = KeptCredentialRow.objects.filter(learner_id=actor.own_id, family=family)
    if since is not None:
        own, others = own.filter(awarded_at__gt=since), others.filter(valid_from__gt=since)
    held = [(at, str(key), False) for key, at in own.values_list("id", "awarded_at")]
    held += [(at, str(key), True) for key, at in others.values_list("id", "valid_from")]
    part = sorted(held)[offset : offset + limit]
    documents = dict(own.filter(id__in=[key for _, key, other in part if not other]).values_list("id", "document"))
    texts = {str(key): json.dumps(document, ensure_ascii=False) for key, document in documents.items()}
    tokens = []
    for row in others.filter(id__in=[key for _, key, other in part if other]):
        if row.is_token:
            tokens.append((row.valid_from, str(row.id), row.content))
        else:
            texts[str(row.id)] = row.content
    in_order = tuple(texts[key] for _, key, _ in part if key in texts)
    return Given(in_order, tuple(content for *_, content in sorted(tokens)), len(held))


def host_profile(actor: Actor) -> dict[str, Any]:
    """The actor's profile (Open Badges 3.0, B.1.17): name and address of the account, and what was put in."""
    me = person(actor, actor.own_id)
    told = dict(HostProfileRow.objects.filter(learner_id=me.id).values_list("member", "value"))
    own = {"id": f"{settings.BASE_URL}/people/{me.id}", "type": ["Profile"], "name": me.name, "email": me.email}
    return {"@context": [CREDENTIALS_V2, OPEN_BADGES], **own, **told}
