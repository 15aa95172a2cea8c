"""Joining: each step in its order, by whom it may, the proof found where it stands and nowhere else."""

import pytest
from django.contrib.auth import get_user_model
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.people import NOW, SYSTEM, person
from tests.vc.https_server import serving

from linkspan.accounts.queries import actor_for
from linkspan.institutions.actions import joining as actions
from linkspan.institutions.engines.domain import DomainLook
from linkspan.institutions.queries import institution
from linkspan.institutions.queries import joining as queries
from linkspan.institutions.rules.joining import FILE_PATH, MOVES, Joining, check_registration, is_domain, next_joining
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.messages.queries import unread_count

FIELDS = {
    "code": "NEWU",
    "name": "New University (sample)",
    "country": "NZ",
    "time_zone": "Pacific/Auckland",
    "domain": "new-university.example",
    "accreditor": "Sample Accreditation Board",
    "accreditation_id": "SAB-77",
    "evidence": b"letter",
}


@pytest.fixture
def applicant(db):
    return person("New Registrar")


@pytest.fixture
def operator(db):
    return person("Ola Operator", ("operator", None))


def registered(applicant, **changes):
    return actions.register_to_join(actor=applicant, now=NOW, **(FIELDS | changes))


def look(texts, asked=None):
    def resolve(name):
        (asked if asked is not None else []).append(name)
        return texts

    return DomainLook(resolve=resolve, port=1)


def proved(applicant, registration_id):
    proof = queries.registration(applicant, registration_id).proof
    return actions.prove_domain(actor=applicant, registration_id=registration_id, look=look([proof]), now=NOW)


def reviewed(actor, registration_id, accept=True, reason="Found in the register of the board."):
    return actions.review_accreditation(
        actor=actor, registration_id=registration_id, accept=accept, reason=reason, now=NOW
    )


def test_the_whole_way(applicant, operator) -> None:
    made = registered(applicant)
    assert registered(applicant) == made
    assert proved(applicant, made) == Joining.DOMAIN_PROVED
    assert [row.id for row in queries.registrations_to_review(operator)] == [made]
    assert reviewed(operator, made) == Joining.ADMITTED
    assert reviewed(operator, made) == Joining.ADMITTED
    found = institution("NEWU")
    assert (found.name, found.url, bool(found.did)) == (FIELDS["name"], "https://new-university.example/", True)
    assert actor_for(applicant.person_id).has_role("registrar", "NEWU")
    from linkspan.kernel import outbox

    outbox.drain(now=NOW)
    assert unread_count(applicant) == 1


def test_no_step_before_its_time(applicant, operator) -> None:
    made = registered(applicant)
    with pytest.raises(Refused):
        reviewed(operator, made)
    for texts in ([], ["linkspan-domain=other"], ["x linkspan-domain="]):
        asked: list = []
        with pytest.raises(Refused, match="not found"):
            actions.prove_domain(actor=applicant, registration_id=made, look=look(texts, asked), now=NOW)
        assert asked == ["_linkspan.new-university.example"]
    proved(applicant, made)
    with pytest.raises(Unusable):
        reviewed(operator, made, reason=" ")


def test_who_may(applicant, operator) -> None:
    other = person("Other Sample")
    made = registered(applicant)
    with pytest.raises(NotFound):
        queries.registration(other, made)
    with pytest.raises(NotFound):
        actions.prove_domain(actor=other, registration_id=made, look=look([]), now=NOW)
    proved(applicant, made)
    for who in (applicant, other, SYSTEM):
        with pytest.raises(NotPermitted):
            reviewed(who, made)
        with pytest.raises(NotPermitted):
            actions.open_accreditation(actor=who, registration_id=made, now=NOW)
    assert actions.open_accreditation(actor=operator, registration_id=made, now=NOW) == b"letter"
    with pytest.raises(NotPermitted):
        queries.registrations_to_review(applicant)


def test_an_operator_does_not_review_their_own(operator) -> None:
    made = registered(operator)
    proved(operator, made)
    with pytest.raises(NotPermitted):
        reviewed(operator, made)


def test_a_short_name_is_taken_once(applicant, operator) -> None:
    made = registered(applicant)
    with pytest.raises(Refused):
        registered(person("Other Sample"))
    proved(applicant, made)
    reviewed(operator, made, accept=False, reason="No such board.")
    again = registered(person("Third Sample"))
    assert again != made


@pytest.mark.parametrize(
    "change",
    [
        {"code": "x y"},
        {"code": ""},
        {"name": ""},
        {"country": "New Zealand"},
        {"time_zone": "Mars/Base"},
        {"domain": "10.0.0.1"},
        {"accreditor": " "},
    ],
)
def test_what_cannot_be_a_registration(change) -> None:
    fields = {name: value for name, value in FIELDS.items() if name != "evidence"}
    with pytest.raises(Unusable):
        check_registration(**(fields | change))


@pytest.mark.parametrize(
    "text", ["localhost", "127.0.0.1", "a..b", "-a.example", "a.example/x", "a.example:80", "A.EXAMPLE", ""]
)
def test_what_is_no_domain(text) -> None:
    assert not is_domain(text)


def test_the_file_is_read_under_the_policy(tmp_path) -> None:
    with serving(tmp_path, {FILE_PATH: b"hello\nlinkspan-domain=t\n"}) as (port, policy):
        found = DomainLook(policy, lambda name: [], port).found("localhost")
        assert "linkspan-domain=t" in found["file"]
        assert DomainLook(resolve=lambda name: [], port=port).found("localhost")["file"] == []
    with serving(tmp_path, {FILE_PATH: "redirect"}) as (port, policy):
        assert DomainLook(policy, lambda name: [], port).found("localhost")["file"] == []


@given(st.sampled_from(list(Joining)), st.sampled_from(list(Joining)))
def test_only_the_table_moves(now_in, to) -> None:
    if to in MOVES[now_in]:
        assert next_joining(now_in, to) == to
    else:
        with pytest.raises(Refused):
            next_joining(now_in, to)


def test_the_pages(client, applicant, operator, settings) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    users = get_user_model().objects
    client.force_login(users.get(id=applicant.person_id))
    fields = {name: value for name, value in FIELDS.items() if name != "evidence"}
    letter = SimpleUploadedFile("letter.pdf", b"letter")
    assert client.post("/join/", fields | {"country": "xyz", "file": letter}).status_code == 422
    letter.seek(0)
    place = client.post("/join/", fields | {"file": letter})["Location"]
    (own,) = queries.own_registrations(applicant)
    assert own.proof.encode() in client.get(place).content
    settings.DOMAIN_LOOK = look(["nothing"])
    assert client.post(place).status_code == 409
    settings.DOMAIN_LOOK = look([own.proof])
    assert client.post(place).status_code == 302
    assert client.get("/desk/joining/").status_code == 403
    client.force_login(users.get(id=operator.person_id))
    assert b"SAB-77" in client.get("/desk/joining/").content
    assert client.get(f"/desk/joining/{own.id}/evidence/").content == b"letter"
    client.post(f"/desk/joining/{own.id}/", {"do": "accept", "reason": "Checked."})
    client.force_login(users.get(id=applicant.person_id))
    assert b"You are in" in client.get(place).content
