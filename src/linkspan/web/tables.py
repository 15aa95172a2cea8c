"""Files that a page gives to keep, and tables as CSV among them."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

#: Signs with which a spreadsheet begins a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A CSV file (RFC 4180, UTF-8 with a byte order mark for spreadsheets); text never begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([plain_cell(value) for value in row] for row in rows)
    return as_file("\ufeff" + out.getvalue(), "text/csv; charset=utf-8", name)


def as_file(content: bytes | str, media_type: str, name: str) -> HttpResponse:
    """Content that a browser saves under a name, and shows in no page of ours."""
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def plain_cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula: an apostrophe goes before what begins like one."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
