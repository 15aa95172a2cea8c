"""Threat 14: nothing inside a network is ever asked, and no answer may be endless."""

import pytest
from tests.vc.https_server import serving

from linkspan.vc import VcError
from linkspan.vc.net import NetworkPolicy, fetch, is_public


def code(url: str, policy: NetworkPolicy | None = None) -> str:
    with pytest.raises(VcError) as caught:
        fetch(url, policy or NetworkPolicy(seconds=2))
    return caught.value.code


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1"),
        *("fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
        *("64:ff9b::a00:1", "2002:7f00:1::", "224.0.0.1", "255.255.255.255", "ff02::1", "::", "240.0.0.1"),
    ],
)
def test_threat_14_private_addresses_are_not_public(address) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_public_addresses_are(address) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x", "https://[::ffff:127.0.0.1]/x"),
        *(
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/",
            "https://0x7f000001/",
            "https://2130706433/",
        ),
    ],
)
def test_threat_14_addresses_inside_are_refused(url) -> None:
    assert code(url) in ("address_refused", "unreachable")


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.org/", "file:///etc/passwd", "ftp://example.org/", "https://user:pw@example.org/"),
        *("https://exa\u043cple.org/", "https:///x", "https://example.org/a b", "https://e.org/\r\nX: y", "gopher://x"),
        *("https://example.org:99999/", "https://example.org/" + "a" * 3000, "//example.org"),
    ],
)
def test_threat_14_addresses_of_other_kinds_are_refused(url) -> None:
    assert code(url) == "url_refused"


def test_an_answer_under_the_policy_of_the_test(tmp_path) -> None:
    with serving(tmp_path, {"/x?y=1": b"{}"}) as (port, policy):
        assert fetch(f"https://localhost:{port}/x?y=1", policy) == b"{}"
        assert fetch(f"https://127.0.0.1:{port}/x?y=1", policy) == b"{}"


def test_threat_14_no_loopback_but_the_pairs_named(tmp_path) -> None:
    with serving(tmp_path, {"/x": b"{}"}) as (port, policy):
        assert code(f"https://localhost:{port}/x", NetworkPolicy(seconds=2)) == "address_refused"
        elsewhere = NetworkPolicy(2, 100, frozenset({("localhost", port + 1)}), policy.loopback_ca)
        assert code(f"https://localhost:{port}/x", elsewhere) == "address_refused"
        no_authority = NetworkPolicy(2, 100, policy.loopback, None)
        assert code(f"https://localhost:{port}/x", no_authority) == "unreachable"


def test_a_pair_named_must_stand_on_the_loopback_interface() -> None:
    outside = NetworkPolicy(loopback=frozenset({("93.184.216.34", 443)}))
    assert code("https://93.184.216.34/", outside) == "address_refused"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("redirect", "redirect_refused"),
        (b"x" * 50_001, "answer_too_large"),
        (None, "answer_refused"),
        ("slow", "too_slow"),
    ],
)
def test_threat_14_redirects_large_and_slow_answers(tmp_path, answer, expected) -> None:
    with serving(tmp_path, {"/x": answer, "/.well-known/did.json": b"{}"}) as (port, policy):
        assert code(f"https://localhost:{port}/x", policy) == expected
