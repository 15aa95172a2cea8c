"use strict";
// A live room. On the exam's page: what proctors write appears within seconds, without moving the focus or what is
// typed; with the learner's agreement, what the page notices is sent along. On the proctors' page: that there is news.
(() => {
  const find = id => document.getElementById(id);
  const token = () => document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const post = (place, body) => fetch(place, {
    method: "POST", body: JSON.stringify(body), redirect: "error",
    headers: {"Content-Type": "application/json", "X-CSRFToken": token()},
  });
  const EVERY = 8000;

  const desk = find("room-news");
  if (desk) {
    setInterval(async () => {
      if (document.hidden) return;
      try {
        const response = await post(desk.dataset.place, {});
        if (!response.ok) return;
        const told = await response.json();
        const fresh = String(told.asking) !== desk.dataset.asking || String(told.written) !== desk.dataset.written;
        const said = fresh ? `${desk.dataset.words} ${told.asking}` : "";
        if (find("room-said").textContent !== said) find("room-said").textContent = said;
      } catch { /* the next time tells */ }
    }, EVERY);
  }

  const room = find("room");
  if (!room) return;
  const words = room.dataset;
  const list = find("room-list");
  let told = Number(words.told);
  let noticed = [];
  let busy = false;

  const show = one => {
    const entry = document.createElement("li");
    entry.className = `room-${one.kind}`;
    const who = document.createElement("strong");
    who.textContent = one.kind === "help" ? words.you : words.proctor;
    entry.append(who, " ");
    if (one.to_all) {
      const pill = document.createElement("span");
      pill.className = "pill";
      pill.textContent = words.all;
      entry.append(pill, " ");
    }
    const at = document.createElement("time");
    at.dateTime = one.at;
    at.textContent = new Date(one.at).toLocaleTimeString(`${document.documentElement.lang}-u-nu-latn`, {hour: "2-digit", minute: "2-digit"});
    entry.append(at, document.createElement("br"), one.words || words.help);
    list.append(entry);
    const bar = find("exam-told");
    if (bar && one.kind === "told") {
      find("exam-told-words").textContent = one.words;
      bar.hidden = false;
    }
  };
  const took = answer => {
    answer.messages.filter(one => one.number > told).forEach(one => { told = one.number; show(one); });
    document.querySelectorAll("input[name=told]").forEach(field => { field.value = told; });
  };
  // What was shown is said with the next asking; nothing is said to be shown while the page is hidden.
  const hear = async (more = {}) => {
    const sending = noticed.splice(0, 50);
    const now = Date.now();
    const body = {seen: document.hidden ? 0 : told, ...more};
    if (sending.length) body.noticed = sending.map(([kind, at]) => ({kind, ago_ms: Math.max(0, now - at)}));
    try {
      const response = await post(words.place, body);
      if (response.ok) took(await response.json());
      else if ([409, 422].includes(response.status) && "words" in more) return (await response.json()).message;
      return response.ok ? "" : words.failed;
    } catch {
      noticed = [...sending, ...noticed].slice(0, 600);
      return words.failed;
    }
  };
  const soon = async () => {
    if (busy || (document.hidden && !noticed.length)) return;
    busy = true;
    await hear();
    busy = false;
  };
  setInterval(soon, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });

  const ask = async () => {
    const field = find("room-words");
    const refused = await hear({words: field.value});
    find("room-said").textContent = refused || words.asked;
    if (!refused) field.value = "";
  };
  find("room-ask").addEventListener("click", event => { event.preventDefault(); ask(); });
  find("room-words").addEventListener("keydown", event => {
    if (event.key === "Enter") { event.preventDefault(); ask(); }
  });

  if (!("notes" in words)) return;
  const note = kind => { if (noticed.length < 600) noticed.push([kind, Date.now()]); };
  document.addEventListener("visibilitychange", () => note(document.hidden ? "focus_lost" : "focus_back"));
  window.addEventListener("blur", () => { if (!document.hidden) note("focus_lost"); });
  window.addEventListener("focus", () => note("focus_back"));
  document.addEventListener("fullscreenchange", () => note(document.fullscreenElement ? "full_screen_on" : "full_screen_left"));
  document.addEventListener("paste", () => note("paste"));
  window.addEventListener("offline", () => note("network_lost"));
  window.addEventListener("online", () => { note("network_back"); soon(); });
})();
