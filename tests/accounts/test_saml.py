"""Sign-in by institutions that speak SAML: metadata, first sign-ins, leaving, and what hostile answers come to."""

import copy
import re
from datetime import timedelta

import pytest
import xmlsec
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client
from lxml import etree
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.factories.saml import MAIL, NAME, NS, SamlUniversity, serving, signed

from linkspan.accounts import actions
from linkspan.accounts.engines.saml import own_key
from linkspan.accounts.models import IdentityProviderRow, InstitutionSignInRow, User
from linkspan.accounts.queries import own_peer
from linkspan.accounts.queries.providers import provider_history, providers_at
from linkspan.accounts.rules import SAML_CLAIMS, Source
from linkspan.accounts.rules.providers import ClaimNames, ProviderTerms
from linkspan.institutions.actions import register_institution
from linkspan.kernel import outbox
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.versions import Changed
from linkspan.messages.models import MailRow, NoticeRow

pytestmark = pytest.mark.django_db
TERMS = ProviderTerms("MITx staff", "", ("mitx.example",), SAML_CLAIMS)
ADA = {MAIL: "ada@mitx.example", NAME: "Ada Sample"}


@pytest.fixture(autouse=True)
def schools(settings):
    cache.clear()
    settings.BASE_URL = "http://testserver"
    for code in ("MITx", "HES"):
        register_institution(
            actor=SYSTEM, code=code, name=code, country="US", time_zone="UTC", url="https://e.edu/", aliases=[], now=NOW
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    place = tmp_path_factory.mktemp("saml")
    with serving(place) as found:
        yield found, place / "ca.pem"


@pytest.fixture
def university(served, settings):
    found, authority = served
    settings.EXCHANGE_LOOPBACK = [found.issuer.removeprefix("https://")]
    settings.EXCHANGE_LOOPBACK_CA = str(authority)
    found.changes.clear()
    return found


def entered(university, school="MITx", terms=TERMS, **more):
    source = more.pop("source", Source(content=university.metadata()))
    made = actions.add_saml_provider(
        actor=SYSTEM, institution=school, terms=terms, source=source, now=real_now(), **more
    )
    actions.enable_provider(actor=SYSTEM, provider_id=made, now=NOW)
    return made


@pytest.fixture(scope="module")
def idp():
    return SamlUniversity("https://idp.mitx.example/saml")


@pytest.fixture
def provider(idp):
    return entered(idp)


def led(client, provider, back=""):
    return client.get(f"/accounts/saml/{provider}/login/", {"next": back} if back else {})["Location"]


def posts(client, provider, answer):
    """Post the answer as the provider's page has the browser do; then the browser's next step, if there is one."""
    found = client.post(f"/accounts/saml/{provider}/acs/", {"SAMLResponse": answer, "RelayState": ""})
    return client.get(found["Location"]) if found.status_code == 302 else found


def signs_in(client, idp, provider, back="", **told):
    told.setdefault("attributes", ADA)
    return posts(client, provider, idp.answers(led(client, provider, back), **told))


def by_code(client, idp, provider, **told):
    assert signs_in(client, idp, provider, **told)["Location"] == "/accounts/connect/"
    client.post("/accounts/connect/", {"do": "mail"})
    body = MailRow.objects.latest("at").body
    code = next(line for line in body.splitlines() if len(line) == 8 and line.isupper())
    return client.post("/accounts/connect/", {"do": "code", "code": code})


def known(provider, uid: str) -> None:
    """An account that is connected with that name there."""
    user = User.objects.create_user(f"{uid}@mitx.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    SocialAccount.objects.create(user=user, provider=str(provider), uid=uid)


def who(client: Client) -> str | None:
    user = client.get("/account/").context
    return user["person"].email if user else None


def test_the_first_sign_in_needs_a_code_and_the_next_none(idp, provider) -> None:
    ada = Client()
    connected = by_code(ada, idp, provider)
    assert f'href="/accounts/saml/{provider}/login/"' in ada.get(connected["Location"]).content.decode()
    assert who(ada) is None
    assert signs_in(ada, idp, provider, back="/record/")["Location"] == "/record/"
    assert who(ada) == "ada@mitx.example"
    assert (User.objects.get().name, SocialAccount.objects.get().uid) == ("Ada Sample", "ada-1")
    assert SocialAccount.objects.get().extra_data == {}
    page = Client().get("/accounts/login/").content.decode()
    assert re.findall(r'href="(/accounts/(?:saml|oidc)/[^"]+)"', page) == [f"/accounts/saml/{provider}/login/"]
    assert signs_in(Client(), idp, provider, attributes={})["Location"] == "/dashboard/"


def test_an_encrypted_assertion_is_read_and_a_weak_key_transport_refused(idp, provider) -> None:
    certificate = own_peer(provider).certificate
    by_code(Client(), idp, provider)
    ada, eve = Client(), Client()
    assert signs_in(ada, idp, provider, encrypt_to=certificate).status_code == 302
    assert who(ada) == "ada@mitx.example"

    def weaker(answer):
        (method,) = answer.xpath("//*[local-name()='EncryptedKey']/*[local-name()='EncryptionMethod']")
        method.set("Algorithm", "http://www.w3.org/2001/04/xmlenc#rsa-1_5")
        return answer

    assert signs_in(eve, idp, provider, encrypt_to=certificate, after=weaker).status_code == 401
    # An assertion that another one signed stays refused under encryption.
    other, _ = own_key("x", real_now())
    assert signs_in(eve, idp, provider, encrypt_to=certificate, key=other).status_code == 401


def _attribute(value):
    return {MAIL: value, NAME: "Ada"}


def test_the_identifier_is_an_attribute_where_one_is_named(idp) -> None:
    lasting = "urn:oasis:names:tc:SAML:attribute:subject-id"
    claims = ClaimNames(SAML_CLAIMS.email, "", SAML_CLAIMS.name, lasting)
    made = entered(idp, terms=ProviderTerms("MITx", "", ("mitx.example",), claims))
    kind = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
    told = {"format": kind, "subject": "t-1", "attributes": ADA | {lasting: "ada@mitx.example"}}
    by_code(Client(), idp, made, **told)
    assert SocialAccount.objects.get().uid == "ada@mitx.example"
    ada = Client()
    assert signs_in(ada, idp, made, **told | {"subject": "t-2"}).status_code == 302 and who(ada) == "ada@mitx.example"
    assert signs_in(Client(), idp, made, format=kind, subject="t-3").status_code == 401


@pytest.mark.parametrize(
    "told",
    [{MAIL: ""}, {NAME: "Ada"}, {MAIL: "ada@hes.example"}, {MAIL: "ada@evil.mitx.example"}, {MAIL: "<b>a</b>@x"}],
)
def test_an_address_that_does_not_count_connects_nothing(idp, provider, told) -> None:
    ada = Client()
    assert signs_in(ada, idp, provider, attributes=told).status_code == 403
    assert ada.get("/accounts/connect/").status_code == 302 and User.objects.count() == 0


# ------------------------------------------------------------------------------------------------ hostile answers


def _xsw_before(answer):
    """The signed assertion stays, and another one comes before it."""
    evil = copy.deepcopy(answer.find("saml:Assertion", NS))
    evil.set("ID", "_evil")
    evil.remove(evil.find("ds:Signature", NS))
    evil.find(".//saml:NameID", NS).text = "bob-1"
    answer.insert(2, evil)
    return answer


def _xsw_inside(answer):
    """The signed assertion lies inside of the signature of another one, under the same id."""
    real = answer.find("saml:Assertion", NS)
    evil = copy.deepcopy(real)
    evil.find(".//saml:NameID", NS).text = "bob-1"
    holder = etree.SubElement(evil.find("ds:Signature", NS), f"{{{NS['ds']}}}Object")
    answer.remove(real)
    real.remove(real.find("ds:Signature", NS))
    holder.append(real)
    answer.append(evil)
    return answer


def _xsw_extension(answer):
    """The signed assertion lies in an extension, and another one with its signature stands in its place."""
    real = answer.find("saml:Assertion", NS)
    evil = copy.deepcopy(real)
    evil.set("ID", "_evil")
    evil.find(".//saml:NameID", NS).text = "bob-1"
    answer.remove(real)
    extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
    extensions.append(real)
    answer.insert(1, extensions)
    answer.append(evil)
    return answer


def _other_name(answer):
    answer.find(".//saml:NameID", NS).text = "bob-1"
    return answer


def _other_address(answer):
    answer.find(".//saml:AttributeValue", NS).text = "bob@mitx.example"
    return answer


def _empty_reference(answer):
    answer.find(".//ds:Reference", NS).set("URI", "")
    return answer


def _xslt(answer):
    answer.find(".//ds:Transform", NS).set("Algorithm", "http://www.w3.org/TR/1999/REC-xslt-19991116")
    return answer


def _hmac(answer):
    answer.find(".//ds:SignatureMethod", NS).set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    return answer


def _failed_status(answer):
    answer.find(".//samlp:StatusCode", NS).set("Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")
    return answer


def _elsewhere(answer):
    answer.set("Destination", "http://testserver/accounts/saml/elsewhere/acs/")
    return answer


def _no_end(assertion):
    del assertion.find(".//saml:SubjectConfirmationData", NS).attrib["NotOnOrAfter"]
    return assertion


def _only_response_signed(key):
    return lambda answer: signed(answer, key)


def _expanding(whole: bytes) -> bytes:
    entities = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"aaaaaaaaaa") for n in range(9))
    return b"<!DOCTYPE x [" + entities + b"]>" + whole.replace(b">ada-1<", b">&a8;<")


def _outside(whole: bytes) -> bytes:
    return b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + whole.replace(b">ada-1<", b">&a;<")


OTHER_KEY = own_key("somebody else", real_now())[0]
HOSTILE = {
    "unsigned": {"sign": False},
    "the response signed alone": {"sign": False, "after": "response"},
    "by another key": {"key": OTHER_KEY},
    "by SHA-1": {"method": xmlsec.Transform.RSA_SHA1},
    "altered name": {"after": _other_name},
    "altered address": {"after": _other_address},
    "another audience": {"audience": "http://testserver/accounts/saml/other/metadata/"},
    "no audience": {"audience": ""},
    "another recipient": {"recipient": "http://testserver/"},
    "a longer recipient": {"recipient": "http://testserver/accounts/saml/x/acs/?http://testserver/"},
    "expired": {"at": real_now() - timedelta(minutes=30)},
    "not yet": {"at": real_now() + timedelta(minutes=30)},
    "no end": {"change": _no_end},
    "another request": {"irt": "_nobody-asked"},
    "no request": {"confirm_irt": False},
    "another provider": {"issuer": "https://idp.hes.example/saml"},
    "sent elsewhere": {"after": _elsewhere},
    "no success": {"after": _failed_status},
    "nobody": {"subject": ""},
    "a name that passes": {"format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
    "an address for a name": {"format": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"},
    "wrapped, before": {"after": _xsw_before},
    "wrapped, inside": {"after": _xsw_inside},
    "wrapped, in an extension": {"after": _xsw_extension},
    "a reference to all": {"after": _empty_reference},
    "a program for a transform": {"after": _xslt},
    "a shared secret": {"after": _hmac},
    "expanding entities": {"bytes": _expanding},
    "a file for an entity": {"bytes": _outside},
    "huge": {"attributes": ADA | {"urn:x": "x" * 300_000}},
    "broken": {"bytes": lambda whole: whole[:-20]},
    "not XML": {"bytes": lambda whole: b"\x00\xff" * 30},
    "another message": {"bytes": lambda whole: b"<a/>"},
    "another encoding": {"bytes": lambda whole: whole.decode().encode("utf-16")},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_answer_signs_nobody_in(idp, provider, kind) -> None:
    told = dict(HOSTILE[kind])
    if told.get("after") == "response":
        told["after"] = _only_response_signed(idp.key)
    known(provider, "ada-1")
    client = Client()
    answer = idp.answers(led(client, provider), **{"attributes": ADA} | told)
    found = client.post(f"/accounts/saml/{provider}/acs/", {"SAMLResponse": answer})
    if kind == "another request":  # it holds, for a browser that nobody has
        found = client.get(found["Location"])
    if kind == "another encoding" and found.status_code == 302:  # the same words in another alphabet are the same
        return
    assert found.status_code == 401
    assert who(client) is None and client.get("/accounts/connect/").status_code == 302
    assert User.objects.count() == 1


def test_a_comment_in_a_name_or_address_cuts_nothing_off(idp, provider) -> None:
    for subject, uid in (("ada-1", "ada-1"), ("ada-1<!-- x -->-evil", "ada-1-evil")):
        known(provider, uid)
        client = Client()
        signs_in(client, idp, provider, subject=subject)
        assert who(client) == f"{uid}@mitx.example"
    added = Client()
    signs_in(added, idp, provider, subject="ada-1-evil", after=_commented)  # put in after the signature
    assert who(added) == "ada-1-evil@mitx.example"
    other = Client()
    address = _attribute("ada@mitx.example<!-- -->.evil.example")
    assert signs_in(other, idp, provider, subject="new", attributes=address).status_code == 403


def _commented(answer):
    name = answer.find(".//saml:NameID", NS)
    name.text = "ada-1"
    comment = etree.Comment("x")
    comment.tail = "-evil"
    name.append(comment)
    return answer


def test_an_answer_works_once_and_in_the_browser_that_began(idp, provider) -> None:
    by_code(Client(), idp, provider)
    ada, eve = Client(), Client()
    answer = idp.answers(led(ada, provider), attributes=ADA)
    led(eve, provider)
    assert posts(eve, provider, answer).status_code == 401 and who(eve) is None
    assert posts(ada, provider, answer).status_code == 401 and who(ada) is None  # used up by who stole it
    again = idp.answers(led(ada, provider), attributes=ADA)
    assert posts(ada, provider, again).status_code == 302 and who(ada) == "ada@mitx.example"
    assert posts(Client(), provider, again).status_code == 401


def test_the_answer_of_one_institution_is_not_taken_for_another(idp, provider) -> None:
    by_code(Client(), idp, provider)
    theirs = SamlUniversity("https://idp.hes.example/saml")
    hes = entered(theirs, "HES", ProviderTerms("HES", "", ("hes.example",), SAML_CLAIMS))
    same = entered(idp, "HES", TERMS)
    client = Client()
    asked = led(client, provider)
    # By a foreign key under our provider's name; by the right key for the other institution's entry.
    assert posts(client, provider, idp.answers(asked, attributes=ADA, key=theirs.key)).status_code == 401
    told = idp.answers(led(client, same), attributes=ADA)
    assert posts(client, provider, told).status_code == 401
    # The other institution's provider may say what it likes of itself: the same name is nobody's there.
    assert signs_in(client, theirs, hes, attributes={MAIL: "ada@mitx.example"}).status_code == 403
    assert who(client) is None
    assert client.get(f"/accounts/oidc/{provider}/login/").status_code == 404


# ------------------------------------------------------------------------------------------------ leaving


def sls_of(provider):
    return f"http://testserver/accounts/saml/{provider}/sls/"


def test_who_leaves_there_is_out_here_and_nobody_else(idp, provider) -> None:
    ada, phone, bob = Client(), Client(), Client()
    by_code(ada, idp, provider)
    signs_in(ada, idp, provider)
    signs_in(phone, idp, provider, index="s-2")
    by_code(bob, idp, provider, subject="bob-1", attributes={MAIL: "bob@mitx.example"})
    signs_in(bob, idp, provider, subject="bob-1", attributes={})
    elsewhere = Client()
    for query in (
        idp.leaves(sls_of(provider), key=OTHER_KEY),
        idp.leaves(sls_of(provider), destination="http://testserver/accounts/saml/other/sls/"),
        idp.leaves(sls_of(provider), at=real_now() - timedelta(hours=1)),
        idp.leaves(sls_of(provider)).split("&Signature")[0],
        idp.leaves(sls_of(provider), subject="bob-1").split("&")[0]
        + "&"
        + idp.leaves(sls_of(provider)).partition("&")[2],
        idp.leaves(sls_of(provider)) + "&RelayState=x",
        idp.signed_query("SAMLRequest", b"<a>" + b" " * 5_000_000 + b"</a>", idp.key),
        "SAMLRequest=x",
        "",
    ):
        assert elsewhere.get(f"/accounts/saml/{provider}/sls/?{query}").status_code == 401, query[:80]
    assert [who(one) for one in (ada, phone, bob)] == ["ada@mitx.example"] * 2 + ["bob@mitx.example"]
    query = idp.leaves(sls_of(provider))
    answer = elsewhere.get(f"/accounts/saml/{provider}/sls/?{query}")["Location"]
    assert (
        answer.startswith(f"{idp.issuer}/out?SAMLResponse=")
        and "&Signature=" in answer
        and "RelayState=there" in answer
    )
    assert [who(one) for one in (ada, phone, bob)] == [None, "ada@mitx.example", "bob@mitx.example"]
    assert elsewhere.get(f"/accounts/saml/{provider}/sls/?{query}").status_code == 401  # used once
    elsewhere.get(f"/accounts/saml/{provider}/sls/?{idp.leaves(sls_of(provider), index='')}")
    assert [who(one) for one in (phone, bob)] == [None, "bob@mitx.example"]
    assert InstitutionSignInRow.objects.count() == 1


def test_a_session_under_another_key_ends_with_all_of_the_person(idp, provider) -> None:
    ada = Client()
    by_code(ada, idp, provider)
    signs_in(ada, idp, provider)
    session = ada.session
    session.cycle_key()
    session.save()
    ada.cookies["sessionid"] = session.session_key
    assert who(ada) == "ada@mitx.example"
    Client().get(f"/accounts/saml/{provider}/sls/?{idp.leaves(sls_of(provider))}")
    assert who(ada) is None


def test_who_leaves_here_is_led_to_leave_there(idp, provider) -> None:
    ada = Client()
    by_code(ada, idp, provider)
    signs_in(ada, idp, provider)
    out = ada.post("/accounts/logout/")["Location"]
    page = ada.get(out).content.decode()
    assert f'href="{idp.issuer}/out?SAMLRequest=' in page and InstitutionSignInRow.objects.count() == 0
    content = (
        f'<samlp:LogoutResponse xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="_x" Version="2.0" '
        f'IssueInstant="{real_now():%Y-%m-%dT%H:%M:%SZ}" Destination="{sls_of(provider)}">'
        f"<saml:Issuer>{idp.issuer}</saml:Issuer><samlp:Status>"
        f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse>'
    )
    query = idp.signed_query("SAMLResponse", content.encode(), idp.key)
    assert ada.get(f"/accounts/saml/{provider}/sls/?{query}")["Location"] == "/"
    told = ada.get(f"/accounts/signed-out/{provider}/?session=forged").content.decode()
    assert "SAMLRequest" not in told and "you may still be signed in" in told


def test_switching_off_ends_what_came_by_it(idp, provider) -> None:
    ada = Client()
    by_code(ada, idp, provider)
    signs_in(ada, idp, provider)
    assert actions.disable_provider(actor=SYSTEM, provider_id=provider, why="Left.", now=NOW) == 1
    assert who(ada) is None and ada.get(f"/accounts/saml/{provider}/login/").status_code == 404
    assert ada.post(f"/accounts/saml/{provider}/acs/", {"SAMLResponse": "x"}).status_code == 404


# ------------------------------------------------------------------------------------------------ metadata


def test_metadata_is_read_by_address_again_and_other_certificates_wait_for_a_person(university) -> None:
    robin = person("Robin Registrar", ("registrar", "MITx"))
    olga = person("Olga Operator", ("operator", None))
    person("Hal Registrar", ("registrar", "HES"))
    made = entered(university, source=Source(f"{university.issuer}/metadata"))
    first = real_now()
    actions.refresh_metadata(now=first + timedelta(hours=1))
    (row,) = providers_at(robin, "MITx")
    assert row.read_at < first and row.offered == () and len(row.certificates) == 1
    new, certificate = own_key("new", first)
    old = university.certificate
    university.certificate = certificate
    for _ in range(2):
        actions.refresh_metadata(now=first + timedelta(hours=7))
        first += timedelta(hours=7)
    outbox.drain(now=first)
    (row,) = providers_at(robin, "MITx")
    told = NoticeRow.objects.filter(kind="provider_changed").values_list("recipient_id", flat=True)
    assert set(told) == {robin.person_id, olga.person_id} and len(told) == 2
    assert len(row.offered) == 1 and row.offered != row.certificates
    by_code(Client(), university, made)  # the old one counts on
    eve = Client()
    assert signs_in(eve, university, made, key=new).status_code == 401
    client = browser(robin)
    page = f"/desk/MITx/sign-in/{made}/"
    assert row.offered[0].sha256 in client.get(page).content.decode()
    with pytest.raises(Changed):
        actions.renew_metadata(actor=robin, provider_id=made, source=Source(), now=NOW, seen="0" * 64)
    assert client.post(page, {"do": "renew", "seen": row.offered[0].sha256}).status_code == 302
    assert signs_in(eve, university, made, key=new).status_code == 302
    assert [entry.verb for entry in provider_history(robin, made)][-1] == "renew_metadata"
    university.certificate = old
    university.changes["metadata"] = lambda told: "nothing"
    actions.refresh_metadata(now=first + timedelta(hours=7))
    (row,) = providers_at(robin, "MITx")
    assert "no XML" in row.trouble and len(row.certificates) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda told: "",
        lambda told: "<a/>",
        lambda told: "<!DOCTYPE a [<!ENTITY b 'c'>]>" + told,
        lambda told: told.replace("https://idp.mitx.example/saml/in", "http://idp.mitx.example/in"),
        lambda told: re.sub(r"<ds:X509Certificate>.*?<", "<ds:X509Certificate>AAAA<", told),
        lambda told: re.sub(r"<md:KeyDescriptor.*</md:KeyDescriptor>", "", told, flags=re.S),
        lambda told: told.replace("entityID=", 'validUntil="2001-01-01T00:00:00Z" entityID='),
        lambda told: told.replace('entityID="https', "entityID=\"' or https"),
        lambda told: told + " " * 1_000_001,
        lambda told: f"<a>{told}{told.replace('/saml', '/other')}</a>",
    ],
)
def test_metadata_that_cannot_be_used_enters_nothing(idp, change) -> None:
    with pytest.raises(Unusable) as refused:
        entered(idp, source=Source(content=change(idp.metadata())))
    assert refused.value.code == "metadata_unusable" and IdentityProviderRow.objects.count() == 0


def test_of_several_the_named_one_is_taken_and_nobody_in_the_own_network_is_asked(idp) -> None:
    both = f"<a>{idp.metadata()}{idp.metadata().replace('/saml', '/other')}</a>"
    entered(idp, source=Source(content=both), entity_id=idp.issuer)
    with pytest.raises(Refused, match="entered already"):
        entered(idp)
    for url in ("https://127.0.0.1:9/x", "http://idp.example/x", "https://10.0.0.1/x"):
        with pytest.raises(Unusable) as refused:
            entered(idp, source=Source(url))
        assert refused.value.code == "provider_silent"


def test_only_who_manages_an_institution_enters_and_renews(idp) -> None:
    robin = person("Robin Registrar", ("registrar", "MITx"))
    made = actions.add_saml_provider(
        actor=robin, institution="MITx", terms=TERMS, source=Source(content=idp.metadata()), now=NOW
    )
    for other in (person("Hal R", ("registrar", "HES")), person("Dora D", ("dean", "MITx")), person("Lea L")):
        with pytest.raises(NotPermitted):
            entered_by = {"institution": "MITx", "terms": TERMS, "source": Source("https://x.invalid"), "now": NOW}
            actions.add_saml_provider(actor=other, **entered_by)
        with pytest.raises(NotFound):
            actions.renew_metadata(actor=other, provider_id=made, source=Source("https://x.invalid"), now=NOW)


def test_a_registrar_enters_one_by_page_and_by_api(idp, university) -> None:
    registrar = person("Robin Registrar", ("registrar", "MITx"))
    robin, page = browser(registrar), "/desk/MITx/sign-in/saml/"
    form = {"name": "MITx", "domains": "mitx.example", "metadata_url": f"{university.issuer}/metadata"}
    wrong = robin.post(page, form | {"domains": "nothing"})
    assert wrong.status_code == 422 and b'value="nothing"' in wrong.content
    made = robin.post(page, form)["Location"]
    (row,) = providers_at(registrar, "MITx")
    shown = robin.get(made).content.decode()
    ours = f"http://testserver/accounts/saml/{row.id}/metadata/"
    assert ours in shown and row.certificates[0].sha256 in shown
    published = Client().get(ours)
    root = etree.fromstring(published.content)
    assert root.get("entityID") == ours and published["Content-Type"] == "application/samlmetadata+xml"
    assert "validUntil" not in root.attrib and len(root.findall(".//ds:X509Certificate", NS)) == 2
    assert robin.post(made, {"do": "enable"}).status_code == 302
    change = {"do": "change", "name": "MITx 2", "domains": "mitx.example", "subject_claim": "urn:x"}
    assert robin.post(made, change | {"seen": "older"}).status_code == 409
    api = Client(headers={"Authorization": f"Bearer {token_for(registrar)}"})
    told = {"institution": "MITx", "name": "B", "domains": ["b.example"], "metadata": idp.metadata()}
    sent = {"content_type": "application/json", "headers": {"Idempotency-Key": "1"}}
    (first, second) = (api.post("/api/v1/providers/saml", told, **sent) for _ in range(2))
    assert first.status_code == 200 and first.json() == second.json()
    renew = {"metadata": university.metadata()}
    found = api.post(
        f"/api/v1/providers/{first.json()['id']}/metadata", renew, **sent | {"headers": {"Idempotency-Key": "2"}}
    )
    assert found.status_code == 422 and "metadata_unusable" in found.json()["type"]
    listed = api.get("/api/v1/providers", {"institution": "MITx"}).json()
    assert [(one["kind"], one["issuer"], "PRIVATE" in str(one)) for one in listed] == [
        ("saml", university.issuer, False),
        ("saml", idp.issuer, False),
    ]
