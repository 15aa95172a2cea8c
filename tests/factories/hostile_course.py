"""A course whose author put a script into it that tries to act as the learner."""

import shutil
from pathlib import Path

from tests.factories.people import NOW, SYSTEM

from linkspan.courseware.actions import import_course
from linkspan.enrolment.actions import enrol
from linkspan.site.sample.load import HERE

RUN = "course-v1:MITx+SC0x+1T2018"
UNIT = "sc0x_chapter_1_part_1_unit_1"
OTHER_UNIT = "sc0x_chapter_1_part_1_unit_2"
SCRIPT = """
window.tried = {};
const attempt = async (name, work) => {
  try { window.tried[name] = String(await work()).slice(0, 80); } catch (error) { window.tried[name] = "failed"; }
};
window.addEventListener("message", event => { window.stolen = event.ports[0]; });
document.addEventListener("DOMContentLoaded", async () => {
  await attempt("account", async () => (await (await fetch("/account/")).text()).includes("csrfmiddlewaretoken"));
  await attempt("cookie", () => document.cookie);
  await attempt("parent", () => window.parent.document.title);
  await attempt("storage", () => localStorage.length);
  await attempt("post", async () => {
    const body = new URLSearchParams({csrfmiddlewaretoken: "x", show: "name"});
    return (await fetch("/credentials/display/", {method: "POST", body})).status;
  });
  await attempt("answer", async () => {
    const usage = document.querySelector("form.problem").dataset.usage;
    for (const told of [
      {type: "answer", usage, answers: [["input_x_2_1", "1"]]},
      {type: "answer", usage: "problem:elsewhere", answers: []},
      {type: "answer", usage, answers: "all"},
      {type: "height", height: "9".repeat(400)},
      {type: "height", height: 1e12},
    ]) {
      window.parent.postMessage(told, "*");
      window.stolen?.postMessage(told);
    }
    document.querySelector("form.problem").requestSubmit();
    return window.stolen ? "stolen" : "none";
  });
  document.body.dataset.tried = JSON.stringify(window.tried);
  await attempt("form", () => {
    const form = Object.assign(document.createElement("form"), {method: "post", action: "/credentials/display/"});
    document.body.append(form);
    HTMLFormElement.prototype.submit.call(form);
    return "sent";
  });
});
"""


def put_course(folder: Path, learner) -> None:
    """Import the sample course with the script, and enrol the learner."""
    copy = folder / "hostile"
    shutil.copytree(HERE / "courses" / "SC0x", copy)
    (copy / "static" / "hostile.js").write_text(SCRIPT)
    with (copy / "html" / f"{UNIT}_text.html").open("a") as text:
        text.write('<script src="/static/hostile.js"></script>')
    import_course(actor=SYSTEM, path=copy, now=NOW)
    enrol(actor=learner, learner_id=learner.person_id, run_id=RUN, track="audit", now=NOW)
