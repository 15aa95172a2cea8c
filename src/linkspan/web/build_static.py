"""`python -m linkspan.web.build_static`: static assets out of the installed npm packages, with their licences."""

import re
import shutil
from pathlib import Path

BUILT = Path(__file__).resolve().parent / "static" / "built"
MODULES = Path("node_modules")
FILES = {
    "paragon": ("@openedx/paragon", ("dist/core.min.css", "dist/light.min.css", "LICENSE")),
    "mathjax": ("mathjax", ("es5/tex-svg-full.js", "LICENSE")),
}
SOURCES = re.compile(r"/\*# sourceMappingURL=.*?\*/")


def main() -> None:
    """Copy anew; a missing package ends with what to run."""
    shutil.rmtree(BUILT, ignore_errors=True)
    for folder, (package, names) in FILES.items():
        for name in names:
            source = MODULES / package / name
            if not source.exists():
                raise SystemExit(f"{source} is missing. Run: npm ci")
            target = BUILT / folder / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            if target.suffix == ".css":  # what it says of its own sources leads nowhere here
                target.write_text(SOURCES.sub("", target.read_text()))
    print(f"static assets built from {len(FILES)} packages")


if __name__ == "__main__":
    main()
