"""Files that hold a credential, or too much."""


def pdf_with(attachment: bytes, times: int) -> bytes:
    """A PDF that holds a packed attachment so many times."""
    names = b" ".join(b"(%d.json) %d 0 R" % (number, 4 + 2 * number) for number in range(times))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [%s] >> >> >>" % names,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
    ]
    stream = b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(attachment), attachment)
    for number in range(times):
        parts += [b"<< /Type /Filespec /F (c.json) /UF (c.json) /EF << /F %d 0 R >> >>" % (5 + 2 * number), stream]
    out, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    told = (len(places) + 1, rows, len(places) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % told
