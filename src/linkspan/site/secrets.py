"""Keys of this installation, made once and kept in its private folder."""

import json
import secrets as random
from pathlib import Path

from cryptography.fernet import Fernet


def load_or_make(home: Path) -> dict[str, str]:
    """The installation's secrets; made at the first call, readable by the owner alone."""
    place = home / "secrets.json"
    try:
        return json.loads(place.read_text())
    except FileNotFoundError:
        pass
    home.mkdir(parents=True, exist_ok=True)
    made = {"secret_key": random.token_urlsafe(50), "document_key": Fernet.generate_key().decode()}
    partial = place.with_suffix(f".{random.token_hex(4)}")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(made))
    try:
        place.hardlink_to(partial)
    except FileExistsError:
        return json.loads(place.read_text())
    finally:
        partial.unlink()
    return made
