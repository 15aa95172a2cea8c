"""`python -m linkspan.web.build_static`: static assets out of the installed npm packages, with their licences."""

import re
import shutil
from pathlib import Path

BUILT = Path(__file__).resolve().parent / "static" / "built"
MODULES = Path("node_modules")
FILES = {
    "paragon": ("@openedx/paragon", ("dist/core.min.css", "dist/light.min.css", "LICENSE")),
    "noto-sans-arabic": (
        "@fontsource/noto-sans-arabic",
        (
            "files/noto-sans-arabic-arabic-400-normal.woff2",
            "files/noto-sans-arabic-arabic-700-normal.woff2",
            "LICENSE",
        ),
    ),
    "jquery": ("jquery", ("dist/jquery.min.js", "LICENSE.txt")),
    "mathjax": ("mathjax", ("es5/tex-svg-full.js", "LICENSE")),
}
#: What documents are set with: typst reads no font that is packed for browsers.
FOR_DOCUMENTS = (
    "@expo-google-fonts/noto-sans-arabic",
    ("400Regular/NotoSansArabic_400Regular.ttf", "700Bold/NotoSansArabic_700Bold.ttf"),
)
SOURCES = re.compile(r"/\*# sourceMappingURL=.*?\*/")


def main() -> None:
    """Copy anew; a missing package ends with what to run."""
    shutil.rmtree(BUILT, ignore_errors=True)
    for folder, (package, names) in [*FILES.items(), ("noto-sans-arabic", FOR_DOCUMENTS)]:
        for name in names:
            source = MODULES / package / name
            if not source.exists():
                raise SystemExit(f"{source} is missing. Run: npm ci")
            target = BUILT / folder / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            if target.suffix == ".css":  # what it says of its own sources leads nowhere here
                target.write_text(SOURCES.sub("", target.read_text()))
    print(f"static assets built from {len(FILES) + 1} packages")


if __name__ == "__main__":
    main()
