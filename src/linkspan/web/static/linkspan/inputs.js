"use strict";
// In the frame of a unit: answers that take more than a field. An image map, things to drag, an author's own page
// (jsinput), choices with fields, formulas as they are read. Each works by keyboard, and puts its answer into the field
// that stock's script would fill.
(() => {
  const words = () => document.getElementById("input-words").dataset;
  const said = (name, values = {}) => words()[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const made = (tag, told = {}, ...inner) => {
    const node = Object.assign(document.createElement(tag), told);
    node.append(...inner);
    return node;
  };
  const read = text => { try { return JSON.parse(text); } catch { return null; } };
  const labelled = (text, field) => made("label", {}, `${text} `, field);
  const note = text => made("p", {className: "note", textContent: text});

  // An image map: a point, by a click or by two sliders.
  const image = field => {
    const {width, height, alt, picture} = field.dataset;
    const surface = field.parentElement.querySelector("[id^=imageinput_]");
    const mark = made("span", {className: "mark", hidden: true, ariaHidden: "true"});
    const shown = made("img", {src: picture, alt: alt || said("picture"), draggable: false});
    const slide = (text, most) => made("input", {type: "range", min: 0, max: most, value: Math.round(most / 2), ariaLabel: text});
    const across = slide(said("across"), Number(width));
    const down = slide(said("down"), Number(height));
    const put = (x, y) => {
      [across.value, down.value] = [Math.round(x), Math.round(y)];
      field.value = `[${across.value},${down.value}]`;
      draw();
    };
    const draw = () => {
      mark.hidden = !field.value;
      Object.assign(mark.style, {left: `${(100 * across.value) / width}%`, top: `${(100 * down.value) / height}%`});
      across.ariaValueText = down.ariaValueText = field.value ? said("point", {x: across.value, y: down.value}) : said("nothing");
    };
    shown.addEventListener("load", () => { shown.style.width = `${(100 * shown.naturalWidth) / width}%`; });
    surface.className = "image-answer";
    surface.style.cssText = `max-width:${Number(width)}px;aspect-ratio:${Number(width)}/${Number(height)}`;
    surface.replaceChildren(shown, mark);
    surface.addEventListener("click", event => {
      const box = surface.getBoundingClientRect();
      put(((event.clientX - box.left) * width) / box.width, ((event.clientY - box.top) * height) / box.height);
    });
    for (const one of [across, down]) one.addEventListener("input", () => put(Number(across.value), Number(down.value)));
    field.parentElement.append(made("p", {className: "slides"}, labelled(said("across"), across), labelled(said("down"), down)));
    const before = field.value.match(/^\[\s*(\d+)\s*,\s*(\d+)\s*\]$/);
    if (before) put(Number(before[1]), Number(before[2]));
    draw();
  };

  // Choices with fields in them.
  const choices = field => {
    const all = [...field.closest(".choicetextinput").querySelectorAll("input.ctinput")];
    const given = () => all.filter(one => one.type === "text" || one.checked).map(one => [one.id, one.value]);
    const update = () => { field.value = all.some(one => one.type !== "text" && one.checked) ? JSON.stringify(Object.fromEntries(given())) : "{}"; };
    for (const one of all) {
      one.addEventListener("input", () => {
        const choice = one.closest("section").querySelector("[type=radio],[type=checkbox]");
        if (one.type === "text" && one.value) choice.checked = true;
        update();
      });
    }
    for (const text of field.closest(".choicetextinput").querySelectorAll(".mock_label")) {
      text.addEventListener("click", () => text.closest("section").querySelector("[type=radio],[type=checkbox]").click());
    }
    update();
  };

  // Notes on a text: one tag, and a comment.
  const annotation = field => {
    const holder = field.closest(".annotation-input");
    const before = read(field.value) ?? {};
    const comment = holder.querySelector("textarea.comment");
    comment.removeAttribute("name");
    comment.setAttribute("aria-label", holder.querySelector(".block-comment")?.textContent ?? "");
    const update = () => {
      const options = [...holder.querySelectorAll(".tags [type=radio]:checked")].map(one => Number(one.value));
      field.value = JSON.stringify({options, comment: comment.value});
    };
    for (const tag of holder.querySelectorAll(".tags .tag")) {
      const one = made("input", {type: "radio", name: `tag-${field.id}`, value: tag.dataset.id});
      one.checked = (before.options ?? []).includes(Number(one.value));
      one.addEventListener("input", update);
      const label = made("label", {}, one, ` ${tag.textContent}`);
      tag.replaceWith(label);
    }
    comment.addEventListener("input", update);
    holder.querySelector(".annotation-return")?.remove();
  };

  // A formula, as it is read while it is written.
  const formula = field => {
    const place = field.form.querySelector(`[id="${CSS.escape(field.id)}_preview"]`) ?? field.after(made("div")) ?? field.nextElementSibling;
    place.setAttribute("aria-live", "polite");
    let waits;
    const show = told => {
      if (told?.html) place.replaceChildren(...new DOMParser().parseFromString(told.html, "text/html").body.childNodes);
      else place.textContent = told?.tex ? `\\(${told.tex}\\)` : "";
      if (told?.tex) window.MathJax?.typesetPromise?.([place]);
    };
    field.addEventListener("input", () => {
      clearTimeout(waits);
      waits = setTimeout(() => {
        const text = field.value;
        if (!text.trim()) return show(null);
        const told = {type: "preview", usage: field.form.dataset.usage, input: field.name, text};
        ask(told, answer => field.value === text && show(answer));
      }, 500);
    });
  };
  const ask = (told, done) => document.dispatchEvent(new CustomEvent("linkspan-ask", {detail: {told, done}}));

  // An author's page in a frame: asked by JSChannel's messages, its own channel ("JSInput") or that of part.js.
  const asked = new Map();
  let serial = 0;
  const post = (frame, told) => frame.contentWindow?.postMessage(JSON.stringify(told), "*");
  const call = (frame, method, params) => new Promise((resolve, reject) => {
    const id = ++serial;
    asked.set(id, {frame, resolve, reject});
    post(frame, {id, method, params});
    setTimeout(() => { asked.delete(id); reject(new Error("silent")); }, 3000);
  });
  const isChannel = field => field.closest(".jsinput").dataset.sop === "false";
  const get = (field, frame, channel, name) => isChannel(field) ? call(frame, `JSInput::${channel}`, "") : call(frame, "Linkspan::call", {path: name});
  const frameOf = field => field.closest(".jsinput").querySelector("iframe.part");
  const whole = (text, decode) => { try { return decode(text); } catch { return text; } };
  const collect = async field => {
    const {getstate, setstate} = field.closest(".jsinput").dataset;
    const frame = frameOf(field);
    const decode = isChannel(field) ? decodeURI : text => text;
    const answer = whole(String(await get(field, frame, "getGrade", field.closest(".jsinput").getAttribute("data"))), decode);
    if (!getstate || !setstate) { field.value = answer; return; }
    const state = whole(String(await get(field, frame, "getState", getstate)), isChannel(field) ? decodeURI : unescape);
    field.value = JSON.stringify({answer, state});
  };
  const restore = frame => {
    const {stored, initialState, setstate, sop} = frame.closest(".jsinput").dataset;
    if (!setstate || !(stored || initialState)) return;
    const before = read(stored ?? "") ?? stored;
    const state = stored ? (typeof before === "object" ? before.state : before) : initialState;
    const done = sop === "false" ? call(frame, "JSInput::setState", state) : call(frame, "Linkspan::call", {path: setstate, value: state});
    done.catch(() => {});
  };
  window.addEventListener("message", event => {
    const frame = [...document.querySelectorAll(".jsinput iframe.part")].find(one => one.contentWindow === event.source);
    if (!frame || typeof event.data !== "string" || event.data.length > 300000) return;
    event.stopImmediatePropagation();
    const told = read(event.data);
    const ready = told?.method?.match?.(/^(JSInput|Linkspan)::__ready$/);
    if (ready && told.params === "ping") {
      post(frame, {method: told.method, params: "pong"});
      if ((ready[1] === "JSInput") === (frame.closest(".jsinput").dataset.sop === "false")) restore(frame);
    } else if (asked.get(told?.id)?.frame === frame) {  // nobody answers what another was asked
      const {resolve, reject} = asked.get(told.id);
      asked.delete(told.id);
      if (told.error) reject(new Error(told.error)); else resolve(told.result ?? "");
    }
  });
  const page = field => {
    if (frameOf(field)?.dataset.absent) field.after(note(said("absent")));
  };

  const kinds = {
    imageinput: image, radiotextgroup: choices, checkboxtextgroup: choices, annotationinput: annotation, jsinput: page,
    drag_and_drop_input: field => window.linkspanDrag(field, {said, made, note, labelled, read}),
  };
  const ready = root => {
    for (const field of root.querySelectorAll("form.problem :is(input, select, textarea)")) {  // each is read out by a name
      if (field.type !== "hidden" && !field.labels.length && !field.ariaLabel?.trim() && !field.title) {
        field.removeAttribute("aria-label");
        if (!field.hasAttribute("aria-labelledby")) field.ariaLabel = field.form.getAttribute("aria-label");
      }
    }
    root.querySelectorAll(":is(.chemicalequationinput, .formulaequationinput) input[type=text]").forEach(formula);
    for (const field of root.querySelectorAll("[data-input]:not([data-ready])")) {
      field.dataset.ready = "true";
      if (field.dataset.absent) field.after(note(said("absent")));
      else kinds[field.dataset.input]?.(field);
    }
  };
  document.addEventListener("DOMContentLoaded", () => ready(document));
  document.addEventListener("linkspan-redrawn", ({detail}) => ready(detail.form));
  document.addEventListener("linkspan-collect", ({detail}) => {
    for (const field of detail.form.querySelectorAll("[data-input=jsinput]")) {
      if (!frameOf(field)?.dataset.absent) detail.waits.push(collect(field));
    }
  });
})();
