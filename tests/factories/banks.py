"""Small OLX courses as archives, to be uploaded as banks."""

import io
import tarfile
import zipfile

CHOICE = (
    '<problem url_name="{name}"{hard}><multiplechoiceresponse><label>{prompt}</label><choicegroup>'
    '<choice correct="true">this</choice><choice correct="{also}">that</choice></choicegroup>'
    "</multiplechoiceresponse></problem>"
)


def choice(name: str, prompt: str = "Which one?", hard: str = "", also: str = "false") -> str:
    """A problem of a vertical."""
    told = f' difficulty="{hard}"' if hard else ""
    return CHOICE.format(name=name, prompt=prompt, hard=told, also=also)


def files(**verticals: list[str]) -> dict[str, bytes]:
    """The files of a course, by vertical."""
    return {
        f"course/vertical/{name}.xml": f"<vertical>{''.join(held)}</vertical>".encode()
        for name, held in verticals.items()
    }


def packed(held: dict[str, bytes]) -> bytes:
    """The files as .tar.gz."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in held.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def zipped(held: dict[str, bytes]) -> bytes:
    """The files as .zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return out.getvalue()


#: Two topics; of the first a question is easy and two are hard.
BANK = files(
    demand=[choice("d1", hard="easy"), choice("d2", hard="hard"), choice("d3", hard="hard")],
    stock=[choice("s1"), choice("s2", "Which other one?")],
)
