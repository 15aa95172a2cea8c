"use strict";
// The check of a device before an exam: what the page of an exam needs of a browser, a few answers saved as there,
// the camera where it is asked for. What is found the server keeps and tells; this page only sees and sends.
(() => {
  const place = document.getElementById("device");
  const button = document.getElementById("device-check");
  if (!place || !button || !window.fetch) return;
  const words = JSON.parse(place.dataset.words);
  const status = document.getElementById("device-status");
  const say = text => { status.textContent = text; };
  document.getElementById("device-plain").hidden = true;
  button.hidden = false;

  const token = () => document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const post = (path, body) => fetch(path, {
    method: "POST", body, redirect: "error", signal: AbortSignal.timeout(20000),
    headers: {"X-CSRFToken": token(), ...typeof body === "string" ? {"Content-Type": "application/json"} : {}},
  });

  const stores = () => new Promise(done => {
    try {
      const asked = indexedDB.open("linkspan-device", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("tried");
      asked.onerror = () => done(false);
      asked.onsuccess = () => {
        const base = asked.result;
        const move = base.transaction("tried", "readwrite");
        move.objectStore("tried").put("kept", 1);
        const ended = kept => { base.close(); indexedDB.deleteDatabase("linkspan-device"); done(kept); };
        move.oncomplete = () => ended(true);
        move.onabort = () => ended(false);
      };
      setTimeout(() => done(false), 5000);
    } catch {
      done(false);
    }
  });
  const features = async () => [
    ...window.isSecureContext ? ["secure"] : [],
    ...window.crypto?.subtle ? ["keys"] : [],
    ...await stores() ? ["storage"] : [],
    ...navigator.locks ? ["locks"] : [],
  ];

  const probes = ["probe-1", "probe-2", "probe-3"];
  const network = async () => {
    const {practice} = await (await post(place.dataset.begin, "{}")).json();
    if (!practice) throw new Error("not begun");
    const here = `/exams/practice/${practice}/`;
    const times = [];
    let clock = 0;
    if (window.crypto?.subtle) {
      const page = await (await post(`${here}pages/`, "{}")).json();
      let prev = "";
      for (const [n, item] of probes.entries()) {
        const at = new Date().toISOString();
        const change = {item, seq: n + 1, replaces: null, op: "set", value: ["1"], at, elapsed_ms: 0};
        const body = {writer: page.id, batch: n + 1, prev, sent_at: at, changes: [change]};
        const [signed, digest] = await window.signedSaves.sign(page, body);
        prev = digest;
        const began = performance.now();
        const receipt = await (await post(`${here}answers/`, JSON.stringify(signed))).json();
        const took = performance.now() - began;
        times.push(Math.round(took));
        clock = Math.round(Date.now() - took / 2 - Date.parse(receipt.now));
      }
    } else {
      for (const item of probes) {
        const form = new URLSearchParams({[`item_${item}`]: "1", do: "save", csrfmiddlewaretoken: token()});
        const began = performance.now();
        await fetch(`${here}save/`, {method: "POST", body: form, redirect: "manual", signal: AbortSignal.timeout(20000)});
        times.push(Math.round(performance.now() - began));
      }
    }
    return {practice, times, clock_ms: Number.isFinite(clock) ? clock : 0};
  };

  const camera = async () => {
    if (!("camera" in place.dataset) || !navigator.mediaDevices?.getUserMedia) return "not_tried";
    say(words.camera);
    let stream = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({video: true, audio: false});
      const picture = document.getElementById("device-picture");
      picture.srcObject = stream;
      picture.hidden = false;
      await picture.play();
      for (let n = 0; n < 25 && !picture.videoWidth; n += 1) await new Promise(done => setTimeout(done, 200));
      await new Promise(done => setTimeout(done, 1500));
      return picture.videoWidth ? "works" : "busy";
    } catch (error) {
      return {NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "none", OverconstrainedError: "none"}[error.name] ?? "busy";
    } finally {
      stream?.getTracks().forEach(track => track.stop());
    }
  };

  const lockdown = () => new Promise(done => {
    const browser = window.SafeExamBrowser;
    if (!browser?.security) return done(null);
    const told = () => {
      const {configKey: config = "", browserExamKey: client = ""} = browser.security;
      done({page: location.href.split("#")[0], config, client, name: browser.version ?? ""});
    };
    return browser.security.updateKeys ? browser.security.updateKeys(told) : told();
  });

  button.addEventListener("click", async () => {
    button.disabled = true;
    say(words.running);
    try {
      const found = {features: await features(), ...await network(), camera: await camera(), lockdown: await lockdown()};
      const answer = await post(place.dataset.seen, JSON.stringify(found));
      if (answer.ok) {
        location.hash = "found";
        location.reload();
        return;
      }
      const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
      say(words.refused.replace("{reason}", told?.message ?? answer.status));
    } catch {
      say(words.cut);
    }
    button.disabled = false;
  });
  if (location.hash === "#found") document.getElementById("found")?.focus();
})();
