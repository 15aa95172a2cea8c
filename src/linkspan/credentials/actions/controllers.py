"""The controller documents of issuers: kept in the log as they stood at issue, and watched where they are served.

A did:web stands and falls with a web server. Whoever takes that server over can publish keys of their own; so what was
published when something was issued is in the log, and a document that is served otherwise than it is kept alerts staff.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from linkspan.credentials.events import ControllerChanged, ControllerForged
from linkspan.credentials.models import ControllerRow, ControllerWatchRow
from linkspan.institutions.queries import did_document_of, institutions, signing_key
from linkspan.institutions.rules import Institution
from linkspan.kernel import outbox
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound
from linkspan.vc import VcError, merkle
from linkspan.vc.did import WebResolver
from linkspan.vc.net import NetworkPolicy

#: How often the document of an institution is fetched as others see it.
WATCH_EVERY = timedelta(days=1)


def enter_controller(code: str, position: int, now: datetime) -> str | None:
    """Keep the controller document of an institution if it is not the one kept last; its hash, for the log.

    None where nothing is to be entered: the document stands as before, or the institution signs under a did:key, which
    is its own document.
    """
    if not signing_key(code, now).did.startswith("did:web:"):
        return None
    document = did_document_of(code)
    sha256 = merkle.entry_of(document).hex()
    before = ControllerRow.objects.filter(institution=code).order_by("-position").first()
    if before is not None and before.sha256 == sha256:
        return None
    ControllerRow.objects.create(institution=code, sha256=sha256, document=document, position=position, at=now)
    if before is not None:
        outbox.publish(ControllerChanged(code, document["id"]), now=now)
    return sha256


def watch_controllers(now: datetime, policy: NetworkPolicy | None = None) -> None:
    """Fetch the document of every did:web here as others see it, once a day, and alert staff if it is another one."""
    resolver = WebResolver(policy or NetworkPolicy())

    def watch(school: Institution) -> None:
        if school.did is None or not school.did.startswith("did:web:"):
            return
        row, _ = ControllerWatchRow.objects.get_or_create(did=school.did, defaults={"institution": school.code})
        if row.asked_at is None or row.asked_at + WATCH_EVERY <= now:
            _note(row, _served(resolver, school.did), now)

    job = "credentials.watch_controllers"
    each_due(job, institutions(), watch, now=now, calls_out=True, named=lambda school: school.code)


def _served(resolver: WebResolver, did: str) -> Mapping[str, Any] | VcError:
    try:
        return resolver.controller(did)
    except VcError as error:
        return error


@transaction.atomic
def _note(row: ControllerWatchRow, served: Mapping[str, Any] | VcError, now: datetime) -> None:
    """A document that cannot be had says nothing of keys; another than ours is told once."""
    row.asked_at, row.error = now, served.code if isinstance(served, VcError) else ""
    if not isinstance(served, VcError):
        seen = merkle.entry_of(served).hex()
        row.same = seen == _own(row.institution)
        if not row.same and seen != row.seen_sha256:
            outbox.publish(ControllerForged(row.institution, row.did), now=now)
        row.seen_sha256 = seen
    row.save()


def _own(code: str) -> str | None:
    try:
        return merkle.entry_of(did_document_of(code)).hex()
    except NotFound:
        return None
