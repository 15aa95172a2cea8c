"""Importing courses: what is broken is named, nothing of it is kept, and archives cannot reach outside."""

import gzip
import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest
from django.conf import settings
from tests.factories.people import NOW, SYSTEM, person

from linkspan.courseware.actions import check_course, import_course
from linkspan.courseware.models import CourseVersionRow
from linkspan.kernel.errors import NotPermitted, TooExpensive, Unusable
from linkspan.site.command import main
from linkspan.site.sample.load import HERE

SAMPLE = HERE / "courses" / "SC0x"


@pytest.fixture
def copy(tmp_path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "course")
    return tmp_path / "course"


def archive(folder: Path, to: Path) -> Path:
    with tarfile.open(to, "w:gz") as tar:
        tar.add(folder, "course")
    return to


@pytest.mark.django_db
def test_folder_and_archive_are_the_same_course(copy, tmp_path) -> None:
    first = import_course(actor=SYSTEM, path=copy, now=NOW)
    second = import_course(actor=SYSTEM, path=archive(copy, tmp_path / "c.tar.gz"), now=NOW)
    assert first == second
    assert CourseVersionRow.objects.count() == 1


@pytest.mark.django_db
def test_a_broken_file_is_named_with_its_line_and_nothing_is_kept(copy) -> None:
    broken = next((copy / "vertical").glob("*.xml"))
    broken.write_text("<vertical>\n<html></vertical>")
    with pytest.raises(Unusable) as caught:
        import_course(actor=SYSTEM, path=copy, now=NOW)
    assert f"vertical/{broken.name}, line 2" in caught.value.message
    assert not CourseVersionRow.objects.exists()


def test_a_cut_off_archive(copy, tmp_path) -> None:
    whole = archive(copy, tmp_path / "c.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unusable):
        check_course(tmp_path / "cut.tar.gz", NOW)


@pytest.mark.parametrize("name", ["../../outside.txt", "/outside.txt"])
def test_an_archive_stays_in_its_folder(tmp_path, name) -> None:
    place = tmp_path / "bad.tar.gz"
    with tarfile.open(place, "w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(Unusable):
        check_course(place, NOW)
    assert not (tmp_path.parent / "outside.txt").exists()


def test_entities_are_not_resolved(copy) -> None:
    secret = copy.parent / "secret.txt"
    secret.write_text("top secret")
    place = next((copy / "problem").glob("*.xml"))
    text = f'<!DOCTYPE p [<!ENTITY x SYSTEM "file://{secret}">]><vertical display_name="v">&x;</vertical>'
    vertical = next((copy / "vertical").glob("*.xml"))
    vertical.write_text(text)
    assert place.exists()
    assert "top secret" not in repr(check_course(copy, NOW))


@pytest.mark.django_db
def test_authors_import_for_their_own_institution_only(copy) -> None:
    with pytest.raises(NotPermitted):
        import_course(actor=person("Author", ("author", "HES")), path=copy, now=NOW)
    import_course(actor=person("Author", ("author", "MITx")), path=copy, now=NOW)
    assert (Path(settings.COURSE_ROOT)).exists()


def test_the_command_line(copy, tmp_path, capsys) -> None:
    assert main(["courses", "check", str(copy), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run_id"] == "course-v1:MITx+SC0x+1T2018"
    assert main(["courses", "check", str(tmp_path / "nothing")]) == 2
    (tmp_path / "empty").mkdir()
    assert main(["courses", "check", str(tmp_path / "empty"), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 2


def test_an_archive_that_unfolds_to_gigabytes_is_stopped(tmp_path) -> None:
    bomb = tmp_path / "bomb.tar.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as packed:
        head = tarfile.TarInfo("course/static/x")
        head.size = 3 * 2**30
        packed.write(head.tobuf())
    with pytest.raises(Unusable) as caught:
        check_course(bomb, NOW)
    assert caught.value.code == "archive_too_large"


def test_a_header_that_unfolds_is_stopped(tmp_path) -> None:
    bomb = tmp_path / "bomb.tar.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as packed:
        head = tarfile.TarInfo("x")
        head.type, head.size = tarfile.XHDTYPE, 2 * 2**30
        packed.write(head.tobuf())
        for _ in range(2**11):
            packed.write(bytes(2**20))
    with pytest.raises(TooExpensive):
        check_course(bomb, NOW)


@pytest.mark.django_db
def test_a_link_in_a_course_leads_nowhere(copy, tmp_path) -> None:
    (tmp_path / "secret").write_text("a word")
    (copy / "static").mkdir(exist_ok=True)
    (copy / "static" / "leak").symlink_to(tmp_path / "secret")
    told = import_course(actor=SYSTEM, path=copy, now=NOW)
    kept = Path(settings.COURSE_ROOT) / told.sha256
    assert kept.is_dir() and not (kept / "static" / "leak").exists()


def test_a_policy_nested_without_end(copy) -> None:
    place = next((copy / "policies").glob("*/policy.json"))
    place.write_text("[" * 200_000)
    with pytest.raises(Unusable):
        check_course(copy, NOW)


def test_entities_are_not_unfolded(copy) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(12))
    broken = next((copy / "vertical").glob("*.xml"))
    broken.write_text(f"<!DOCTYPE v [{entities}]><vertical display_name='&e11;'/>")
    with pytest.raises(Unusable):
        check_course(copy, NOW)
