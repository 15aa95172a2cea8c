"use strict";
// A video in the frame of a unit: begins where the learner stopped, shows captions out of the words that stand below it,
// follows them, goes where a line is chosen, and tells the page around where she stops.
(() => {
  const set_up = box => {
    const video = box.querySelector("video");
    const list = box.querySelector(".transcript ol");
    const speed = box.querySelector("select.speed");
    const language = box.querySelector("select.language");
    const status = box.querySelector("[role=status]");
    let lines = [];
    let track = null;

    const focusable = line => {
      lines.forEach(one => { one.tabIndex = one === line ? 0 : -1; });
    };
    const read = () => {
      lines = [...(list?.querySelectorAll("button") ?? [])];
      if (!video) { lines.forEach(line => { line.disabled = true; }); return; }
      if (!lines.length) return;
      const shown = track ? track.mode : (box.dataset.captions === "on" ? "showing" : "hidden");
      if (track) track.mode = "disabled";
      track = video.addTextTrack("captions", language?.selectedOptions[0]?.text ?? list.lang, list.lang);
      lines.forEach(line => track.addCue(new VTTCue(+line.dataset.begin, Math.max(+line.dataset.end, +line.dataset.begin + .1), line.textContent)));
      track.mode = shown;
    };
    read();

    list?.addEventListener("keydown", event => {
      const at = lines.indexOf(document.activeElement);
      const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1}[event.key];
      if (at < 0 || to === undefined || !lines[to]) return;
      event.preventDefault();
      focusable(lines[to]);
      lines[to].focus();
    });
    language?.addEventListener("change", async () => {
      const usage = encodeURIComponent(box.dataset.usage);
      try {
        const base = location.pathname.replace(/\/?$/, "/") + box.dataset.transcript + encodeURIComponent(language.value) + "/";
        const answer = await fetch(`${base}?video=${usage}`);
        if (!answer.ok) throw new Error(answer.status);
        const rows = await answer.json();
        list.lang = language.value;
        list.replaceChildren(...rows.map(([begin, end, text]) => {
          const item = document.createElement("li");
          const line = Object.assign(document.createElement("button"), {type: "button", textContent: text, tabIndex: -1});
          Object.assign(line.dataset, {begin, end});
          item.append(line);
          return item;
        }));
        const kept = box.querySelector(".keep-transcript");
        if (kept) kept.href = `${base}?as=vtt&video=${usage}`;
        read();
        focusable(lines[0]);
        if (status) status.textContent = "";
        stopped();
      } catch {
        if (status) status.textContent = box.dataset.failed;
      }
    });
    if (!video) return;

    const begin = +box.dataset.begin || 0;
    const end = +box.dataset.end || Infinity;
    const held = () => ({
      usage: box.dataset.usage, position: video.currentTime, speed: +(speed?.value ?? 1), language: list?.lang ?? "",
    });
    let told = 0;
    const stopped = () => {
      told = Date.now();
      document.dispatchEvent(new CustomEvent("linkspan-stopped", {detail: held()}));
    };
    video.addEventListener("loadedmetadata", () => {
      const position = +box.dataset.position;
      video.currentTime = position > begin && position < Math.min(end, video.duration) - 2 ? position : begin;
      video.playbackRate = +(speed?.value ?? 1);
    }, {once: true});
    video.addEventListener("error", () => { status.textContent = box.dataset.unplayable; }, true);
    speed?.addEventListener("change", () => { video.playbackRate = +speed.value; stopped(); });
    video.addEventListener("ratechange", () => {
      const same = [...(speed?.options ?? [])].find(one => +one.value === video.playbackRate);
      if (same) speed.value = same.value;
    });
    for (const name of ["pause", "ended"]) video.addEventListener(name, stopped);
    document.addEventListener("visibilitychange", () => { if (document.hidden && !video.paused) stopped(); });
    video.addEventListener("timeupdate", () => {
      if (video.currentTime >= end && !video.paused && video.currentTime < end + 1) video.pause();
      if (!video.paused && Date.now() - told > 15000) stopped();
      const now = lines.findLast(line => +line.dataset.begin <= video.currentTime + .05);
      const before = list?.querySelector("[aria-current]");
      if (!now || now === before) return;
      before?.removeAttribute("aria-current");
      now.setAttribute("aria-current", "true");
      if (!list.contains(document.activeElement)) {
        focusable(now);
        list.scrollTop = now.offsetTop - list.offsetTop - list.clientHeight / 3;
      }
    });
    list?.addEventListener("click", event => {
      const line = event.target.closest("button");
      if (!line) return;
      video.currentTime = +line.dataset.begin;
      focusable(line);
      video.play().catch(() => {});
    });
  };
  document.querySelectorAll(".video").forEach(set_up);
})();
