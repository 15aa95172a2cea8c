"""The WSGI application of the embedded profile: the worker is a thread beside it, so that one process writes."""

import threading

from linkspan.site.worker import loop
from linkspan.site.wsgi import application

__all__ = ["application"]

threading.Thread(target=loop, args=(threading.Event(),), name="worker", daemon=True).start()
