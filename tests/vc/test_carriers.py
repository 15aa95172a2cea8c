"""Credentials in images and PDFs. Threat 26: several, exploding, or hostile ones."""

import io
import json
import struct
import zlib

import pytest
from tests.vc.makers import NOW, SEED, badge, trust, unsigned

from linkspan.vc import Unreadable, baking, jose, keys, verify
from linkspan.vc.pdf import embed_credential

GOOD = json.dumps(badge())
OTHER = json.dumps(badge(name="Another"))
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><title>A badge</title>{}</svg>'
ELEMENT = '<o:credential xmlns:o="https://purl.imsglobal.org/ob/v3p0">{}</o:credential>'
BILLION = '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def empty_pdf(catalogue: bytes = b"<</Type/Catalog/Pages 2 0 R>>") -> bytes:
    first = b"%PDF-1.7\n"
    one = b"1 0 obj\n" + catalogue + b"\nendobj\n"
    two = b"2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
    places = b"%010d 00000 n \n%010d 00000 n \n" % (len(first), len(first + one))
    end = b"trailer\n<</Size 3/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(first + one + two)
    return first + one + two + b"xref\n0 3\n0000000000 65535 f \n" + places + end


EMPTY_PDF = empty_pdf()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*texts: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixel = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return baking.PNG_SIGNATURE + head + b"".join(chunk(b"iTXt", t) for t in texts) + pixel + chunk(b"IEND", b"")


def plain(text: str) -> bytes:
    return baking.KEYWORD + b"\0\0\0\0\0" + text.encode()


def compressed(text: bytes) -> bytes:
    return baking.KEYWORD + b"\0\1\0en\0Titel\0" + zlib.compress(text)


def valid(content: bytes) -> bool:
    return verify(content, trust=trust(), at=NOW).verdict == "valid"


def code(content: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        verify(content, trust=trust(), at=NOW)
    return caught.value.code


def test_a_png_baked_by_us_and_by_others() -> None:
    assert valid(baking.bake_png(png(), GOOD))
    assert valid(png(plain(GOOD)))
    assert valid(png(compressed(GOOD.encode())))
    assert valid(png(b"Comment\0\0\0\0\0{}", plain(GOOD), plain(GOOD)))
    assert valid(baking.bake_png(png(plain(OTHER)), GOOD))


def test_a_token_in_an_image() -> None:
    token = jose.sign_jwt(unsigned(), keys.private_key_of(keys.ED25519, SEED), created=NOW)
    assert valid(baking.bake_png(png(), token))
    assert valid(baking.bake_svg(SVG.format("").encode(), token))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (png(), "not_baked"),
        (png(plain(GOOD), plain(OTHER)), "baked_twice"),
        (png(compressed(b" " * 50_000_000)), "too_large"),
        (png(baking.KEYWORD + b"\0\1\0\0\0not zlib"), "png_broken"),
        (png(baking.KEYWORD + b"\0\7\0\0\0{}"), "png_broken"),
        (png(baking.KEYWORD + b"\0"), "png_broken"),
        (png(plain(GOOD))[:-6], "png_broken"),
        (png(plain(GOOD)).replace(b"Supply", b"Subtly"), "png_broken"),
        (baking.PNG_SIGNATURE + chunk(b"tEXt", b"") * 20_000, "png_broken"),
        (baking.PNG_SIGNATURE + b"\xff\xff\xff\xffiTXt", "png_broken"),
    ],
)
def test_threat_26_hostile_png(image, expected) -> None:
    assert code(image) == expected


def test_an_svg_baked_by_us_and_by_others() -> None:
    assert valid(baking.bake_svg(SVG.format("").encode(), GOOD))
    assert valid(SVG.format(ELEMENT.format(f"<![CDATA[{GOOD}]]>")).encode())
    assert valid(baking.bake_svg(SVG.format(ELEMENT.format("{}")).encode(), GOOD))
    assert valid(b"\xef\xbb\xbf<?xml version='1.0'?>\n<!DOCTYPE svg>" + baking.bake_svg(b"<svg/>", GOOD))
    again = baking.unbake_svg(baking.bake_svg(b'<svg xmlns="http://www.w3.org/2000/svg" width="9"/>', GOOD))
    assert json.loads(again) == json.loads(GOOD)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (SVG.format(""), "not_baked"),
        (SVG.format(ELEMENT.format("{}") + ELEMENT.format("[]")), "baked_twice"),
        (BILLION + SVG.format(ELEMENT.format("&b;")), "svg_hostile"),
        (EXTERNAL + SVG.format(ELEMENT.format("&x;")), "svg_hostile"),
        ('<!DOCTYPE svg SYSTEM "http://evil.example/x.dtd">' + SVG.format(""), "svg_hostile"),
        ("<?xml-stylesheet href='x'?>" + SVG.format(""), "svg_hostile"),
        (SVG.format("<g>" * 1_000 + "</g>" * 1_000), "svg_hostile"),
        (SVG.format("<g/>" * 200_000), "svg_hostile"),
        ("<svg", "svg_broken"),
        ("<svg>&nbsp;</svg>", "svg_broken"),
    ],
)
def test_threat_26_hostile_svg(image, expected) -> None:
    assert code(image.encode()) == expected


def test_threat_26_utf16_hides_no_entities() -> None:
    assert code((BILLION + SVG.format(ELEMENT.format("&b;"))).encode("utf-16")) in (
        "not_utf8",
        "svg_hostile",
        "not_json",
    )


def test_threat_26_what_the_picture_shows_is_not_believed() -> None:
    image = SVG.format("<text>Doctor of everything, Harvard</text>").encode()
    told = verify(baking.bake_svg(image, GOOD), trust=trust(), at=NOW)
    assert told.achievement["name"] == "Supply Chain Management"
    assert "Harvard" not in json.dumps(told.as_json())


def test_a_pdf_with_the_credential_attached() -> None:
    pdf = embed_credential(EMPTY_PDF, GOOD)
    assert pdf.startswith(EMPTY_PDF)
    assert valid(pdf)
    token = jose.sign_jwt(unsigned(), keys.private_key_of(keys.ED25519, SEED), created=NOW)
    assert valid(embed_credential(EMPTY_PDF, token, "credential.jwt"))


def test_a_pdf_by_another_writer() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.add_attachment("badge.json", GOOD.encode())
    writer.add_attachment("picture.png", png())
    out = io.BytesIO()
    writer.write(out)
    assert valid(out.getvalue())
    ours = PdfReader(io.BytesIO(embed_credential(out.getvalue(), GOOD, "again.json")))
    assert set(ours.attachments) == {"badge.json", "picture.png", "again.json"}


def test_hostile_pdfs() -> None:
    assert code(EMPTY_PDF) == "not_baked"
    assert code(embed_credential(embed_credential(EMPTY_PDF, GOOD), OTHER, "b.json")) == "baked_twice"
    assert code(b"%PDF-1.7\n" + b"junk" * 100) == "pdf_broken"
    endless = empty_pdf(b"<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>/Kids[1 0 R]>>").replace(
        b"Kids[]", b"Kids[2 0 R]"
    )
    assert code(endless) == "pdf_broken"


def test_what_begins_as_json_or_as_a_token_is_never_opened_as_a_pdf() -> None:
    """Else a file in a PDF, or a text in a credential, would be unpacked where nothing bounds it."""
    assert code(b'{"name": "%PDF-1.7"}' + embed_credential(EMPTY_PDF, GOOD)) == "not_utf8"
    assert code(embed_credential(EMPTY_PDF, "e%PDF-1.7" + GOOD, "c.json")) == "not_baked"
    inside = {**badge(), "endorsementJwt": [embed_credential(EMPTY_PDF, GOOD).decode("latin-1")]}
    (told,) = verify(inside, trust=trust(), at=NOW).endorsements
    assert [check.code for check in told.checks] == ["not_json"]
