"""A course with each input that takes more than a field, and an author's pages that are asked for answers."""

import struct
import zlib
from pathlib import Path


def picture(width: int, height: int) -> bytes:
    """A grey PNG of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xc0" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    whole = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + whole


#: Speaks by JSChannel, which it does not bring: what lies elsewhere is not loaded.
CHANNEL_PAGE = """<!DOCTYPE html><html lang="en"><head><title>Choose</title>
<script src="https://elsewhere.example/jschannel.js"></script></head><body>
<label>Colour <select id="c"><option>red</option><option>green</option></select></label>
<script>
const field = document.getElementById("c");
const channel = Channel.build({window: window.parent, origin: "*", scope: "JSInput"});
channel.bind("getGrade", () => field.value);
channel.bind("getState", () => JSON.stringify({colour: field.value}));
channel.bind("setState", (trans, text) => { field.value = JSON.parse(text).colour; });
</script></body></html>"""

#: Has functions that stock calls from around it, and tries to get out.
DIRECT_PAGE = """<html lang="en"><head><title>Count</title></head><body><button id="b">More</button><p id="n">0</p>
<a href="https://elsewhere.example/?left">Out</a>
<script>
let count = 0;
document.getElementById("b").onclick = () => { document.getElementById("n").textContent = ++count; };
const Counter = {grade() { return String(count); }};
window.tools = {counter: Counter};
const tried = {};
const attempt = async (name, work) => {
  try { tried[name] = String(await work()).slice(0, 60); } catch { tried[name] = "failed"; }
};
(async () => {
  await attempt("parent", () => window.parent.document.title);
  await attempt("cookie", () => document.cookie);
  await attempt("unit", async () => (await fetch(location.href.replace(/part.*/, "unit/v/"))).status);
  await attempt("elsewhere", async () => (await fetch("https://elsewhere.example/?x=1", {mode: "no-cors"})).type);
  await attempt("popup", () => { if (!window.open("https://elsewhere.example/")) throw Error(); return "opened"; });
  for (const id of [1, 2, 3, 4]) window.parent.postMessage(JSON.stringify({id, result: "forged"}), "*");
  window.parent.postMessage({type: "channel"}, "*", [new MessageChannel().port2]);
  window.top.postMessage({type: "answer", usage: "problem/jsdirect", act: "submit", index: "0", answers: []}, "*");
  window.top.postMessage({type: "ready"}, "*");
  document.body.dataset.tried = JSON.stringify(tried);
})();
</script></body></html>"""

CHOICE_TEXT = """<problem url_name="choicetext" display_name="Dice"><choicetextresponse><radiotextgroup>
<choice correct="false">The lowest was <decoy_input/> .</choice>
<choice correct="true">The highest was <numtolerance_input answer="6"/> at once.</choice>
</radiotextgroup></choicetextresponse></problem>"""
IMAGE = """<problem url_name="image" display_name="Map"><imageresponse>
<imageinput src="/static/map.png" width="400" height="200" rectangle="(300,50)-(380,150)" alt="Two rivers"/>
</imageresponse></problem>"""
DRAG = """<problem url_name="drag" display_name="Words"><customresponse>
<drag_and_drop_input img="/static/map.png" target_outline="true" one_per_target="true">
<draggable id="1" label="Nile"/><draggable id="2" label="Niger"/>
<target id="left" x="20" y="20" w="100" h="80"/><target id="right" x="260" y="20" w="100" h="80"/>
</drag_and_drop_input><answer type="loncapa/python">
correct_answer = {'1': 'right', '2': 'left'}
correct = ['correct' if draganddrop.grade(submission[0], correct_answer) else 'incorrect']
</answer></customresponse></problem>"""
FREE = """<problem url_name="free" display_name="Points"><customresponse>
<drag_and_drop_input img="/static/map.png"><draggable id="a" label="Source" can_reuse=""/></drag_and_drop_input>
<answer type="loncapa/python">
correct = ['correct' if draganddrop.grade(submission[0], {'a': [[100, 100], 20]}) else 'incorrect']
</answer></customresponse></problem>"""


def _jsinput(name: str, title: str, attributes: str, check: str) -> str:
    code = f"<script type='loncapa/python'>\nimport json\ndef check(e, ans):\n    return {check}\n</script>"
    asked = f"<jsinput {attributes} width='300' height='120' title='{title}'/>"
    told = f"<customresponse cfn='check'>{asked}</customresponse>"
    return f"<problem url_name='{name}' display_name='{title}'>{code}{told}</problem>"


JSCHANNEL = _jsinput(
    "jschannel",
    "Colours",
    "html_file='/static/channel.html' sop='false' gradefn='g' get_statefn='s' set_statefn='t'"
    ' initial_state=\'{"colour": "green"}\'',
    "json.loads(ans)['answer'] == 'red'",
)
JSDIRECT = _jsinput(
    "jsdirect", "Counting", "html_file='/static/direct.html' gradefn='tools.counter.grade'", "ans == '2'"
)
CHEMICAL = """<problem url_name="chemical" display_name="Water"><customresponse><chemicalequationinput size="20"/>
<answer type="loncapa/python">
correct = ['correct' if chemcalc.chemical_equations_equal(submission[0], '2H2 + O2 -> 2H2O') else 'incorrect']
</answer></customresponse></problem>"""
ANNOTATION = """<problem url_name="annotation" display_name="Sonnet"><annotationresponse><annotationinput>
<text>pilgrimage</text><comment>What do you make of it?</comment><comment_prompt>Note:</comment_prompt>
<tag_prompt>Where to?</tag_prompt><options><option choice="correct">Nowhere</option>
<option choice="incorrect">Venice</option></options></annotationinput></annotationresponse></problem>"""
ALL = (CHOICE_TEXT, IMAGE, DRAG, FREE, JSCHANNEL, JSDIRECT, CHEMICAL, ANNOTATION)


def put_files(folder: Path) -> None:
    """The files of the course that the problems name."""
    (folder / "static").mkdir(exist_ok=True)
    (folder / "static" / "map.png").write_bytes(picture(400, 200))
    (folder / "static" / "channel.html").write_text(CHANNEL_PAGE)
    (folder / "static" / "direct.html").write_text(DIRECT_PAGE)
