"""What installed packages of blocks bring for browsers."""

from linkspan.kernel.errors import NotFound
from linkspan.kernel.readers import public

LARGEST_FILE = 5 * 1024 * 1024


@public
def package_file(kind: str, name: str) -> bytes:
    """A file of the public folder of the package that brings a kind of block; NotFound outside of it."""
    from xblock.exceptions import DisallowedFileError

    from linkspan.courseware.engines.packages import package_class

    cls = package_class(kind)
    try:
        if cls is None or len(name) > 300 or "\\" in name or "\0" in name:
            raise NotFound("asset_unknown", "There is no such file in this course.")
        with cls.open_local_resource(name) as file:
            return bytes(file.read(LARGEST_FILE))
    except (DisallowedFileError, OSError, ValueError) as error:
        raise NotFound("asset_unknown", "There is no such file in this course.") from error
