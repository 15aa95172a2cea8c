"use strict";
// In the frame of a block of a package: what stock's page offers its scripts (a runtime, translations, a log), and a way
// to the block's handlers: by messages to the page around, since this page has no origin and no cookies.
(() => {
  const HERE = "https://handlers.invalid/";
  const waiting = new Map();
  let serial = 0;
  const ask = (url, method, body) => new Promise(done => {
    const id = ++serial;
    const {pathname, search} = new URL(url, HERE);
    const [handler, ...suffix] = pathname.slice(1).split("/");
    waiting.set(id, done);
    const told = {type: "linkspan-handle", id, handler, suffix: suffix.join("/"), query: search.slice(1), method, body};
    window.parent.postMessage(told, "*");
  });
  window.addEventListener("message", event => {
    if (event.source !== window.parent || event.data?.type !== "linkspan-handled") return;
    waiting.get(event.data.id)?.(event.data.told ?? {status: 503, type: "text/plain", body: ""});
    waiting.delete(event.data.id);
  });
  const isOurs = url => String(url).startsWith(HERE);
  window.jQuery.ajaxTransport("+*", options => isOurs(options.url) && {
    send(_, complete) {
      const asks = options.type === "GET";
      ask(options.url, options.type, asks ? null : String(options.data ?? "")).then(({status, type, body}) => {
        complete(status, status < 400 ? "OK" : "error", {text: body}, `Content-Type: ${type}`);
      });
    },
    abort() {},
  });
  const fetched = window.fetch.bind(window);
  window.fetch = async (url, options = {}) => {
    if (!isOurs(url.url ?? url)) return fetched(url, options);
    const {status, type, body} = await ask(url.url ?? url, options.method ?? "GET", options.method === "POST" ? String(options.body ?? "") : null);
    return new Response(body, {status: Math.max(200, status), headers: {"Content-Type": type}});
  };
  const same = text => text;
  Object.assign(window, {
    gettext: same,
    ngettext: (one, many, count) => (count === 1 ? one : many),
    Logger: {log() {}},
    alert: text => { window.parent.postMessage({type: "linkspan-said", text: String(text)}, "*"); },
  });
  window.linkspanRuntime = {
    handlerUrl: (element, handler, suffix = "", query = "") => `${HERE}${handler}${suffix ? `/${suffix}` : ""}${query ? `?${query}` : ""}`,
    notify() {},
    on() {},
    children: () => [],
  };
})();
