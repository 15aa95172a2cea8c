"""`linkspan backup DIR` and `linkspan restore DIR`: database, documents, courses and keys as they belong together.

With recipients a backup is one encrypted file (`encrypted_backup`); what goes into it is gathered in the home.

The database is dumped first, as it was at one moment; documents and courses, which are named by their hashes and only
added, are copied after it, so that whatever the dump names is there. Notes of the trail's heads are copied before it: a
head that was noted later would say that the dump's trail was cut.
"""

import argparse
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from linkspan.cli import group
from linkspan.kernel.errors import Refused, Unusable
from linkspan.site.encrypted_backup import ENCRYPTED, decrypt, encrypt, identities_in, new_identity, recipients_in

MANIFEST = "manifest.json"
HOME = "home"
#: In a home; where a store is shared, a backup of its documents has them here too.
DOCUMENTS = "documents"
#: What is in a home and made anew, or holds for one process or one machine only.
LEFT = {"database.json", "demo", "serving.lock", "rotating.lock", "probe", "static", "mail"}
#: What is gathered in the home to be encrypted begins with this.
GATHERED = ".backup-"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: its files by their hash, the rows of each table, the keys by their fingerprints."""

    version: str
    made_at: str
    database: str
    migrations: list[list[str]]
    rows: dict[str, int]
    keys: dict[str, str]
    files: dict[str, str]


def register(verbs: Any) -> None:
    """Add the verbs."""
    backup = verbs.add_parser("backup", help="copy database, documents, courses and keys, while people go on working")
    backup.add_argument("folder", metavar="DIR", type=Path, help="a folder that does not exist yet, or is empty")
    backup.add_argument("--recipients", metavar="FILE", type=Path, help="encrypt to these public keys, of age or SSH")
    backup.add_argument("--verify", action="store_true", help="make none: read the one in DIR, and compare each file")
    backup.set_defaults(run=run_backup)
    restore = verbs.add_parser("restore", help="bring a backup back into an empty home and an empty database")
    restore.add_argument("folder", metavar="DIR", type=Path, help="what linkspan backup wrote")
    restore.set_defaults(run=run_restore)
    for verb in (backup, restore):
        verb.add_argument("--identity", metavar="FILE", type=Path, help="the key that opens an encrypted backup")
        verb.add_argument("--json", action="store_true", help="print one JSON object")
    keys = group(verbs, "keys", "signing keys of institutions, and the keys of this installation")
    new = keys.add_parser("backup", help="make a key that opens encrypted backups, and print whom to encrypt to")
    new.add_argument("place", metavar="FILE", type=Path, help="a new file, to be kept where no backup is")
    new.set_defaults(run=run_new_key)


def run_new_key(arguments: argparse.Namespace) -> int:
    """Exit 0 with the private key in its file and the public one printed; 1 if the file exists."""
    print(new_identity(arguments.place))
    return 0


def run_backup(arguments: argparse.Namespace) -> int:
    """Exit 0 with the whole backup in its folder, or with nothing there: 1 for a folder in use, 2 if it failed."""
    folder = arguments.folder.resolve()
    if arguments.verify:
        with opened(folder, arguments.identity, Path(tempfile.gettempdir())) as (_place, manifest):
            return _say(arguments, manifest, "{folder} is whole: {rows} rows and {files} files.")
    import django

    django.setup()
    from django.conf import settings

    named = arguments.recipients or settings.BACKUP_RECIPIENTS
    made = back_up(folder, recipients_in(Path(named)) if named else ())
    how = "Only the keys that fit open it." if named else "It holds keys: lock it away."
    return _say(arguments, made, "Kept {rows} rows and {files} files in {folder}. " + how)


def _say(arguments: argparse.Namespace, manifest: Manifest, text: str) -> int:
    told = {"folder": str(arguments.folder), "files": len(manifest.files), "rows": sum(manifest.rows.values())}
    print(json.dumps(told) if arguments.json else text.format(**told))
    return 0


def run_restore(arguments: argparse.Namespace) -> int:
    """Exit 0 if all is here and the audit trail holds; 1 if not; the home stays empty if nothing could be loaded."""
    folder, home = arguments.folder.resolve(), Path(os.environ.get("LINKSPAN_HOME", "var")).resolve()
    if home.exists() and any(home.iterdir()):
        raise Refused("home_used", "{home} is not empty. Name an empty folder by LINKSPAN_HOME.", home=str(home))
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with opened(folder, arguments.identity, home) as (place, manifest):
        rows = _bring_back(place, home, manifest)
    wrong = list(_differences(manifest, rows))
    told = {"rows": sum(rows.values()), "files": len(manifest.files), "wrong": wrong}
    if arguments.json:
        print(json.dumps(told))
    else:
        for line in wrong:
            print(line)
        print(f"Restored {told['rows']} rows and {told['files']} files of {manifest.made_at}."
              + ("" if wrong else " Every document opens, and the audit trail is as it was written."))  # fmt: skip
    return 1 if wrong else 0


@contextmanager
def opened(folder: Path, identity: Path | None, beside: Path) -> Iterator[tuple[Path, Manifest]]:
    """Where the files of a backup are and what it says that it holds, each compared.

    Of an encrypted one they are meanwhile in a folder of their own in `beside`, which its owner alone reads.
    """
    with ExitStack() as until:
        if (folder / ENCRYPTED).is_file():
            if identity is None:
                raise Unusable(
                    "identity_missing", "{folder} is encrypted. Name its key by --identity.", folder=str(folder)
                )
            keys = identities_in(identity)
            place = Path(until.enter_context(tempfile.TemporaryDirectory(prefix=GATHERED, dir=beside)))
            decrypt(folder / ENCRYPTED, place, keys)
            folder = place.resolve()
        yield folder, read_manifest(folder)


def back_up(folder: Path, recipients: Sequence[Any] = ()) -> Manifest:
    """Make a backup beside its folder, and put it there when it is whole; encrypted where somebody is named."""
    from django.conf import settings

    from linkspan.site import database
    from linkspan.site.secrets import private_home

    database.check_database()
    private_home(settings.HOME)
    keys = _keys()  # which are made, if they are not yet, before the home is copied
    if folder.is_relative_to(settings.HOME):
        raise Refused("folder_inside", "{folder} is inside of the home. Choose a folder elsewhere.", folder=str(folder))
    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            "folder_used", "{folder} is not empty. Choose a folder that does not exist yet.", folder=str(folder)
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        if recipients:  # nothing that can be read gets to where backups are kept
            with tempfile.TemporaryDirectory(prefix=GATHERED, dir=settings.HOME) as gathered:
                made = _gather(Path(gathered), keys)
                encrypt(Path(gathered), partial / ENCRYPTED, recipients)
        else:
            made = _gather(partial, keys)
        partial.replace(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return made


def _gather(partial: Path, keys: dict[str, str]) -> Manifest:
    """Copy all that belongs to a backup into a folder, in the order that makes it one moment."""
    from django.conf import settings

    from linkspan.kernel import storage
    from linkspan.kernel.clock import real_now
    from linkspan.site import dumps

    notes = settings.TRAIL_NOTES
    if notes.exists() and notes.is_relative_to(settings.HOME):
        _copy(notes, partial / HOME / notes.relative_to(settings.HOME))
    rows = dumps.dump(partial)
    for place in _files(settings.HOME):
        if place != notes:
            _copy(place, partial / HOME / place.relative_to(settings.HOME))
    if storage.is_shared():
        storage.bring(partial / HOME / DOCUMENTS)
    made = Manifest(
        version=version("linkspan"),
        made_at=real_now().isoformat(timespec="seconds"),
        database=dumps.dump_name(),
        migrations=_migrations(),
        rows=rows,
        keys=keys,
        files={str(one.relative_to(partial)): _sha256(one) for one in sorted(_walk(partial))},
    )
    (partial / MANIFEST).write_text(json.dumps(asdict(made), indent=1, sort_keys=True) + "\n")
    return made


def read_manifest(folder: Path) -> Manifest:
    """What a backup says that it holds; Unusable unless each of its files is there as it was written."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise Unusable(
            "backup_unusable",
            "{folder} is no backup: {manifest} cannot be read.",
            folder=str(folder),
            manifest=MANIFEST,
        ) from error
    for name, sha256 in manifest.files.items():
        place = folder / name
        if not place.resolve().is_relative_to(folder) or not place.is_file():
            raise Unusable(
                "backup_unusable", "{folder} is not whole: {name} is missing.", folder=str(folder), name=name
            )
        if _sha256(place) != sha256:
            raise Unusable(
                "backup_unusable", "{folder} is not whole: {name} was changed.", folder=str(folder), name=name
            )
    return manifest


def _bring_back(folder: Path, home: Path, manifest: Manifest) -> dict[str, int]:
    """Copy the files, and load the database with the keys among them; what is refused leaves the home empty."""
    try:
        os.umask(0o077)
        for name in manifest.files:
            if name.startswith(f"{HOME}/"):
                _copy(folder / name, home / name.removeprefix(f"{HOME}/"))
        import django

        django.setup()
        from linkspan.kernel import storage
        from linkspan.site import dumps

        _check_fits(manifest)
        if storage.is_shared():
            storage.take(home / DOCUMENTS)
        rows = dumps.load(folder)
    except BaseException:
        for place in home.iterdir() if home.exists() else ():
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        raise
    return rows


def _check_fits(manifest: Manifest) -> None:
    """Refused unless version, kind of database and keys are those of the backup, and the database is empty."""
    from linkspan.site import dumps

    if manifest.migrations != _migrations():
        raise Refused(
            "backup_of_another_version",
            "this backup is of another version ({version}). Restore it with that one, then upgrade.",
            version=manifest.version,
        )
    if manifest.database != dumps.dump_name():
        raise Refused(
            "backup_of_another_database",
            "the backup is {database}. Mend LINKSPAN_DATABASE_URL.",
            database=manifest.database,
        )
    if manifest.keys != _keys():
        raise Refused("keys_differ", "LINKSPAN_SECRET_KEY or LINKSPAN_DOCUMENT_KEY is not the one of the backup.")
    if not dumps.is_empty():
        raise Refused("database_used", "the database has tables already. Name an empty one by LINKSPAN_DATABASE_URL.")


def _differences(manifest: Manifest, rows: dict[str, int]) -> Iterator[str]:
    """What is not as the backup says: rows, documents that do not open, and the audit trail."""
    from cryptography.fernet import InvalidToken

    from linkspan.kernel import audit, storage

    for table in sorted({*manifest.rows, *rows}):
        if manifest.rows.get(table) != rows.get(table):
            yield f"{table}: {rows.get(table)} rows in place of {manifest.rows.get(table)}"
    for sha256 in storage.kept():
        try:
            whole = hashlib.sha256(storage.read(sha256)).hexdigest() == sha256
        except InvalidToken:
            whole = False
        if not whole:
            yield f"document {sha256} does not open"
    for finding in audit.broken_links():
        yield f"trail of {finding.institution or 'the platform'}: entry {finding.number} was {finding.fault}"


def _migrations() -> list[list[str]]:
    from linkspan.site.database import known_migrations

    return [list(one) for one in sorted(known_migrations())]


def _keys() -> dict[str, str]:
    from django.conf import settings

    from linkspan.site.configuration import fingerprint

    return {"secret": fingerprint(settings.SECRET_KEY), "documents": fingerprint(settings.DOCUMENT_KEY)}


def _files(home: Path) -> Iterator[Path]:
    """What belongs to a backup of a home, without the database, which is dumped."""
    from linkspan.site.dumps import files_of_the_database

    left = files_of_the_database()
    for place in _walk(home):
        first = place.relative_to(home).parts[0]
        if first not in LEFT and not first.startswith(GATHERED) and place not in left and place.suffix != ".part":
            yield place


def _walk(folder: Path) -> Iterator[Path]:
    for parent, _folders, names in os.walk(folder, followlinks=True):
        for name in names:
            yield Path(parent) / name


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def _sha256(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
