"""The log has the id of the request on each line, and no personal data."""

import io
import json
import logging

import pytest
import structlog
from django.db import DataError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from linkspan.site.logs import formatter
from linkspan.site.middleware import NumberedMiddleware

log = structlog.get_logger(__name__)


@pytest.fixture
def written():
    """What is written to the log from now on, as JSON."""
    out = io.StringIO()
    handler, root = logging.StreamHandler(out), logging.getLogger()
    handler.setFormatter(formatter("json"))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before)


def failing(_request) -> HttpResponse:
    """A view that fails as a database and a mail server do, which quote what they were given."""
    logging.getLogger("some.library").warning("550 no mailbox <%s>", "ada.sample@example.org")
    try:
        raise DataError("Key (email)=(ada.sample@example.org) already exists.")
    except DataError:
        log.exception("it failed", person={"mail": "ada.sample@example.org"}, tried=["ada.sample@example.org", 3])
    return HttpResponse()


def test_each_line_has_the_request_and_none_an_address(written) -> None:
    sent = RequestFactory().get("/", headers={"X-Request-ID": "from-a-proxy-0123456789"})
    answered = NumberedMiddleware(failing)(sent)
    assert answered.headers["X-Request-ID"] == "from-a-proxy-0123456789"
    lines = written()
    assert [line["request"] for line in lines] == ["from-a-proxy-0123456789"] * 2
    assert [line["level"] for line in lines] == ["warning", "error"]
    assert lines[0]["event"] == "550 no mailbox <[address]>"
    assert "DataError: Key (email)=([address]) already exists." in lines[1]["exception"]
    assert lines[1]["tried"] == ["[address]", 3]
    assert "example.org" not in json.dumps(lines)


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space and more", "line\nbreak-12345", "ünïcode-id"])
def test_an_id_that_is_none_is_not_taken(given) -> None:
    request = RequestFactory().get("/")
    request.META["HTTP_X_REQUEST_ID"] = given
    number = NumberedMiddleware(lambda _: HttpResponse())(request).headers["X-Request-ID"]
    assert len(number) == 32 and number != given


@pytest.mark.django_db
def test_a_request_is_a_line_without_its_address(written) -> None:
    answered = Client().get("/pay/0190f2b4-0000-7000-8000-000000000001/?of=ada.sample@example.org")
    (line,) = [line for line in written() if line["event"] == "answered"]
    assert line["request"] == answered.headers["X-Request-ID"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "pay/<uuid:charge_id>/", answered.status_code)
    assert "0190f2b4" not in json.dumps(line)


def test_text_is_for_people() -> None:
    record = logging.LogRecord("a", logging.WARNING, "f.py", 1, "mail to %s failed", ("ada@example.org",), None)
    told = formatter("text").format(record)
    assert told.endswith("[warning  ] mail to [address] failed")
    assert "\x1b" not in told
