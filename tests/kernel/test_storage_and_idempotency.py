"""Documents are encrypted at rest; a request sent twice is done once."""

from pathlib import Path

import pytest
from django.conf import settings
from tests.factories.people import NOW

from linkspan.kernel import storage
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.idempotency import once


def test_a_document_comes_back_and_is_unreadable_on_disk() -> None:
    sha256 = storage.keep(b"a diploma in clear words")
    assert storage.read(sha256) == b"a diploma in clear words"
    on_disk = (Path(settings.DOCUMENT_ROOT) / sha256[:2] / sha256).read_bytes()
    assert b"diploma" not in on_disk


@pytest.mark.parametrize("content", [b"", b"x" * (storage.LARGEST_DOCUMENT + 1)])
def test_unusable_documents(content: bytes) -> None:
    with pytest.raises(Unusable):
        storage.keep(content)


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc/passwd", ""])
def test_unknown_documents(sha256: str) -> None:
    with pytest.raises(NotFound):
        storage.read(sha256)


@pytest.mark.django_db
def test_once() -> None:
    done = []
    for _ in range(2):
        answer = once(owner="p", key="k", request={"a": 1}, now=NOW, work=lambda: done.append(1) or {"n": len(done)})
        assert answer == {"n": 1}
    with pytest.raises(Refused):
        once(owner="p", key="k", request={"a": 2}, now=NOW, work=lambda: {})
