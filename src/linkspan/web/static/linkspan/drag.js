"use strict";
// In the frame of a unit: things to be dragged onto a picture, by pointer, or by a list beside each of them.
window.linkspanDrag = (field, {said, made, note, read}) => {
  const told = read(field.dataset.drag) ?? {};
  const {draggables = [], targets = []} = told;
  const yes = value => String(value).toLowerCase() === "true";
  const [onto, alone] = [targets.length > 0, yes(told.one_per_target)];
  const placed = [];  // {thing, key} or {thing, x, y}
  const board = made("div", {className: "drag-board"});
  const list = made("ul", {className: "drag-things"});
  const picture = made("img", {src: told.base_image, alt: said("picture"), draggable: false});
  const scale = () => (picture.naturalWidth ? picture.clientWidth / picture.naturalWidth : 1);

  // Places: targets of the picture, and those on things that were placed themselves.
  const spots = () => [
    ...targets.map((one, index) => ({key: one.id, name: said("place", {number: index + 1}), x: +one.x, y: +one.y, w: +one.w, h: +one.h})),
    ...placed.filter(one => targets.some(target => target.id === one.key)).flatMap(({thing, key}) => {
      const base = targets.find(target => target.id === key);
      return (thing.target_fields ?? []).map((one, index) => ({
        key: `${key}/${thing.id}/${one.id}`, on: thing, value: {[one.id]: {[thing.id]: key}},
        name: said("placeOn", {number: index + 1, thing: thing.label || thing.id}), x: +base.x + +one.x, y: +base.y + +one.y, w: +one.w, h: +one.h,
      }));
    }),
  ];
  const store = () => {
    const known = new Map(spots().map(spot => [spot.key, spot]));
    const one = ({thing, key, x, y}) => ({[thing.id]: onto ? known.get(key).value ?? key : [x, y]});
    field.value = placed.length ? JSON.stringify(placed.map(one)) : "";
  };
  const put = (entry, spot) => {
    const at = placed.indexOf(entry);
    if (at >= 0) placed.splice(at, 1);
    if (spot) {
      if (alone && onto) {
        const taken = placed.findIndex(one => one.key === spot.key);
        if (taken >= 0) placed.splice(taken, 1);
      }
      placed.push(Object.assign(entry, spot));
    }
    for (let last = -1; last !== placed.length;) {  // what stood on a thing that is gone is gone, too
      last = placed.length;
      const keys = new Set(spots().map(one => one.key));
      if (onto) placed.splice(0, placed.length, ...placed.filter(one => keys.has(one.key)));
    }
    store();
    draw();
  };

  const face = thing => thing.icon
    ? made("img", {src: thing.icon, alt: thing.label || thing.id, draggable: false})
    : made("span", {textContent: thing.label || thing.id});
  const drag = (node, entry) => node.addEventListener("pointerdown", event => {
    if (event.button) return;
    event.preventDefault();
    node.setPointerCapture(event.pointerId);
    const move = ({clientX, clientY}) => { node.style.transform = `translate(${clientX - event.clientX}px, ${clientY - event.clientY}px)`; };
    const drop = ({clientX, clientY, type}) => {
      node.removeEventListener("pointermove", move);
      node.style.transform = "";
      if (type === "pointercancel") return;
      const box = board.getBoundingClientRect();
      const [x, y] = [(clientX - box.left) / scale(), (clientY - box.top) / scale()];
      const within = clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
      const hit = spots().reverse().find(one => one.on !== entry.thing && x >= one.x && x <= one.x + one.w && y >= one.y && y <= one.y + one.h);
      put(entry, onto ? hit && {key: hit.key} : within ? {x: Math.round(x), y: Math.round(y)} : null);
    };
    node.addEventListener("pointermove", move);
    node.addEventListener("pointerup", drop, {once: true});
    node.addEventListener("pointercancel", drop, {once: true});
  });

  const row = (entry, name) => {
    const chip = made("span", {className: "chip"}, face(entry.thing));
    drag(chip, entry);
    if (!onto) return made("li", {}, chip, ...["x", "y"].map(axis => point(entry, axis, name)));
    const where = made("select", {ariaLabel: said("where", {thing: name})}, made("option", {value: "", textContent: said("nowhere")}));
    for (const spot of spots()) {
      if (spot.on !== entry.thing) where.append(made("option", {value: spot.key, textContent: spot.name, selected: placed.includes(entry) && spot.key === entry.key}));
    }
    where.dataset.thing = list.childElementCount;
    where.addEventListener("change", () => put(entry, where.value ? {key: where.value} : null));
    return made("li", {}, chip, where);
  };
  const point = (entry, axis, name) => {
    const label = said(axis === "x" ? "acrossOf" : "downOf", {thing: name});
    const number = made("input", {type: "number", min: 0, max: 10000, ariaLabel: label, placeholder: axis, value: placed.includes(entry) ? entry[axis] : ""});
    number.dataset.thing = `${list.childElementCount}${axis}`;
    number.addEventListener("change", () => {
      const [x, y] = [...number.parentElement.querySelectorAll("input")].map(one => (one.value === "" ? NaN : Math.round(one.value)));
      if (Number.isFinite(x) && Number.isFinite(y)) put(entry, {x, y});
      else if (Number.isNaN(x) && Number.isNaN(y)) put(entry, null);
    });
    return number;
  };
  const draw = () => {
    const held = list.contains(document.activeElement) ? document.activeElement.dataset.thing : null;
    list.replaceChildren();
    for (const thing of draggables) {
      const mine = placed.filter(one => one.thing === thing);
      if (!mine.length || yes(thing.can_reuse)) mine.push({thing});
      for (const entry of mine) list.append(row(entry, thing.label || thing.id));
    }
    if (held) list.querySelector(`[data-thing="${held}"]`)?.focus();
    const by = scale();
    const marks = spots().map((one, index) => {
      const spot = made("span", {className: yes(told.target_outline) ? "spot outlined" : "spot", textContent: onto && index < targets.length ? index + 1 : ""});
      Object.assign(spot.style, {left: `${one.x * by}px`, top: `${one.y * by}px`, width: `${one.w * by}px`, height: `${one.h * by}px`});
      return spot;
    });
    const things = placed.map(entry => {
      const spot = onto ? spots().find(one => one.key === entry.key) : {x: entry.x, y: entry.y, w: 0, h: 0};
      const chip = made("span", {className: "chip placed"}, face(entry.thing));
      Object.assign(chip.style, {left: `${(spot.x + spot.w / 2) * by}px`, top: `${(spot.y + spot.h / 2) * by}px`});
      drag(chip, entry);
      return chip;
    });
    for (const chip of [...marks, ...things]) chip.setAttribute("aria-hidden", "true");
    board.replaceChildren(picture, ...marks, ...things);
  };

  const follow = (value, thing) => {  // {field: {draggable: target}} as the key of its spot
    if (typeof value === "string") return {key: value};
    if (Array.isArray(value)) return {x: value[0], y: value[1]};
    const [name, on] = Object.entries(value ?? {})[0] ?? [];
    const [holder, base] = Object.entries(on ?? {})[0] ?? [];
    return thing && holder ? {key: `${base}/${holder}/${name}`} : null;
  };
  const before = (read(field.value) ?? []).map(one => Object.entries(one)[0]);
  for (const [id, value] of before.sort((one, other) => (typeof one[1] === "object") - (typeof other[1] === "object"))) {
    const thing = draggables.find(one => one.id === id);
    const spot = thing && follow(value, thing);
    if (spot && (!onto || spots().some(one => one.key === spot.key))) placed.push({thing, ...spot});
  }
  picture.addEventListener("load", draw);
  picture.addEventListener("error", () => { picture.hidden = true; list.before(note(said("noPicture"))); }, {once: true});
  new ResizeObserver(draw).observe(picture);
  field.before(board, list);
  draw();
};
