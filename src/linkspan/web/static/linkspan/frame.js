"use strict";
// In the frame of a unit: tells its height, sends answers and redraws a problem, all by the channel that the page around
// it hands over. The frame has no origin of the site's and no cookies.
(() => {
  let port = null;
  const waiting = [];
  const tell = message => { if (port) port.postMessage(message); else waiting.push(message); };
  const height = () => tell({type: "height", height: Math.ceil(document.body.getBoundingClientRect().height)});

  const redraw = ({usage, html, trouble}) => {
    const form = [...document.querySelectorAll("form.problem")].find(one => one.dataset.usage === usage);
    if (!form) return;
    form.removeAttribute("aria-busy");
    const status = form.querySelector(":scope > [role=status]");
    if (trouble) {
      const note = Object.assign(document.createElement("p"), {className: "note bad", textContent: trouble});
      status.replaceChildren(note);
    }
    if (!html) return;
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    const within = form.contains(document.activeElement);
    const pressed = document.activeElement?.value;
    form.querySelector(":scope > .body").replaceWith(fresh.querySelector("form > .body"));
    status.replaceChildren(...fresh.querySelector("form > [role=status]").childNodes);
    const buttons = [...form.querySelectorAll("button[name=do]")];
    if (within) (buttons.find(one => one.value === pressed) ?? buttons[0])?.focus();
    document.dispatchEvent(new CustomEvent("linkspan-redrawn", {detail: {form}}));
    window.MathJax?.typesetPromise?.([form]);
    height();
  };

  window.addEventListener("message", event => {
    if (port || event.source !== window.parent || event.data?.type !== "channel" || !event.ports[0]) return;
    event.stopImmediatePropagation();  // the channel is this script's alone
    port = event.ports[0];
    port.onmessage = ({data}) => {
      if (data?.type === "redraw") redraw(data);
      else if (data?.type === "told") answered.get(data.id)?.(data.told);
    };
    waiting.splice(0).forEach(message => port.postMessage(message));
  });
  const ask = () => {
    if (port) return;
    window.parent.postMessage({type: "ready"}, "*");
    setTimeout(ask, 100);
  };
  document.addEventListener("submit", async event => {
    event.preventDefault();
    const form = event.target.closest("form.problem");
    if (!form || form.getAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    const [usage, act] = [form.dataset.usage, event.submitter?.value ?? "submit"];
    const words = document.getElementById("input-words").dataset;
    if (["submit", "save"].includes(act)) {  // an author's page is asked for its answer (inputs.js)
      const waits = [];
      document.dispatchEvent(new CustomEvent("linkspan-collect", {detail: {form, waits}}));
      try { await Promise.all(waits); } catch { return redraw({usage, trouble: words.silent}); }
    }
    const given = new FormData(form);
    const answers = [...given].filter(([name, value]) => name.startsWith("input_") && typeof value === "string");
    if (answers.some(([, value]) => value.length > 50000)) return redraw({usage, trouble: words.long});
    tell({type: "answer", usage, act, index: given.get("index") ?? "0", answers});
  });
  // What a script of ours asks of the page around; the answer comes by its number.
  const answered = new Map();
  document.addEventListener("linkspan-ask", ({detail}) => {
    const id = answered.size + 1;
    answered.set(id, detail.done);
    tell({...detail.told, id});
  });
  // What a video tells (video.js): where the learner stopped.
  document.addEventListener("linkspan-stopped", ({detail}) => tell({type: "stopped", ...detail}));
  // A course's own links: to another unit of it by the page around, elsewhere in a window of its own.
  document.addEventListener("click", event => {
    const link = event.target.closest?.("a[href]");
    if (!link) return;
    const inside = link.getAttribute("href").match(/\/jump_to(?:_id)?\/([^?#]+)/);
    if (inside) {
      event.preventDefault();
      tell({type: "go", name: decodeURIComponent(inside[1]).replace(/\/$/, "").split(/[@/]/).pop()});
    } else if (/^https?:$/.test(link.protocol) && link.href.split("#")[0] !== location.href.split("#")[0]) {
      Object.assign(link, {target: "_blank", rel: "noopener noreferrer"});
    }
  }, true);
  document.addEventListener("DOMContentLoaded", () => {
    new ResizeObserver(height).observe(document.body);
    height();
    ask();
  });
})();
