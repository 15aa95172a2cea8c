"""Build hook: the wheel's dependencies are the names in base.in, so that they are written once."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class CustomMetadataHook(MetadataHookInterface):
    """Read `requirements/base.in`, one requirement a line."""

    def update(self, metadata):
        """Set `dependencies` from the file."""
        lines = (Path(self.root) / "requirements" / "base.in").read_text().splitlines()
        metadata["dependencies"] = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
