"""`python -m linkspan.web.build_locales`: a pseudo-locale (en-xa) that shows text which is not translatable.

Every message is put in brackets with accented letters. Needs gettext's msgfmt; without it pages are in English only.
"""

import ast
import re
import shutil
import subprocess
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
LOCALE = PACKAGE / "web" / "locale" / "en_XA" / "LC_MESSAGES"
ACCENTS = str.maketrans("aeiouAEIOUcn", "áéíóúÁÉÍÓÚçñ")
IN_TEMPLATES = re.compile(r"{%\s*(?:trans|translate)\s+(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')")
IN_BLOCKS = re.compile(r"{%\s*blocktrans(?:late)?[^%]*%}(.*?){%\s*endblocktrans", re.S)


def messages() -> set[str]:
    """Every message of the templates and of gettext calls in the sources."""
    found: set[str] = set()
    for place in (PACKAGE / "web" / "templates").rglob("*.html"):
        text = place.read_text()
        found |= {ast.literal_eval(quoted) for quoted in IN_TEMPLATES.findall(text)}
        found |= {re.sub(r"{{\s*([\w.]+)\s*}}", r"%(\1)s", " ".join(t.split())) for t in IN_BLOCKS.findall(text)}
    for place in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(place.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "gettext", "gettext_lazy"):
                found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return {message for message in found if message.strip()}


def pseudo(message: str) -> str:
    """The message with accents and brackets; placeholders stay."""
    parts = re.split(r"(%\(\w+\)s|{\w+}|%%)", message)
    return "[" + "".join(p if p.startswith(("%", "{")) else p.translate(ACCENTS) for p in parts) + "]"


def quoted(text: str) -> str:
    """A text as gettext writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main() -> None:
    """Write and compile the catalogue."""
    if shutil.which("msgfmt") is None:
        print("msgfmt is not installed: pages are in English only")
        return
    LOCALE.mkdir(parents=True, exist_ok=True)
    lines = ['msgid ""', 'msgstr ""', quoted("Content-Type: text/plain; charset=UTF-8\n"), ""]
    for message in sorted(messages()):
        lines += [f"msgid {quoted(message)}", f"msgstr {quoted(pseudo(message))}", ""]
    source = LOCALE / "django.po"
    source.write_text("\n".join(lines))
    subprocess.run(["msgfmt", "-o", str(LOCALE / "django.mo"), str(source)], check=True)
    source.unlink()
    print(f"pseudo-locale built: {len(lines) // 3} messages")


if __name__ == "__main__":
    main()
