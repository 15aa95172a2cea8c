"""What a case holds as files, and what its reader is told of them."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

README = """This is the case of one application, put together by Linkspan for an auditor.

manifest.json     every file with its SHA-256, by whom and why the case was put together, and what is missing
application.json  where the application stands, the reasons and the appeals
agreement.json    the terms of the version that judged it, with their hash, moves and approvals
record.json       the learner's record as it was judged
audit.json        the judgement as it was stored
replay.json       the same judged again now by the rules of then, and where it differs
matchings.json    the matchings of the intake with their published hashes
readings.json     the readings of the application
credit.json       credit awarded, changed and reversed, and cases about it
trail.json        what was done to the application, its papers and its credit
papers/           documents and letters as they were handed in

To check an entry of trail.json: "name_sha256" is the SHA-256 of name_salt followed by the name as canonical JSON
(RFC 8785), "words_sha256" that of words_salt followed by {"after", "before", "why"} in the same form, and "sha256" that
of {"actor_id", "at", "chain", "name", "previous", "subject", "verb", "words"}, where "at" is in UTC with microseconds,
"chain" is the institution, and "name", "words" and "previous" are the hashes. A part that was erased has no salt.

Letters of recommendation are confidential: they were not shown to the applicant.
"""


@dataclass(frozen=True, slots=True)
class CaseFileOut:
    """A case as one file to hand out."""

    name: str
    content: bytes


def packed(files: Mapping[str, bytes], told: Mapping[str, object]) -> bytes:
    """The files as one zip, with what to read first and a manifest of their hashes."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = json.dumps({**told, "files": hashes}, ensure_ascii=False, indent=1).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as held:
        for name, content in ({"README.txt": README.encode(), "manifest.json": manifest} | dict(files)).items():
            held.writestr(name, content)
    return out.getvalue()
