"use strict";
// The exam's page: every answer is kept on this device first, then signed and sent until the server says that it is
// stored. Without this script the form works by its buttons. What is sent is described in `exams/rules/saving.py`.
(async () => {
  const place = document.getElementById("exam");
  if (!place || !window.crypto?.subtle || !window.indexedDB || !navigator.locks) return;
  const words = JSON.parse(place.dataset.words);
  const attempt = place.dataset.attempt;
  const here = place.dataset.here ?? `/exams/attempts/${attempt}/`;  // practice has a place of its own
  const live = "live" in place.dataset;
  const find = id => document.getElementById(id);
  const show = (id, text) => { const at = find(id); if (at && at.textContent !== text) at.textContent = text; };
  const put = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const wait = ms => new Promise(done => setTimeout(done, ms));
  const hour = () => new Date().toLocaleTimeString(`${document.documentElement.lang}-u-nu-latn`, {hour: "2-digit", minute: "2-digit", second: "2-digit"});

  // What is kept on this device: one entry a page, written whole.
  const open = new Promise((done, failed) => {
    const asked = indexedDB.open("linkspan-exams", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("pages", {keyPath: "id"});
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  const stored = async (mode, work) => {
    const store = (await open).transaction("pages", mode).objectStore("pages");
    return new Promise((done, failed) => {
      const asked = work(store);
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
  };
  const keep = page => stored("readwrite", store => store.put(page)).catch(() => {});
  const drop = page => stored("readwrite", store => store.delete(page.id)).catch(() => {});

  // Signing (signed.js) and sealing.
  const {utf8, bytes, sign} = window.signedSaves;
  const base64 = buffer => btoa(Array.from(new Uint8Array(buffer), byte => String.fromCharCode(byte)).join(""));
  const seal = async page => {
    const form = "linkspan-exam-answers-1";
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const key = await crypto.subtle.importKey("raw", bytes(page.file_key), "AES-GCM", false, ["encrypt"]);
    const about = utf8(`${form}:${attempt}:${page.id}`);
    const sealed = await crypto.subtle.encrypt({name: "AES-GCM", iv: nonce, additionalData: about}, key, utf8(JSON.stringify({batches: page.batches})));
    return {writer: page.id, nonce: base64(nonce), sealed: base64(sealed)};
  };

  // Pages of this attempt with something to send: this one, and those that were closed or crashed before they could.
  let mine = null;
  let pages = [];
  const unsent = page => page.batches.length > 0 || Object.keys(page.pending).length > 0 || (page.files ?? []).length > 0;
  const anyUnsent = () => pages.some(unsent);

  const form = async page => {
    let size = 0;  // a batch stays under what one save may hold, also with long essays
    const items = Object.keys(page.pending).slice(0, 50).filter((item, n) =>
      (size += utf8(JSON.stringify(page.pending[item])).length) < 40000 || n === 0);
    if (!items.length) return;
    const taken = items.map(item => page.pending[item]);
    const changes = items.map((item, n) => ({item, seq: page.seq + n + 1, ...taken[n]}));
    const body = {writer: page.id, batch: page.batch + 1, prev: page.head, sent_at: new Date().toISOString(), changes};
    const [batch, digest] = await sign(page, body);
    page.batches.push(batch);
    Object.assign(page, {seq: page.seq + changes.length, batch: page.batch + 1, head: digest});
    items.forEach((item, n) => { if (page.pending[item] === taken[n]) delete page.pending[item]; });
    await keep(page);
  };

  const token = () => document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const post = async (path, body) => {
    const text = JSON.stringify(body);
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), 20000);
    try {
      return await fetch(here + path, {
        method: "POST", body: text, redirect: "error", signal: stop.signal, keepalive: text.length < 60000,
        headers: {"Content-Type": "application/json", "X-CSRFToken": token()},
      });
    } finally {
      clearTimeout(late);
    }
  };

  // Sending: one batch after the other, again after 1, 2, 4 … 30 seconds with jitter, without end.
  let tries = 0;
  let since = null;  // when the oldest answer that is not sent was given
  let offline = false;
  let retry = null;
  let running = null;
  let lateCame = false;
  const failed = (response, said) => {
    since ??= hour();
    offline = true;
    const signedOut = response && [401, 403].includes(response.status);
    show("exam-saved", put(words.unsent, {time: since}));
    show("exam-status", said ? put(words.refused, {reason: said}) : signedOut ? words.signed_out : put(words.unsent, {time: since}));
    if (find("exam-file")) find("exam-file").hidden = false;
    const least = Number(response?.headers.get("Retry-After")) || 0;
    clearTimeout(retry);
    retry = setTimeout(send, Math.max(least, Math.random() * Math.min(30, 2 ** tries)) * 1000);
    tries += 1;
    return false;
  };
  const sent = () => {
    if (offline) show("exam-status", words.again);
    offline = false;
    since = null;
    tries = 0;
    if (find("exam-file")) find("exam-file").hidden = true;
    show("exam-saved", put(words.saved, {time: hour()}));
  };
  // Files go before the answers that name them: kept on this device until the server has them.
  const label = (question, told) => {
    const box = Object.assign(document.createElement("input"), {type: "checkbox", name: `item_${question.dataset.item}`, value: told.id});
    const text = Object.assign(document.createElement("span"), {dir: "auto", textContent: told.name});
    const around = Object.assign(document.createElement("label"), {className: "inline"});
    around.append(box, text);
    question.querySelector("[data-files]").append(around);
    return box;
  };
  const tooLarge = (question, name) =>
    put(words.large, {name, most: question?.querySelector("[data-files]").dataset.megabytes ?? "10"});
  const problem = (question, text) => {
    const at = question?.querySelector("[data-problem]");
    if (at) Object.assign(at, {textContent: text, hidden: !text});
    else if (text) show("exam-status", put(words.refused, {reason: text}));
  };
  const handedIn = (page, one, told) => {
    const question = questions.find(q => q.dataset.item === one.item);
    page.files.filter(other => other.item === one.item).forEach(other => { other.base = [...other.base, told.id]; });
    if (!question || !live || closed) {
      const value = [...page.pending[one.item]?.value ?? one.base, told.id];
      page.pending[one.item] = {replaces: null, op: "set", value: [...new Set(value)], at: one.at, elapsed_ms: one.elapsed_ms};
      return;
    }
    const box = [...question.querySelectorAll("[data-files] input")].find(field => field.value === told.id) ?? label(question, told);
    const most = Number(question.querySelector("[data-files]").dataset.most);
    if (!box.checked && value(question).length >= most) return problem(question, put(words.untick, {most, name: told.name}));
    box.checked = true;
    changed(question);
    show("exam-status", put(words.handed_in, {name: told.name}));
  };
  const upload = async (page, one) => {
    const body = new FormData();
    body.append("item", one.item);
    body.append("file", one.file, one.name);
    show("exam-saved", put(words.sending, {name: one.name}));
    let response;
    try {
      response = await fetch(`${here}files/`, {method: "POST", body, redirect: "error", signal: AbortSignal.timeout(300000), headers: {"X-CSRFToken": token()}});
    } catch {
      return failed();
    }
    const told = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
    const large = response.status === 413 && !told;  // a proxy says so, in words of its own
    if (!response.ok && !large && !(told && [404, 409, 413, 422].includes(response.status))) return failed(response);
    const question = questions.find(q => q.dataset.item === one.item);
    page.files.shift();
    if (response.ok) handedIn(page, one, told);
    else problem(question, large ? tooLarge(question, one.name) : `${one.name}: ${told.message}`);
    await keep(page);
    return true;
  };
  // Files have a way of their own: one that is large, or cannot be sent, holds back no answer.
  let carrying = null;
  const carryAll = async () => {
    for (const page of [...pages]) while (page.files?.length) if (!await upload(page, page.files[0])) return false;
    return true;
  };
  const carry = () => {
    carrying ??= carryAll().finally(() => { carrying = null; });
    return carrying;
  };
  const pump = async page => {
    for (await form(page); page.batches.length; await form(page)) {
      let response;
      try {
        response = await post("answers/", page.batches[0]);
      } catch {
        return failed();
      }
      if (!response.ok) {
        const told = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
        return failed(response, [404, 409, 422].includes(response.status) ? told?.message : "");
      }
      took(page, await response.json());
      page.batches.shift();
      await keep(page);
    }
    return true;
  };
  const pumpAll = async () => {
    let whole = true;  // what nobody takes from an older page holds back nothing of this one
    for (const page of [...pages].sort((one, other) => (other === mine) - (one === mine))) {
      if (unsent(page) && !await pump(page)) whole = false;
      if (page !== mine && !unsent(page)) {
        pages.splice(pages.indexOf(page), 1);
        await drop(page);
      }
    }
    if (whole && !pages.some(page => page.files?.length)) sent();
    return whole;
  };
  const answersFirst = () => {
    running ??= pumpAll().finally(() => { running = null; });
    return running;
  };
  const send = async () => {
    const [whole, carried] = await Promise.all([answersFirst(), carry()]);
    return whole && carried && (anyUnsent() || offline ? answersFirst() : true);
  };

  // The form: fields by question, what they hold, and the version that they show.
  const questions = [...place.querySelectorAll("fieldset[data-item]")];
  const fields = question => [...question.querySelectorAll("input:not([type=hidden], [type=file]), select, textarea")];
  const shown = question => question.querySelector("input[name^=shown_]");
  // Half of a character (a cut emoji) has no exact form: one of them would hold up all answers behind it.
  const whole = text => Array.from(text, sign => sign >= "\ud800" && sign <= "\udfff" && sign.length === 1 ? "\ufffd" : sign).join("");
  const value = question => fields(question).flatMap(field =>
    ["radio", "checkbox"].includes(field.type) ? (field.checked ? [field.value] : []) : field.value.trim() ? [whole(field.value.trim())] : []);
  const fill = (question, given, version) => {
    shown(question).value = version ?? "";
    if (question.querySelector("[data-files]")) {
      const known = new Set(fields(question).map(field => field.value));
      given.filter(id => !known.has(id)).forEach(id => label(question, {id, name: words.file}));
    }
    for (const field of fields(question)) {
      if (["radio", "checkbox"].includes(field.type)) field.checked = given.includes(field.value);
      else if (field.options) field.value = given.find(one => [...field.options].some(option => option.value === one)) ?? "";
      else field.value = given[0] ?? "";
    }
  };
  const count = () => show("exam-answered", put(words.answered, {n: questions.filter(q => value(q).length).length, all: questions.length}));
  const took = (page, receipt) => {
    receipt.taken.forEach(one => {
      if (one.standing === "late") lateCame = true;
      const question = questions.find(q => q.dataset.item === one.item);
      if (!question || page.pending[one.item] || (page === mine && page.batches.slice(1).some(b => b.changes.some(c => c.item === one.item)))) return;
      shown(question).value = one.version ?? "";
      if (page !== mine || one.standing === "kept") fill(question, one.value, one.version);
      if (page === mine && one.standing === "kept") show("exam-status", put(words.other, {n: questions.indexOf(question) + 1}));
    });
    if (receipt.not_taken.length) show("exam-status", put(words.refused, {reason: receipt.not_taken[0].message}));
    if (lateCame) show("exam-status", words.late);
    if (live && receipt.running) ends = performance.now() + receipt.milliseconds_left;
    else if (live && !anyUnsent()) location.assign(here);
    if (page === mine && !receipt.newest) readOnly();
    count();
  };

  // The clock runs by the time since the page came, which no change of the device's clock moves.
  const timer = find("exam-left");
  const opened = performance.now();
  let ends = opened + Number(timer?.dataset.seconds ?? 0) * 1000;
  let over = false;
  let told = Infinity;
  const tick = () => {
    const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
    const two = number => String(number).padStart(2, "0");
    show("exam-left", put(words.left, {time: `${Math.floor(left / 3600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`}));
    const minutes = Math.ceil(left / 60);
    if (left && [30, 10, 5, 2, 1].includes(minutes) && minutes < told) {
      told = minutes;
      show("exam-status", put(words.minutes, {n: minutes}));
    }
    if (performance.now() >= ends && !over) finish();
  };
  const finish = async () => {
    over = true;
    if (live) {
      lock();
      show("exam-status", words.over);
      while (!await send() || anyUnsent()) await wait(Math.random() * 1000 * Math.min(30, 2 ** tries));
    }
    location.assign(here);
  };

  let closed = false;
  const lock = () => {
    closed = true;
    questions.forEach(question => { question.disabled = true; });
    [find("exam-save"), find("exam-check")].forEach(button => { if (button) button.disabled = true; });
  };
  const readOnly = () => {
    if (closed) return;
    lock();
    find("exam-older").hidden = false;
    send();
  };

  // Pages that were closed with something unsent are taken over; a page that is still open holds its lock.
  const adopt = async () => {
    const found = await stored("readonly", store => store.getAll()).catch(() => []);
    for (const page of found.filter(one => one.attempt === attempt)) {
      await new Promise(done => {
        navigator.locks.request(`linkspan-exam-${page.id}`, {ifAvailable: true}, held => {
          if (held) pages.push(page);
          done();
          return held && new Promise(() => {});
        });
      });
    }
    if (pages.some(unsent)) await send();
  };
  const begin = async () => {
    const response = await post("pages/", {});
    if (!response.ok) throw new Error("not opened");
    const page = await response.json();
    mine = {...page, attempt, seq: 0, batch: 0, head: "", pending: {}, batches: [], files: []};
    delete mine.answers;
    navigator.locks.request(`linkspan-exam-${mine.id}`, () => new Promise(() => {}));
    pages.push(mine);
    const held = Object.fromEntries(page.answers.map(one => [one.item, one]));
    questions.forEach(question => {
      const one = held[question.dataset.item];
      if (!early.has(question) && one && String(one.version) !== shown(question).value) fill(question, one.given, one.version);
    });
    await keep(mine);
  };

  // What is given before the page is open is taken up then.
  const early = new Set();
  const waiting = [];
  let soon = null;
  let latest = 0;
  const changed = question => {
    if (!mine) return early.add(question);
    const given = value(question);
    const elapsed = Number(place.dataset.elapsed) * 1000 + performance.now() - opened;
    mine.pending[question.dataset.item] = {
      replaces: shown(question).value ? Number(shown(question).value) : null,
      ...given.length ? {op: "set", value: given} : {op: "clear"},
      at: new Date().toISOString(), elapsed_ms: Math.round(elapsed),
    };
    keep(mine);
    count();
    since ??= hour();
    if (!offline) show("exam-saved", words.saving);
    const now = performance.now();
    if (!soon) latest = now + 15000;
    clearTimeout(soon);
    const pause = ["text", "textarea"].includes(fields(question)[0]?.type) ? 2000 : 500;
    soon = setTimeout(() => { soon = null; send(); }, Math.max(0, Math.min(pause, latest - now)));
  };

  const chosen = (question, field) => {
    problem(question, "");
    const elapsed = Number(place.dataset.elapsed) * 1000 + performance.now() - opened;
    const told = {item: question.dataset.item, base: value(question), at: new Date().toISOString(), elapsed_ms: Math.round(elapsed)};
    const most = Number(question.querySelector("[data-files]").dataset.megabytes) * 2 ** 20;
    const large = [...field.files].filter(file => file.size > most);
    if (large.length) problem(question, large.map(file => tooLarge(question, file.name)).join(" "));
    waiting.push(...[...field.files].filter(file => file.size <= most).map(file => ({...told, file, name: file.name})));
    field.value = "";
    if (mine && waiting.length) queue();
  };
  const queue = () => {
    mine.files.push(...waiting.splice(0));
    since ??= hour();
    keep(mine);
    send();
  };

  find("exam-download")?.addEventListener("click", async () => {
    for (const page of pages) await form(page);
    const parts = [];
    for (const page of pages) if (page.batches.length) parts.push(await seal(page));
    const file = new Blob([JSON.stringify({format: "linkspan-exam-answers-1", attempt, parts})], {type: "application/json"});
    const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(file), download: "exam-answers.json"});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  window.addEventListener("online", () => { tries = 0; if (anyUnsent()) send(); });
  window.addEventListener("pagehide", () => { if (anyUnsent()) send(); });
  window.addEventListener("beforeunload", event => { if (anyUnsent()) event.preventDefault(); });

  if (timer) {
    tick();
    setInterval(tick, 250);
  }
  if (live) {
    place.addEventListener("input", event => {
      const question = event.target.closest("fieldset[data-item]");
      if (!question || closed) return;
      if (event.target.type === "file") chosen(question, event.target);
      else changed(question);
    });
  }
  // A picture's areas can be pointed at; their lettered fields beside it are what is chosen.
  place.addEventListener("click", event => {
    const area = event.target.closest("[data-area]");
    const field = area?.closest("fieldset").querySelector(`input[value="${area.dataset.area}"]:is([type=radio], [type=checkbox])`);
    if (field && !closed) field.click();
  });
  await adopt();
  if (!live) {
    if (lateCame) await wait(3000);
    return;
  }
  for (let n = 0; !mine; n += 1) {
    try {
      await begin();
    } catch {
      if (n > 5) return;  // the form's buttons still save
      await wait(1000 * n);
    }
  }
  find("exam-save").hidden = true;
  place.dataset.open = mine.number;
  count();
  early.forEach(changed);
  if (waiting.length) queue();
  const others = new BroadcastChannel(`linkspan-exam-${attempt}`);
  others.onmessage = event => { if (event.data > mine.number) readOnly(); };
  others.postMessage(mine.number);
  place.addEventListener("submit", async event => {
    event.preventDefault();
    if (event.submitter === find("exam-break")) {  // all that was answered counts before the clock stands
      return await send() && !anyUnsent() && find("break").requestSubmit();
    }
    if (event.submitter !== find("exam-check")) return send();  // Enter in a field
    if (await send() && !anyUnsent()) location.assign(`${here}check/?page=${mine.id}&changes=${mine.seq}`);
    return null;
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden && anyUnsent()) send(); });
  // How things stand, also when nothing changes: an older page and a moved deadline are known within 30 seconds.
  setInterval(async () => {
    if (running || anyUnsent() || over) return;
    try {
      const body = {writer: mine.id, batch: mine.batch + 1, prev: mine.head, sent_at: "", changes: []};
      const response = await post("answers/", (await sign(mine, body))[0]);
      if (response.ok) took(mine, await response.json());
    } catch { /* the next save tells */ }
  }, 30000);
})();
