"use strict";
// In the frame of a unit: the frames of blocks of packages. Each asks its own handlers alone: which block a message is
// of says the frame that it came from, never the message.
(() => {
  window.addEventListener("message", event => {
    const frame = [...document.querySelectorAll("iframe.package")].find(one => one.contentWindow === event.source);
    if (!frame) return;
    event.stopImmediatePropagation();
    const {type, id, height, text} = event.data ?? {};
    if (type === "linkspan-height" && Number.isFinite(height)) {
      frame.style.height = `${Math.min(Math.max(height + 4, 60), 20000)}px`;
    } else if (type === "linkspan-said" && typeof text === "string") {
      let note = frame.nextElementSibling;
      if (!note?.matches("[role=status]")) {
        note = document.createElement("p");
        note.setAttribute("role", "status");
        frame.after(note);
      }
      note.textContent = text.slice(0, 500);
    } else if (type === "linkspan-handle" && Number.isInteger(id)) {
      const {handler, suffix, query, method, body} = event.data;
      const done = told => frame.contentWindow?.postMessage({type: "linkspan-handled", id, told}, "*");
      const asked = {type: "handle", usage: frame.dataset.usage, handler, suffix, query, asks: method === "GET", body: body ?? ""};
      document.dispatchEvent(new CustomEvent("linkspan-ask", {detail: {told: asked, done}}));
    }
  });
})();
