"""Documents and course files in a store that several machines share: moto's server, by the library that reaches S3.

Where moto differs from S3: it looks at no key and no signature, has no TLS, no encryption of its own, no limits of
rate, and lists a file in the instant after it was put, as S3 does since 2020.
"""

from pathlib import Path

import boto3
import moto.s3.models
import pytest
from environs import EnvError
from moto.server import ThreadedMotoServer
from tests.pathways.test_two_servers import free_port

from linkspan.courseware.engines.course_files import folder_of, keep_folder
from linkspan.kernel import storage
from linkspan.kernel.bucket_address import bucket_options, store_url
from linkspan.kernel.errors import Busy, NotFound
from linkspan.site.checks import Verdict
from linkspan.site.checks import storage as check_storage

KEYS = {"aws_access_key_id": "us", "aws_secret_access_key": "word/with+signs", "region_name": "eu-central-1"}


@pytest.fixture(scope="module")
def server():
    """Where it listens."""
    made = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    moto.s3.models.s3_backends.reset()  # what an earlier one left in this process
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", **KEYS)
    client.create_bucket(Bucket="files", CreateBucketConfiguration={"LocationConstraint": KEYS["region_name"]})
    yield f"{host}:{port}", client
    made.stop()


@pytest.fixture
def bucket(server, settings, tmp_path):
    """This installation's store; everything in it, by name."""
    place, client = server
    settings.STORE_URL = f"s3+http://us:word%2Fwith%2Bsigns@{place}/files/here?region=eu-central-1"
    move_to_another_machine(settings, tmp_path / "one")

    def stored() -> dict[str, bytes]:
        found = client.list_objects_v2(Bucket="files").get("Contents", [])
        return {one["Key"]: client.get_object(Bucket="files", Key=one["Key"])["Body"].read() for one in found}

    yield stored
    for name in stored():
        client.delete_object(Bucket="files", Key=name)


def move_to_another_machine(settings, home: Path) -> None:
    """A home of its own, with the keys that all machines have."""
    settings.DOCUMENT_ROOT, settings.COURSE_ROOT = home / "documents", home / "courses"
    settings.DOCUMENT_KEY = "A" * 43 + "="


@pytest.mark.parametrize(
    "told", ["s3://", "s3://h", "http://h/b", "s3://h:port/b", "s3://h/b?acl=public", "s3://h/b#x"]
)
def test_what_is_no_store_is_refused(told) -> None:
    with pytest.raises(EnvError, match="LINKSPAN_STORE_URL"):
        store_url(told)


def test_addresses_of_stores() -> None:
    told = bucket_options("s3://KEY:a%2Fb@s3.example.edu/linkspan?region=eu-central-1")
    assert told == {
        "endpoint_url": "https://s3.example.edu",
        "bucket_name": "linkspan",
        "location": "",
        "region_name": "eu-central-1",
        "access_key": "KEY",
        "secret_key": "a/b",
    }
    assert "access_key" not in bucket_options("s3://s3.example.edu/linkspan"), "the machine's own role"


def test_a_document_is_read_by_the_other_machine_and_lies_encrypted_in_the_store(bucket, settings, tmp_path) -> None:
    sha256 = storage.keep(b"a diploma in clear words")
    assert storage.keep(b"a diploma in clear words") == sha256
    assert list(bucket()) == [f"here/documents/{sha256[:2]}/{sha256}"]
    assert b"diploma" not in b"".join(bucket().values())
    move_to_another_machine(settings, tmp_path / "two")
    assert (storage.read(sha256), storage.is_kept(sha256)) == (b"a diploma in clear words", True)
    assert [*storage.kept()] == [sha256]
    assert not (tmp_path / "two" / "documents").exists(), "nothing stays on a machine"


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc/passwd", ""])
def test_unknown_documents(bucket, sha256) -> None:
    with pytest.raises(NotFound):
        storage.read(sha256)
    assert not storage.is_kept(sha256)


def test_a_new_key_and_the_end_of_a_document(bucket, settings, db) -> None:
    sha256, other = storage.keep(b"one"), storage.keep(b"two")
    before = bucket()
    settings.EARLIER_DOCUMENT_KEYS, settings.DOCUMENT_KEY = [settings.DOCUMENT_KEY], "B" * 43 + "="
    assert [storage.renew(sha256), storage.renew(sha256), storage.renew("0" * 64)] == [True, False, False]
    settings.EARLIER_DOCUMENT_KEYS = []
    assert storage.read(sha256) == b"one"
    storage.remove(other)
    storage.remove(other)
    assert bucket().keys() == before.keys() - {f"here/documents/{other[:2]}/{other}"}


def test_a_course_is_taught_by_the_machine_that_did_not_import_it(bucket, settings, tmp_path) -> None:
    folder = tmp_path / "course"
    (folder / "static").mkdir(parents=True)
    (folder / "course.xml").write_text("<course/>")
    (folder / "static" / "figure.svg").write_text("<svg/>")
    (folder / "out").symlink_to("/etc/passwd")
    keep_folder(folder, "c" * 64)
    move_to_another_machine(settings, tmp_path / "two")
    for _ in range(2):
        there = folder_of("c" * 64)
        assert there.is_relative_to(tmp_path / "two")
        assert sorted(one.relative_to(there).as_posix() for one in there.rglob("*")) == [
            "course.xml", "static", "static/figure.svg"
        ]  # fmt: skip
    assert [one.name for one in there.parent.iterdir()] == ["c" * 64], "nothing half unpacked is left"
    with pytest.raises(NotFound):
        folder_of("d" * 64)


def test_a_backup_brings_the_documents_and_puts_them_back(bucket, settings, tmp_path, server) -> None:
    sha256 = storage.keep(b"kept")
    storage.bring(tmp_path / "backup")
    before = bucket()
    storage.remove(sha256)
    storage.take(tmp_path / "backup")
    assert (bucket(), storage.read(sha256)) == (before, b"kept")


def test_a_store_that_is_away_or_refuses_is_one_plain_sentence(bucket, settings, tmp_path, monkeypatch) -> None:
    settings.HOME = tmp_path / "one"
    settings.HOME.mkdir(mode=0o700, exist_ok=True)
    assert {one.verdict for one in check_storage()} == {Verdict.OK}
    for wrong in (f"s3+http://us:word@127.0.0.1:{free_port()}/files", settings.STORE_URL.replace("/files", "/others")):
        settings.STORE_URL = wrong
        for ask in (lambda: storage.keep(b"lost"), lambda: [*storage.kept()]):
            with pytest.raises(Busy) as told:
                ask()
            assert (told.value.code, "word" in told.value.message) == ("store_silent", False)
        silent = [one for one in check_storage() if one.verdict is Verdict.SILENT]
        assert len(silent) == 1 and "word" not in silent[0].told
