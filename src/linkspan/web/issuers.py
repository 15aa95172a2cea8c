"""What verifiers fetch of issuers: controller documents, the registry, status lists, schemas, the log."""

import json
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response

from linkspan.credentials import queries
from linkspan.institutions.queries import dcc_registry as registry_of_dcc
from linkspan.institutions.queries import did_document_of, federation_entity, institution, issuer_registry
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import LinkspanError, NotFound
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.vc import schemas

#: How long verifiers and caches between may keep an answer, in seconds.
SHORT, LONG = 300, 86_400


def _public(value: object, kind: str, seconds: int) -> HttpResponse:
    """JSON for anybody, cacheable, so that the issuer does not learn who checks."""
    response = HttpResponse(json.dumps(value, ensure_ascii=False), content_type=kind)
    response["Cache-Control"] = f"public, max-age={seconds}"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _answer(find: Callable[[], object], kind: str = "application/json", seconds: int = SHORT) -> HttpResponse:
    try:
        return _public(find(), kind, seconds)
    except NotFound as error:
        return _refusal(error)


def _refusal(error: LinkspanError) -> HttpResponse:
    told = {"title": in_words(error), "code": error.code, "status": 404}
    return HttpResponse(json.dumps(told), content_type="application/problem+json", status=404)


def status_list(request: Request, list_id: UUID, purpose: str) -> HttpResponse:
    """The signed status list; with If-None-Match, 304 as long as no bit of it has changed."""
    try:
        tag = f'"{queries.status_list_tag(list_id, purpose, real_now())}"'
    except NotFound as error:
        return _refusal(error)
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    response = _public(queries.status_list(list_id, purpose, real_now()), "application/vc", SHORT)
    response["ETag"] = tag
    return response


def status_token(request: Request, list_id: UUID) -> HttpResponse:
    """The list in its token form (`statuslist+jwt`), for wallets and those to whom they show an SD-JWT."""
    try:
        token, told = queries.status_token(list_id, real_now())
    except NotFound as error:
        return _refusal(error)
    unchanged = get_conditional_response(request, etag=f'"{told}"')
    if unchanged is not None:
        return unchanged
    return _token(token, "application/statuslist+jwt", f'"{told}"')


def _token(token: str, kind: str, tag: str = "") -> HttpResponse:
    """A token for anybody, cacheable."""
    response = HttpResponse(token, content_type=kind)
    response["Cache-Control"] = f"public, max-age={SHORT}"
    response["Access-Control-Allow-Origin"] = "*"
    if tag:
        response["ETag"] = tag
    return response


def entity_statement(request: Request, code: str) -> HttpResponse:
    """What an institution says of itself to federations, signed by it."""
    try:
        return _token(queries.entity_statement(code, real_now()), "application/entity-statement+jwt")
    except NotFound as error:
        return _refusal(error)


def own_entity_statement(request: Request) -> HttpResponse:
    """The same of the institution whose site this is, if the site is its address in federations."""
    try:
        if federation_entity(settings.INSTITUTION, real_now()) != settings.BASE_URL:
            raise NotFound("entity_unknown", "This site is no entity of federations. Its institutions are.")
    except NotFound as error:
        return _refusal(error)
    return entity_statement(request, settings.INSTITUTION)


def did_document(request: Request, code: str) -> HttpResponse:
    """The controller document of an institution's did:web."""
    return _answer(lambda: did_document_of(code), "application/did+json")


def own_did_document(request: Request) -> HttpResponse:
    """The controller document of the institution whose site this is, if the operator named one."""
    return _answer(lambda: did_document_of(settings.INSTITUTION), "application/did+json")


def registry(request: Request) -> HttpResponse:
    """Every issuer of this installation with its keys and their history, as `linkspan verify --registry` reads it."""
    return _answer(issuer_registry)


def dcc_registry(request: Request) -> HttpResponse:
    """The institutions here in the form of DCC's issuer registries, for verifiers that read those."""
    return _answer(registry_of_dcc)


def schema(request: Request, name: str) -> HttpResponse:
    """A JSON Schema of what is issued here."""
    if name not in schemas.NAMES:
        return _refusal(NotFound("schema_unknown", "There is no such schema."))
    return _public(schemas.schema(name), "application/schema+json", LONG)


def log(request: Request, code: str) -> HttpResponse:
    """The log of issued hashes, for people: what it is, its head, and how to check it."""
    school = institution(code)
    try:
        head = queries.log_head(code)
    except NotFound:
        head = None
    return render(request, "log.html", {"school": school, "head": head})


def log_head(request: Request, code: str) -> HttpResponse:
    """The signed tree head."""
    return _answer(lambda: queries.log_head(code))


def log_consistency(request: Request, code: str, older: int) -> HttpResponse:
    """The proof that an older log is the beginning of today's."""
    return _answer(lambda: queries.log_consistency(code, older))


def log_entries(request: Request, code: str, begin: int) -> HttpResponse:
    """A thousand entries from a position on."""
    return _answer(lambda: {"entries": [list(entry) for entry in queries.log_entries(code, begin)]})


def log_controllers(request: Request, code: str) -> HttpResponse:
    """The controller documents under which the institution issued, with their places in the log."""
    return _answer(lambda: {"controllers": jsonable(queries.log_controllers(code))})


def receipt(request: Request, credential_id: UUID) -> HttpResponse:
    """A credential's place in the log, with its inclusion proof."""
    return _answer(lambda: queries.log_receipt(queries.whole_document(request.actor, credential_id).id))
