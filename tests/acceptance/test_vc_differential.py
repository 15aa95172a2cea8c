"""Our canonical forms against those of an implementation in another language: 300 hostile documents here, 10,000 in
`benchmarks.vc_fuzz`. Where we accept, digitalbazaar's safe mode must accept too, and give the same bytes."""

import pytest
from tests.vc.digitalbazaar import differences, installed


def test_the_same_bytes_as_digitalbazaar_or_refused() -> None:
    if not installed():
        pytest.skip("@digitalbazaar/vc is not installed: run make setup")
    accepted, found = differences(range(300))
    assert found == []
    assert accepted > 100
