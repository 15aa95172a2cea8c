"""Tables as CSV files."""

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
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def plain_cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula: an apostrophe goes before what begins like one."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
