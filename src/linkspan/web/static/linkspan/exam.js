"use strict";
// Saves answers as they are given and says how many minutes are left; the page works without it, by its buttons.
(() => {
  const form = document.querySelector("form[data-autosave]");
  const status = document.getElementById("exam-status");
  if (!form || !status) return;
  const ends = performance.now() + Number(form.dataset.seconds) * 1000;
  let waiting = null;
  let told = Infinity;

  const save = async () => {
    try {
      const answer = await fetch(form.dataset.autosave, {method: "POST", body: new FormData(form)});
      status.textContent = answer.status === 204 ? form.dataset.saved : form.dataset.failed;
    } catch {
      status.textContent = form.dataset.failed;
    }
  };
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, 800);
  };
  form.addEventListener("input", soon);
  form.addEventListener("submit", () => clearTimeout(waiting));

  const clock = setInterval(() => {
    const left = ends - performance.now();
    const minutes = Math.ceil(left / 60000);
    if (left <= 0) {
      clearInterval(clock);
      location.reload();
    } else if ([30, 10, 5, 2, 1].includes(minutes) && minutes < told) {
      told = minutes;
      status.textContent = `${form.dataset.left} ${minutes}`;
    }
  }, 1000);
})();
