"""An encrypted backup is one file that shows nothing, opens with its key alone, and says so where it does not."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.site.running import linkspan

from linkspan.kernel.errors import LinkspanError
from linkspan.site.backup import read_manifest
from linkspan.site.encrypted_backup import ENCRYPTED, decrypt, encrypt, identities_in, new_identity, recipients_in

LARGE = os.urandom(3_000_000)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """An encrypted backup of two files, with its key beside it."""
    folder = tmp_path / "plain"
    (folder / "home").mkdir(parents=True)
    (folder / "home" / "paper").write_bytes(LARGE)
    (folder / "home" / "empty").write_bytes(b"")
    (tmp_path / "to").write_text(f"# the registrar's safe\n\n{new_identity(tmp_path / 'key')}\n")
    encrypt(folder, tmp_path / ENCRYPTED, recipients_in(tmp_path / "to"))
    return tmp_path


def test_what_is_encrypted_opens_with_its_key(kept: Path) -> None:
    sealed = (kept / ENCRYPTED).read_bytes()
    assert sealed.startswith(b"age-encryption.org/v1\n")
    assert LARGE[:32] not in sealed and b"paper" not in sealed
    assert (kept / "key").stat().st_mode & 0o077 == 0
    decrypt(kept / ENCRYPTED, kept / "out", identities_in(kept / "key"))
    assert {one.name: one.read_bytes() for one in (kept / "out" / "home").iterdir()} == {"paper": LARGE, "empty": b""}
    assert not list(kept.glob("*.part"))


def test_several_keys_open_it_each_by_itself_also_of_ssh(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "ssh"], check=True)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "one").write_text("1")
    public = [new_identity(tmp_path / "first"), (tmp_path / "ssh.pub").read_text()]
    (tmp_path / "to").write_text("\n".join(public))
    encrypt(tmp_path / "plain", tmp_path / ENCRYPTED, recipients_in(tmp_path / "to"))
    for name in ("first", "ssh"):
        decrypt(tmp_path / ENCRYPTED, tmp_path / f"out-{name}", identities_in(tmp_path / name))
        assert (tmp_path / f"out-{name}" / "one").read_text() == "1"


@pytest.mark.parametrize("spoil", ["cut", "flip", "another", "none"])
def test_what_was_changed_or_is_for_another_does_not_open(kept: Path, spoil: str) -> None:
    place, key = kept / ENCRYPTED, kept / "key"
    whole = place.read_bytes()
    if spoil == "another":
        new_identity(key := kept / "other")
    else:
        middle = len(whole) // 2
        place.write_bytes(
            {
                "cut": whole[:-70_000],
                "flip": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
                "none": b"",
            }[spoil]
        )
    with pytest.raises(LinkspanError, match="does not open"):
        decrypt(place, kept / "out", identities_in(key))


@pytest.mark.parametrize(
    "text", ["", "# nobody\n", "age1wrong", "AGE-SECRET-KEY-1", "\x00", "ssh-dss AAAA", "a" * 5_000]
)
def test_what_is_no_key_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    for read in (recipients_in, identities_in):
        with pytest.raises(LinkspanError) as told:
            read(tmp_path / "file")
        assert told.value.status == 422
    for wrong in (tmp_path, tmp_path / "absent"):
        with pytest.raises(LinkspanError, match="cannot be read"):
            recipients_in(wrong)


def test_a_key_is_never_written_over(kept: Path) -> None:
    before = (kept / "key").read_bytes()
    with pytest.raises(LinkspanError, match="exists already"):
        new_identity(kept / "key")
    assert (kept / "key").read_bytes() == before
    with pytest.raises(LinkspanError, match="cannot be written"):
        new_identity(kept / "absent" / "key")


@pytest.mark.drill
@pytest.mark.servers
def test_an_installation_goes_through_one(tmp_path: Path) -> None:
    home, other, kept, key = (tmp_path / name for name in ("home", "other", "kept", "key"))
    home.mkdir()
    other.mkdir()
    assert linkspan(home, "migrate").returncode == 0
    made = linkspan(home, "keys", "backup", str(key))
    assert made.returncode == 0, made.stderr
    (tmp_path / "to").write_text(made.stdout)
    told = {"LINKSPAN_BACKUP_RECIPIENTS": str(tmp_path / "to")}
    done = linkspan(home, "backup", str(kept), "--json", **told)
    assert done.returncode == 0, done.stderr
    assert [one.name for one in kept.iterdir()] == [ENCRYPTED]
    assert not list(home.glob(".backup-*")), "nothing that can be read stays"

    closed = linkspan(other, "restore", str(kept))
    assert (closed.returncode, len(closed.stderr.splitlines())) == (2, 1) and "--identity" in closed.stderr
    assert list(other.iterdir()) == []
    whole = linkspan(home, "backup", str(kept), "--verify", "--identity", str(key), "--json")
    assert (whole.returncode, json.loads(whole.stdout)) == (0, json.loads(done.stdout))
    back = linkspan(other, "restore", str(kept), "--identity", str(key), "--json")
    assert back.returncode == 0, back.stdout + back.stderr
    assert json.loads(back.stdout) == {"wrong": [], **{k: json.loads(done.stdout)[k] for k in ("rows", "files")}}
    assert not list(other.glob(".backup-*"))
    assert (other / "secrets.json").read_bytes() == (home / "secrets.json").read_bytes()
    with pytest.raises(LinkspanError):
        read_manifest(kept)
