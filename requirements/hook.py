"""Build hook: the wheel's dependencies are the names in base.in, so that they are written once."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class CustomMetadataHook(MetadataHookInterface):
    """Read `requirements/base.in`, one requirement a line, without the reasons."""

    def update(self, metadata):
        """Set `dependencies` from the file."""
        lines = (Path(self.root) / "requirements" / "base.in").read_text().splitlines()
        found = [line.partition("#")[0].strip() for line in lines]
        metadata["dependencies"] = [requirement for requirement in found if requirement]
