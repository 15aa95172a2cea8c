"""Generated requests against the whole API: no server error, and each answer that went well is of its described shape.

Requests come from the OpenAPI description (schemathesis), as a person with a registrar's roles; bounded, in this
process.
`HOSTILE_EXAMPLES=200` asks more of each operation.
"""

import os

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance
from tests.factories.people import SYSTEM, person, token_for
from tests.pathways.examples import agreement

from linkspan.pathways import actions
from linkspan.site.wsgi import application

pytestmark = pytest.mark.django_db
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
MOST = int(os.environ.get("HOSTILE_EXAMPLES", "0"))


@pytest.fixture
def headers():
    from tests.factories.people import NOW

    registrar = person("Hostile Registrar", ("registrar", "Receiving"))
    actions.publish_version(actor=SYSTEM, document=agreement(), now=NOW)
    actions.start_draft(actor=registrar, owner="Receiving", document=agreement(), now=NOW)
    return {"Authorization": f"Bearer {token_for(registrar)}"}


@pytest.fixture(autouse=True)
def one_connection():
    """A served request closes its connection at the end; here that would end the test's transaction with it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=MOST or 8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_server(case, headers):
    case.headers = {**(case.headers or {}), **headers, "Idempotency-Key": "k"}
    case.headers["Idempotency-Key"] = str(abs(hash(repr(case.body))))
    response = case.call()
    case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])
