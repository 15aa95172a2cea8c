"""Signing keys of institutions."""

import pytest
from tests.factories.people import NOW, SYSTEM

from linkspan.institutions.actions import make_signing_key
from linkspan.institutions.models import SigningKeyRow
from linkspan.kernel.errors import NotFound


@pytest.mark.django_db
def test_an_unknown_institution_gets_no_key() -> None:
    with pytest.raises(NotFound, match="no institution NOPE"):
        make_signing_key(actor=SYSTEM, code="NOPE", now=NOW)
    assert not SigningKeyRow.objects.exists()
