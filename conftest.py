"""Give every test run a private home folder before settings are read."""

import os
import tempfile

if "LINKSPAN_HOME" not in os.environ:
    os.environ["LINKSPAN_HOME"] = tempfile.mkdtemp(prefix="linkspan-test-")
