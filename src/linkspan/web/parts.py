"""Files that a browser takes in parts, as it does when a learner moves about in a video."""

from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from webob.byterange import Range

PIECE = 64 * 1024


def file_in_parts(request: HttpRequest, place: Path, kind: str) -> HttpResponseBase:
    """Answer with a file, or with the one part of it that is asked for; 416 for a part that it does not have.

    Several parts at once, and what is no part at all, get the whole file. Source: RFC 9110, section 14.
    """
    asked = Range.parse(request.headers.get("Range", ""))
    size = place.stat().st_size
    if asked is None or "," in request.headers.get("Range", "") or "If-Range" in request.headers:
        answer: HttpResponseBase = FileResponse(place.open("rb"), content_type=kind)
    elif (found := asked.range_for_length(size)) is None:
        answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        begin, end = found
        answer = StreamingHttpResponse(_read(place, begin, end), status=206, content_type=kind)
        answer["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
        answer["Content-Length"] = str(end - begin)
    answer["Accept-Ranges"] = "bytes"
    return answer


def _read(place: Path, begin: int, end: int) -> Iterator[bytes]:
    """The bytes from the one up to the other, in pieces."""
    with place.open("rb") as file:
        file.seek(begin)
        while begin < end and (piece := file.read(min(PIECE, end - begin))):
            begin += len(piece)
            yield piece
