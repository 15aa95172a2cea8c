"use strict";
// Newer engines of Safe Exam Browser send no headers: this page shows the hashes of its address instead, each minute,
// and what follows is taken for a while. A page that was refused is loaded again once it has proved itself.
(() => {
  const place = document.getElementById("seb");
  const browser = window.SafeExamBrowser;
  if (!place || !browser?.security) return;
  const again = `seb-again-${place.dataset.prove}`;
  const waits = "again" in place.dataset;
  if (!waits) sessionStorage.removeItem(again);
  const token = () => document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const prove = async () => {
    const {configKey: config = "", browserExamKey: client = ""} = browser.security;
    const body = JSON.stringify({page: location.href.split("#")[0], config, client, name: browser.version ?? ""});
    try {
      const answer = await fetch(place.dataset.prove, {
        method: "POST", body, redirect: "error", headers: {"Content-Type": "application/json", "X-CSRFToken": token()},
      });
      if (!answer.ok || !waits || sessionStorage.getItem(again)) return;
      sessionStorage.setItem(again, "yes");
      location.reload();
    } catch { /* the next minute tries again */ }
  };
  const show = () => browser.security.updateKeys ? browser.security.updateKeys(prove) : prove();
  show();
  setInterval(show, 60000);
})();
