"""Pictures of questions: read within bounds and written anew as PNG, so that only what is seen is kept."""

import hashlib
import io
import warnings

from linkspan.exams.rules import LONGEST_SIDE, Picture
from linkspan.kernel.bounded import DOCUMENTS
from linkspan.kernel.errors import Unusable

LARGEST_PICTURE = 5 * 2**20
FORMATS = ("PNG", "JPEG", "GIF")


@DOCUMENTS.bounded
def read_picture(content: bytes) -> tuple[bytes, int, int]:
    """The picture as PNG, its width and height; Unusable for what is none, or is too large."""
    from PIL import Image

    if len(content) > LARGEST_PICTURE:
        raise _unusable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=FORMATS) as found:
                if max(found.size) > LONGEST_SIDE:
                    raise _unusable()
                seen = found.convert("RGBA" if found.has_transparency_data else "RGB")
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError) as error:
        raise _unusable() from error
    out = io.BytesIO()
    seen.save(out, "PNG")
    return out.getvalue(), *seen.size


def picture_from(content: bytes, words: str) -> tuple[bytes, Picture]:
    """The picture as PNG, and as questions name it."""
    png, width, height = read_picture(content)
    return png, Picture(hashlib.sha256(png).hexdigest(), width, height, words.strip())


def _unusable() -> Unusable:
    return Unusable(
        "picture_unusable",
        "Choose a picture as PNG, JPEG or GIF of at most {most} MB and {side} points a side.",
        most=LARGEST_PICTURE >> 20,
        side=LONGEST_SIDE,
    )
