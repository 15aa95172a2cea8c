"use strict";
// The page around a unit: gives the frame its height and sends its answers. What comes from the frame is somebody else's
// code: only messages of the expected form are taken, only for the problems of this unit, and only after the learner did
// something.
(() => {
  const frame = document.getElementById("content");
  const trouble = document.getElementById("content-trouble");
  const problems = new Set(frame.dataset.problems.split(" "));
  const isText = (value, most) => typeof value === "string" && value.length <= most;
  const isAnswer = pair => Array.isArray(pair) && pair.length === 2 && isText(pair[0], 200) && pair[0].startsWith("input_") && isText(pair[1], 50000);
  const signed = () => document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? document.querySelector("#content-token input").value;
  let sending = false;

  const acts = new Set(["submit", "save", "reset", "hint", "answers"]);
  const answer = async (port, {usage, act, index, answers}) => {
    if (!acts.has(act) || !isText(index, 3)) return;
    if (!isText(usage, 300) || !problems.has(usage) || !Array.isArray(answers) || answers.length > 200 || !answers.every(isAnswer)) return;
    if (sending || navigator.userActivation?.isActive === false) {
      port.postMessage({type: "redraw", usage});
      return;
    }
    sending = true;
    const body = new URLSearchParams([["usage", usage], ["do", act], ["index", index], ...answers]);
    const token = signed();
    let told = {trouble: frame.dataset.failed};
    try {
      const response = await fetch(frame.dataset.answer, {method: "POST", body, headers: {"X-CSRFToken": token}, redirect: "error"});
      const said = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
      if (said.html) told = {html: said.html};
      else if ([401, 403].includes(response.status)) told = {trouble: frame.dataset.signedOut};
      else if (said.message) told = {trouble: said.message};
    } catch { /* said below */ } finally {
      sending = false;
    }
    trouble.textContent = told.trouble ?? "";
    port.postMessage({type: "redraw", usage, ...told});
  };

  const preview = async (port, {usage, input, text, id}) => {
    if (!frame.dataset.preview || !isText(usage, 300) || !problems.has(usage) || !isText(input, 200) || !isText(text, 1000) || !Number.isInteger(id)) return;
    const body = new URLSearchParams({usage, input, text});
    const told = await fetch(frame.dataset.preview, {method: "POST", body, headers: {"X-CSRFToken": signed()}, redirect: "error"})
      .then(response => response.json()).catch(() => null);
    port.postMessage({type: "told", id, told});
  };

  // What the script of a block of a package asks of it: one after the other, for the blocks of this unit alone.
  const parts = new Set((frame.dataset.parts ?? "").split(" "));
  let before = Promise.resolve();
  let many = 0;
  const handle = (port, {id, usage, handler, suffix, query, asks, body}) => {
    const texts = [[handler, 100], [suffix, 500], [query, 1000], [body, 100000]];
    if (!frame.dataset.handle || !Number.isInteger(id) || !parts.has(usage) || many > 50 || !texts.every(([one, most]) => isText(one, most))) return;
    many += 1;
    before = before.then(async () => {
      const sent = new URLSearchParams({usage, handler, suffix, query, asks: asks ? "yes" : "", body});
      const told = await fetch(frame.dataset.handle, {method: "POST", body: sent, headers: {"X-CSRFToken": signed()}, redirect: "error"})
        .then(response => response.json()).catch(() => null);
      many -= 1;
      if (told?.message) trouble.textContent = told.message;
      port.postMessage({type: "told", id, told: told?.body === undefined ? null : told});
    });
  };

  const videos = new Set(frame.dataset.videos.split(" "));
  const spoken = {};  // the newest place by video, and when it was kept: no more often than each five seconds
  const keep = usage => {
    const told = spoken[usage];
    if (!told.news || Date.now() - told.kept < 5000) return;
    told.kept = Date.now();
    const token = signed();
    const body = new URLSearchParams([["usage", usage], ...told.news]);
    told.news = null;
    fetch(frame.dataset.video, {method: "POST", body, headers: {"X-CSRFToken": token}, redirect: "error", keepalive: true}).catch(() => {});
  };
  const stopped = ({usage, position, speed, language}) => {
    if (!isText(usage, 300) || !videos.has(usage) || !Number.isFinite(position) || !Number.isFinite(speed) || !isText(language, 20)) return;
    spoken[usage] ??= {kept: 0};
    spoken[usage].news = [["position", position], ["speed", speed], ["language", language]];
    keep(usage);
    setTimeout(keep, 5100, usage);
  };
  const go = ({name}) => {
    if (!isText(name, 255) || !name || navigator.userActivation?.isActive === false) return;
    location.assign(frame.dataset.to.replace("NAME", encodeURIComponent(name)));
  };

  let given = false;
  const give = () => {
    if (given) return;  // a frame that goes elsewhere gets no second channel
    given = true;
    const channel = new MessageChannel();
    channel.port1.onmessage = ({data}) => {
      if (data?.type === "height" && Number.isFinite(data.height)) {
        frame.style.height = `${Math.min(Math.max(data.height + 4, 120), 40000)}px`;
      } else if (data?.type === "answer") {
        answer(channel.port1, data);
      } else if (data?.type === "preview") {
        preview(channel.port1, data);
      } else if (data?.type === "handle") {
        handle(channel.port1, data);
      } else if (data?.type === "stopped") {
        stopped(data);
      } else if (data?.type === "go") {
        go(data);
      }
    };
    frame.contentWindow.postMessage({type: "channel"}, "*", [channel.port2]);
  };
  window.addEventListener("message", event => {
    if (event.source === frame.contentWindow && event.data?.type === "ready") give();
  });
})();
