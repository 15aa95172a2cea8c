"use strict";
// Keeps what is typed into the forms of a page, in this tab, until the server says that it took it: it stands in the form
// again after BACK, a reload, a lost network or a sign-in in between. A form is sent once, and not while there is no
// network. A form with data-draft is saved on the server as well, while it is written. Nothing secret is kept: no password,
// no file, no field marked data-private. Another person, and a sign-out in any tab, end all that is kept. Without this
// script the page that refuses a form holds what was typed.
(() => {
  const told = document.currentScript.dataset;
  const [kept, last, out] = ["typed:", "typed-last", "typed-out"];
  const mine = `${kept}${told.person}:`;
  let store, shared;
  try { [store, shared] = [window.sessionStorage, window.localStorage]; } catch { return; }
  const UNKEPT = new Set(["password", "file", "hidden", "submit", "button", "reset", "image"]);
  const PASSING = new Set(["csrfmiddlewaretoken", "seen", "revision", "once", "form_page", "sent_as"]);
  const SECRET = /^(one-time-code|current-password|new-password|cc-)/;

  const keys = () => Object.keys(store).filter(key => key.startsWith(kept));
  const read = key => { try { return JSON.parse(store.getItem(key)); } catch { return null; } };
  const write = (key, entry) => { try { store.setItem(key, JSON.stringify(entry)); } catch { /* full: the rest stays */ } };
  const clear = () => [...keys(), last].forEach(key => store.removeItem(key));

  // Which form of the page it is: where it leads, what it holds, and the things that it is about.
  const way = form => new URL(form.getAttribute("action") || "", location.href).pathname;
  const key = form => {
    const about = [...form.elements].filter(one => one.name && !PASSING.has(one.name)).map(one =>
      [one.name, one.type, one.type === "hidden" || one.type === "submit" ? one.value : ""].join());
    let [a, b] = [0x811c9dc5, 5381];
    for (const letter of `${way(form)} ${about.join(";")}`) {
      a = Math.imul(a ^ letter.codePointAt(0), 0x01000193);
      b = Math.imul(b, 33) + letter.codePointAt(0) | 0;
    }
    return `${mine}${told.page}:${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
  };
  const keeps = form => form.method === "post" && !("unkept" in form.dataset) && !way(form).startsWith("/accounts/");
  const forms = () => [...document.forms].filter(keeps);
  const fields = form => [...form.elements].filter(one => one.name && "value" in one && one.tagName !== "BUTTON"
    && !UNKEPT.has(one.type) && !("private" in one.dataset) && !one.readOnly && !SECRET.test(one.autocomplete ?? ""));
  const version = form => [...form.elements].find(one => one.name === "seen" || one.name === "revision");
  const ticks = one => one.type === "checkbox" || one.type === "radio";
  const value = one => ticks(one) ? one.checked
    : one.type === "select-multiple" ? [...one.selectedOptions].map(option => option.value) : one.value;
  const given = one => ticks(one) ? one.defaultChecked
    : one.tagName !== "SELECT" ? one.defaultValue
    : one.multiple ? [...one.options].filter(option => option.defaultSelected).map(option => option.value)
    : ([...one.options].find(option => option.defaultSelected) ?? one.options[0])?.value ?? "";
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const touched = form => fields(form).some(one => !same(value(one), given(one)));

  const save = (form, more = {}) => {
    const files = [...form.elements].some(one => one.type === "file" && one.files.length);
    write(key(form), {at: Date.now(), fields: fields(form).map(value), files, seen: version(form)?.value, ...more});
  };
  const note = (form, words, kind, act) => {
    form.querySelector(":scope > .kept")?.remove();
    const [box, text] = [document.createElement("div"), document.createElement("p")];
    Object.assign(box, {className: `note kept ${kind}`, role: kind === "bad" ? "alert" : "status"});
    text.textContent = words;
    box.append(text);
    if (act) {
      const button = Object.assign(document.createElement("button"), {type: "button", className: "quiet", textContent: told.clear});
      button.addEventListener("click", act);
      box.append(button);
    }
    form.prepend(box);
    return box;
  };
  const put = (one, was) => {
    if (ticks(one)) one.checked = was;
    else if (one.type === "select-multiple") for (const option of one.options) option.selected = was.includes(option.value);
    else one.value = was;
    if (one.value !== was && one.tagName === "SELECT" && !one.multiple) one.value = given(one);  // not offered any more
  };
  const restore = form => {
    const entry = read(key(form));
    const own = fields(form);
    if (!entry || entry.fields.length !== own.length) return;
    const before = own.map(value);
    own.forEach((one, n) => put(one, entry.fields[n]));
    if (same(before, own.map(value))) {
      if (!("posted" in told)) store.removeItem(key(form));
      return;
    }
    const seen = version(form);
    if (seen && entry.seen !== undefined) seen.value = entry.seen;
    for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    form.querySelectorAll("details").forEach(fold => { if (fields(form).some(one => fold.contains(one))) fold.open = true; });
    note(form, `${told.kept} ${entry.files ? told.files : ""}`, "", () => {
      form.reset();  // else it would be kept once more when the page is left
      location.replace(location.pathname + location.search);
    });
  };

  // What the server answered to a form: taken, then nothing is kept of it nor of the pages before it; or shown again.
  const answers = () => document.cookie.split("; ").filter(one => one.startsWith("sent.")).map(one => one.slice(5).split("="));
  const forget = name => {
    const entry = read(name);
    store.removeItem(name);
    if (entry?.after) forget(entry.after);
  };
  const settle = () => {
    for (const [name, became] of answers()) {
      const found = keys().find(one => read(one)?.sent === name);
      if (!found) continue;
      document.cookie = `sent.${name}=; path=/; max-age=0; samesite=strict`;
      if (became === "taken") {
        const page = found.slice(0, found.lastIndexOf(":") + 1);
        keys().filter(one => one.startsWith(page) && read(one)?.sent).forEach(forget);
      }
      return true;
    }
    return false;
  };
  const free = form => {
    form.removeAttribute("aria-busy");
    form.querySelectorAll(":scope > [name=sent_as]").forEach(one => one.remove());
  };
  const watch = (form, name, until) => {
    const became = answers().find(([one]) => one === name)?.[1];
    if (became || performance.now() > until) {
      settle();
      // Taken, while the page that says so is still on its way: what stands in this one is not kept again when it goes.
      if (became === "taken") form.dataset.taken = "";
      return free(form);
    }
    setTimeout(watch, 300, form, name, until);
  };

  // Save what is written on the server; the form is then of the version that the answer names. What is sent waits for it.
  let drafting, soon, waiting;
  const draft = async form => {
    const [state, seen] = [form.querySelector("[data-draft-state]"), version(form)];
    const body = new URLSearchParams([...new FormData(form)].filter(([, one]) => typeof one === "string"));
    const answer = await fetch(form.dataset.draft, {method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(8000)}).catch(() => null);
    if (answer?.status === 204) {
      seen.value = answer.headers.get("Seen");
      if (touched(form)) save(form);
      const time = new Date().toLocaleTimeString(document.documentElement.lang, {hour: "2-digit", minute: "2-digit"});
      state.textContent = form.dataset.saved.replace("{time}", time);
    } else {
      state.textContent = "";
      if (answer?.status === 409) delete form.dataset.draft;  // saved elsewhere meanwhile: its writer chooses, when it is sent
    }
    drafting = null;
  };
  const draftSoon = form => {
    clearTimeout(soon);
    soon = setTimeout(() => {
      if (drafting) draftSoon(form);
      else if (form.dataset.draft && navigator.onLine && !form.getAttribute("aria-busy")) drafting = draft(form);
    }, 3000);
  };

  document.addEventListener("submit", event => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    clearTimeout(soon);
    clearTimeout(waiting);
    if (drafting) {
      event.preventDefault();
      drafting.then(() => form.requestSubmit(event.submitter));
      return;
    }
    if (way(form) === told.out) {
      shared.setItem(out, Date.now());
      return clear();
    }
    if (!keeps(form)) return;
    if (form.getAttribute("aria-busy")) return event.preventDefault();
    if (!navigator.onLine) {
      event.preventDefault();
      save(form);
      const box = note(form, told.offline, "bad");
      box.scrollIntoView({block: "center"});
      window.addEventListener("online", () => { if (box.isConnected) note(form, told.online, ""); }, {once: true});
      return;
    }
    const name = [...crypto.getRandomValues(new Uint8Array(12))].map(one => one.toString(16).padStart(2, "0")).join("");
    const before = "posted" in told ? store.getItem(last) : null;
    save(form, {sent: name, ...(before && before !== key(form) ? {after: before} : {})});
    store.setItem(last, key(form));
    form.append(Object.assign(document.createElement("input"), {type: "hidden", name: "sent_as", value: name}));
    form.setAttribute("aria-busy", "true");
    watch(form, name, performance.now() + 60000);
  });
  const later = event => {
    const form = event.target.form;
    if (!form || !keeps(form)) return;
    delete form.dataset.taken;
    clearTimeout(waiting);
    // What is being sent was kept as sent: kept once more, it would stand in the form again after it was taken.
    waiting = setTimeout(() => form.getAttribute("aria-busy") || save(form), 300);
    if (form.dataset.draft) draftSoon(form);
  };
  document.addEventListener("input", later);
  document.addEventListener("change", later);
  document.addEventListener("reset", event => {
    clearTimeout(waiting);
    clearTimeout(soon);
    store.removeItem(key(event.target));
  });
  window.addEventListener("pagehide", () => {
    clearTimeout(soon);
    forms().filter(form => !form.getAttribute("aria-busy") && !("taken" in form.dataset) && touched(form)).forEach(form => save(form));
  });
  window.addEventListener("pageshow", event => { if (event.persisted) forms().forEach(free); });
  window.addEventListener("storage", event => { if (event.key === out) clear(); });

  settle();
  const ended = Number(shared.getItem(out));
  keys().filter(one => read(one)?.at < ended || (told.person && !one.startsWith(mine) && !one.startsWith(`${kept}:`)))
    .forEach(one => store.removeItem(one));
  if (!("posted" in told)) store.removeItem(last);
  forms().forEach(form => { if ("refused" in form.dataset) save(form); else restore(form); });
})();
