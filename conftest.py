"""Give every test run a private home folder before settings are read, and judge no test by its speed."""

import os
import tempfile

from hypothesis import settings

if "LINKSPAN_HOME" not in os.environ:
    os.environ["LINKSPAN_HOME"] = tempfile.mkdtemp(prefix="linkspan-test-")

settings.register_profile("linkspan", deadline=None)
settings.load_profile("linkspan")
