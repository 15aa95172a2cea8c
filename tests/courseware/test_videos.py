"""Videos of a course: played from where they are, read by who cannot hear them, found again where they were left."""

import json
import math
import wave
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.courseware.conftest import RUN, Write, sequential, studying
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.courseware.actions import check_course, import_course, keep_video_place, open_unit
from linkspan.courseware.engines.videos import ShownVideo, _cues
from linkspan.courseware.models import StateRow
from linkspan.courseware.queries import unit_holding
from linkspan.courseware.rules import Cue, Stopped, file_named, vtt
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db
SRT = "1\n00:00:01,000 --> 00:00:02,500\n<b>Demand</b> &amp;\nsupply\n\n2\n00:00:03,000 --> 00:00:04,000\nmeet.\n"
SPANISH = "1\n00:00:01,000 --> 00:00:02,000\nLa demanda\n"
VIDEO = (
    "<video url_name='f' display_name='Markets' download_video='true' download_track='true'"
    ' transcripts=\'{"en": "said.srt", "es": "dicho.srt"}\'><source src="https://elsewhere.example/f.m3u8"/>'
    '<source src="/static/f.wav"/><source src="http://plain.example/f.mp4"/></video>'
)


def sound(place: Path, seconds: int) -> None:
    """A file that a browser plays."""
    with wave.open(str(place), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(128 + int(20 * math.sin(n / 20)) for n in range(8000 * seconds)))


def with_video(course: Write, inside: str = VIDEO) -> Path:
    """A course of two units, the first with a video."""
    more = "<vertical url_name='w'><html url_name='h'>Text</html></vertical>"
    whole = sequential(inside).replace("</sequential>", f"{more}</sequential>")
    folder = course(whole, {"static/said.srt": SRT, "static/dicho.srt": SPANISH})
    sound(folder / "static" / "f.wav", 6)
    return folder


@pytest.fixture
def taught(course: Write, learner: Actor) -> Actor:
    """A learner of a course with a video."""
    import_course(actor=SYSTEM, path=with_video(course), now=NOW)
    return learner


def shown(learner: Actor) -> ShownVideo:
    """The video on the learner's page."""
    (block,) = open_unit(actor=learner, run_id=RUN, name="v", now=NOW).blocks
    assert block.video is not None
    return block.video


def test_a_video_is_shown_with_what_reaches_a_browser_and_the_words_by_time(taught: Actor) -> None:
    found = shown(taught)
    assert [(one.address, one.kind) for one in found.sources] == [
        (f"/courseware/{RUN}/static/f.wav", "audio/x-wav"),
        ("https://elsewhere.example/f.m3u8", "application/vnd.apple.mpegurl"),
    ]
    assert found.cues == (Cue(1.0, 2.5, "Demand & supply"), Cue(3.0, 4.0, "meet."))
    assert found.language == "en" and found.languages == [("en", "English"), ("es", "español")]
    assert found.download == f"/courseware/{RUN}/static/f.wav" and found.stopped == Stopped()


def test_a_learner_goes_on_where_she_stopped_and_nobody_else_does(taught: Actor) -> None:
    told = {"run_id": RUN, "name": "v", "usage": "video/f", "now": NOW}
    keep_video_place(actor=taught, position="3.14", speed="1.5", language="es", **told)
    found = shown(taught)
    assert found.stopped == Stopped(3.1, 1.5, "es") and found.language == "es"
    assert [cue.text for cue in found.cues] == ["La demanda"]
    assert shown(studying("Other Sample")).stopped == Stopped()
    keep_video_place(actor=taught, position="0", speed="1", language="", **told)
    assert shown(taught).stopped == Stopped() and StateRow.objects.count() == 1


@pytest.mark.parametrize(
    "told",
    [
        {"position": "nan"},
        {"position": "-1"},
        {"position": "1e9"},
        {"position": "soon"},
        {"speed": "16"},
        {"speed": "inf"},
        {"language": "xx"},
        {"language": "../said"},
    ],
)
def test_a_place_that_a_video_does_not_have_is_refused(taught: Actor, told: dict[str, str]) -> None:
    whole = {"position": "1", "speed": "1", "language": ""} | told
    with pytest.raises(Refused):
        keep_video_place(actor=taught, run_id=RUN, name="v", usage="video/f", now=NOW, **whole)
    assert not StateRow.objects.exists()


def test_whose_unit_has_no_such_video_or_is_not_theirs_keeps_nothing(taught: Actor) -> None:
    told = {"position": "1", "speed": "1", "language": "", "run_id": RUN, "now": NOW}
    with pytest.raises(NotFound):
        keep_video_place(actor=taught, name="w", usage="video/f", **told)
    with pytest.raises(NotFound):
        keep_video_place(actor=taught, name="w", usage="html/h", **told)
    with pytest.raises(NotPermitted):
        keep_video_place(actor=person("Visitor Sample"), name="v", usage="video/f", **told)
    assert not StateRow.objects.exists()


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/static/a b.mp4", "a b.mp4"),
        ("/static/a%20b.mp4", "a b.mp4"),
        ("asset-v1:X+Y+Z+type@asset+block@a.mp4", "a.mp4"),
        ("https://studio.example/asset-v1:X+Y+Z+type@asset+block@a.mp4", "a.mp4"),
        ("/c4x/X/Y/asset/a.mp4", "a.mp4"),
        ("a.srt", "a.srt"),
        ("https://elsewhere.example/a.mp4", ""),
        ("//elsewhere.example/a.mp4", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_the_file_that_an_address_means(address: str, name: str) -> None:
    assert file_named(address) == name


@pytest.mark.parametrize(
    ("attributes", "youtube", "sources"),
    [
        ("youtube='1.00:abc'", "abc", 0),
        ("youtube_id_1_0='abc'", "abc", 0),
        ("", "", 0),
        ("html5_sources='[\"/static/f.wav\"]'", "", 1),
        ("html5_sources='[\"/static/../../secret.wav\"]'", "", 0),
        ("source='/static/f.wav'", "", 0),
    ],
)
def test_what_is_played_is_what_its_author_names(course: Write, learner, attributes, youtube, sources) -> None:
    import_course(
        actor=SYSTEM, path=with_video(course, f"<video url_name='f' display_name='F' {attributes}/>"), now=NOW
    )
    found = shown(learner)
    assert (found.video.youtube, len(found.sources)) == (youtube, sources)


def test_an_older_transcript_is_read_and_a_part_holds_only_its_own_words(course: Write, learner) -> None:
    older = json.dumps({"start": [0, 1000, 9000], "end": [900, 2000, 9900], "text": ["before", "in", "after"]})
    inside = (
        "<video url_name='f' sub='old' start_time='00:00:01' end_time='00:00:05'><source src='/static/f.wav'/></video>"
    )
    folder = with_video(course, inside)
    (folder / "static" / "subs").mkdir()
    (folder / "static" / "subs" / "subs_old.srt.sjson").write_text(older)
    import_course(actor=SYSTEM, path=folder, now=NOW)
    found = shown(learner)
    assert [cue.text for cue in found.cues] == ["in"] and (found.video.begin, found.video.end) == (1.0, 5.0)


@given(st.binary(max_size=400), st.sampled_from([".srt", ".sjson"]))
def test_no_file_of_words_breaks_a_page(tmp_path_factory, content: bytes, kind: str) -> None:
    place = tmp_path_factory.mktemp("said") / f"a{kind}"
    place.write_bytes(content)
    assert all(0 <= cue.begin <= cue.end and cue.text for cue in _cues(place))


def test_words_become_a_file_that_browsers_read() -> None:
    found = vtt([Cue(0, 1.5, "a <b> & c"), Cue(3661.0004, 3662, "x --> y\n\nz")])
    assert found == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\na &lt;b&gt; &amp; c\n\n01:01:01.000 --> 01:01:02.000\nx --&gt; y\nz\n"
    )


def test_a_check_names_a_video_that_nobody_can_see_or_read(course: Write) -> None:
    gone = 'transcripts=\'{"en": "gone.srt"}\''
    inside = f"<video url_name='a' display_name='A'/><video url_name='b' {gone}><source src='/static/f.wav'/></video>"
    report = check_course(with_video(course, inside), NOW)
    assert [(one.block, one.code) for one in report.warnings] == [
        ("video/a", "video_missing"),
        ("video/b", "transcript_missing"),
    ]
    assert report.errors == () and report.rendered == report.blocks == 3


def test_a_link_in_a_course_leads_to_the_unit_that_holds_what_it_names(taught: Actor) -> None:
    for name, unit in (("f", "v"), ("h", "w"), ("w", "w"), ("s", "v"), ("c", "v")):
        assert unit_holding(taught, RUN, name, NOW) == unit
    with pytest.raises(NotFound):
        unit_holding(taught, RUN, "elsewhere", NOW)


def frame_of(client: Client) -> str:
    """The address of the unit's frame in the learner's page."""
    page = client.get(f"/courses/{RUN}/unit/v/").content.decode()
    return page.partition(' src="http://testserver')[2].partition('"')[0]


def test_the_page_says_it_over_http(taught: Actor) -> None:
    client = browser(taught)
    frame = frame_of(client)
    html = Client().get(frame).content.decode()
    assert html.count("<video") == 1 and "Demand &amp; supply" in html and "/static/f.wav" in html
    spanish = Client().get(f"{frame}transcript/es/?video=video/f")
    assert spanish.json() == [[1.0, 2.0, "La demanda"]] and spanish["Access-Control-Allow-Origin"] == "*"
    kept = Client().get(f"{frame}transcript/en/?as=vtt&video=video/f")
    assert kept["Content-Type"].startswith("text/vtt") and kept.content.decode().startswith("WEBVTT\n")
    for wrong in ("transcript/fr/?video=video/f", "transcript/en/?video=html/h", "transcript/en/"):
        assert Client().get(frame + wrong).status_code == 404
    told = {"usage": "video/f", "position": "2", "speed": "1.25", "language": "en"}
    assert client.post(f"/courses/{RUN}/video/v/", told).status_code == 204
    assert 'data-position="2.0"' in Client().get(frame).content.decode()
    assert client.post(f"/courses/{RUN}/video/v/", told | {"speed": "9"}).status_code == 409
    assert Client().post(f"/courses/{RUN}/video/v/", told).status_code in (401, 403, 302)
    assert client.get(f"/courses/{RUN}/to/h/").headers["Location"].endswith("/unit/w/")


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=40000-99999999", 206, slice(40000, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=5-1", 200, slice(None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        (f"bytes={'9' * 4000}-", 416, slice(0, 0)),
    ],
)
def test_a_file_is_taken_in_parts(taught: Actor, tmp_path: Path, asked: str, status: int, part: slice) -> None:
    whole = (tmp_path / "course" / "static" / "f.wav").read_bytes()
    base = frame_of(browser(taught)).partition("unit/")[0]
    answer = Client().get(f"{base}static/f.wav", headers={"range": asked})
    assert answer.status_code == status and answer["Accept-Ranges"] == "bytes"
    assert b"".join(answer) == whole[part]
    if status == 206:
        start = range(len(whole))[part]
        assert answer["Content-Range"] == f"bytes {start[0]}-{start[-1]}/{len(whole)}"
        assert int(answer["Content-Length"]) == len(start)
