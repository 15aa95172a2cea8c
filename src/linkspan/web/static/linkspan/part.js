"use strict";
// In an author's own page (jsinput), before anything of it: stock calls its functions from around it, which a page
// without an origin does not allow; here it is asked by messages. Pages that name JSChannel and do not bring it get what
// they use of it.
(() => {
  const listening = new Map();
  const post = told => window.parent.postMessage(JSON.stringify(told), "*");
  window.addEventListener("message", async event => {
    if (event.source !== window.parent || typeof event.data !== "string") return;
    let told = null;
    try { told = JSON.parse(event.data); } catch { return; }
    const work = told?.method && listening.get(told.method);
    if (!work) return;
    try {
      const result = await work(told.params);
      if (told.id) post({id: told.id, result});
    } catch (error) {
      if (told.id) post({id: told.id, error: "failed", message: String(error)});
    }
  });
  const within = path => path.split(".").reduce(([, found], name) => [found, found[name]], [null, window]);
  listening.set("Linkspan::call", ({path, value}) => {
    const [owner, work] = within(path);
    return value === undefined ? work.call(owner) : work.call(owner, value);
  });
  window.addEventListener("load", () => post({method: "Linkspan::__ready", params: "ping"}));
  window.Channel = {
    build: ({scope}) => {
      setTimeout(() => post({method: `${scope}::__ready`, params: "ping"}));
      return {
        bind: (name, work) => listening.set(`${scope}::${name}`, params => new Promise((complete, error) => {
          let delayed = false;
          const result = work({complete, error, delayReturn: () => { delayed = true; }}, params);
          if (!delayed) complete(result);
        })),
        unbind: name => listening.delete(`${scope}::${name}`),
        call: () => {},
        notify: () => {},
        destroy: () => {},
      };
    },
  };
})();
