"""The OLX reader, the XBlock runtime, and the sandbox for course authors' Python."""
