"""Where a course lies in a git repository: its address, a branch or tag, and the commit that was fetched."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from linkspan.kernel.errors import Unusable

LONGEST_ADDRESS, LONGEST_REF = 500, 200
#: A name of a branch or a tag: what git takes, without what its programs read as something else.
REF = re.compile(r"(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)|/\.))[A-Za-z0-9_][A-Za-z0-9_./+@#=-]*(?<![./])")
PATH = re.compile(r"/[A-Za-z0-9_.~%+@/-]+")


@dataclass(frozen=True, slots=True)
class Source:
    """A commit of a repository, named by a branch or a tag; no `ref`: by what the repository shows first."""

    address: str
    ref: str
    commit: str

    @property
    def short(self) -> str:
        """The commit as people write it."""
        return self.commit[:10]


def check_repository(address: str, ref: str) -> None:
    """Unusable unless it is an https address without a name, a password or a question, and a branch or tag."""
    if not _is_address(address):
        raise Unusable(
            "repository_address", "Address: enter https://HOST/PATH without a user name, a password, ? or #."
        ).at("address")
    if len(ref) > LONGEST_REF or (ref and not REF.fullmatch(ref)):
        raise Unusable("ref_unusable", "Branch or tag: enter a name such as main or v1.2.").at("ref")


def name_of_repository(address: str, ref: str) -> str:
    """What a trial of it is called."""
    last = address.rstrip("/").rpartition("/")[2].removesuffix(".git") or address
    return f"{last} {ref}".strip()


def _is_address(address: str) -> bool:
    if len(address) > LONGEST_ADDRESS or not address.isascii() or any(ord(letter) <= 32 for letter in address):
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    return bool(
        parts.scheme == "https"
        and address.startswith("https://")
        and parts.hostname
        and re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:.]+", parts.hostname)
        and not set(parts.netloc) & set("@%\\")
        and port != 0
        and PATH.fullmatch(parts.path)
        and "?" not in address
        and "#" not in address
    )
