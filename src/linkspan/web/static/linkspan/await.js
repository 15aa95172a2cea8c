"use strict";
// Keeps a region marked data-await up to date while long work goes on, and loads the page once when it has ended.
(() => {
  const look = async () => {
    const region = document.querySelector("[data-await]");
    try {
      const page = await (await fetch(location.href)).text();
      const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-await]");
      if (!fresh) return location.reload();
      const [old, now] = [region.querySelector("progress"), fresh.querySelector("progress")];
      [old.max, old.value] = [now.max, now.value];
      old.parentElement.lastChild.textContent = now.parentElement.lastChild.textContent;
    } catch { /* looked at again */ }
    setTimeout(look, 3000);
  };
  setTimeout(look, 3000);
})();
