"""How the documentation becomes a site: `make docs`."""

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]
os.environ.setdefault("LINKSPAN_HOME", tempfile.mkdtemp(prefix="linkspan-docs-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkspan.site.settings")

import pages  # noqa: E402

pages.write(HERE / "reference" / "made")

project = "Linkspan"
author = "The Linkspan authors"
project_copyright = "The Linkspan authors, AGPL-3.0-or-later"
extensions = ["myst_parser"]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
exclude_patterns = ["reference/made/*-members.md", "reference/made/rule-nodes.md"]
nitpicky = True
html_theme = "furo"
html_title = "Linkspan"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}
# Icons and type of the theme are its own files; nothing is fetched when a page is read.
suppress_warnings: list[str] = []
