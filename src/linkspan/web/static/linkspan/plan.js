"use strict";
// The plan by term: a course follows its list into the column of its term, and is dragged there by its title.
addEventListener("DOMContentLoaded", () => {
  const board = document.getElementById("terms");
  if (!board) return;
  const said = document.getElementById("plan-said");
  const columns = [...board.querySelectorAll(".term")];
  const courses = [...board.querySelectorAll(".course")];
  const listOf = course => course.querySelector("select");
  const columnOf = term => columns.find(column => column.dataset.term === term);
  const takes = (course, term) => [...listOf(course).options].some(option => option.value === term);

  const count = () => {
    for (const column of columns) {
      const sum = column.querySelector(".sum");
      const all = [...column.querySelectorAll(".course")].reduce((total, course) => total + Number(course.dataset.credits), 0);
      if (sum) sum.textContent = all.toLocaleString(document.documentElement.lang);
    }
  };
  const settle = course => {
    const list = listOf(course);
    const column = columnOf(list.value) ?? columnFor(list.value, list.selectedOptions[0].textContent);
    const held = document.activeElement;
    column.append(course);
    if (course.contains(held)) held.focus();
    count();
    const words = {COURSE: course.querySelector("h4").textContent, TERM: list.selectedOptions[0].textContent};
    said.textContent = said.dataset.said.replace(/COURSE|TERM/g, name => words[name]);
  };
  // A term that has no column yet gets one, in order: terms are written year first, and lists hold them in order.
  const columnFor = (term, words) => {
    const column = document.createElement("section");
    const head = document.createElement("h3");
    column.className = "term";
    column.dataset.term = term;
    head.textContent = words;
    column.append(head);
    const later = [...order.slice(order.indexOf(term) + 1)].map(columnOf).find(Boolean);
    board.insertBefore(column, later ?? null);
    columns.push(column);
    receive(column);
    return column;
  };
  const order = JSON.parse(board.dataset.order);

  let dragged = null;
  const receive = column => {
    const may = () => dragged && takes(dragged, column.dataset.term);
    column.addEventListener("dragover", event => {
      if (!may()) return;
      event.preventDefault();
      column.classList.add("over");
    });
    column.addEventListener("dragleave", () => column.classList.remove("over"));
    column.addEventListener("drop", event => {
      column.classList.remove("over");
      if (!may()) return;
      event.preventDefault();
      listOf(dragged).value = column.dataset.term;
      listOf(dragged).dispatchEvent(new Event("change", {bubbles: true}));
    });
  };
  columns.forEach(receive);
  const before = course => courses.filter(other => other !== course
    && (other.dataset.slot === course.dataset.after || ("last" in course.dataset && !("last" in other.dataset))));
  for (const course of courses) {
    const grip = course.querySelector("h4");
    grip.draggable = true;
    grip.addEventListener("dragstart", event => {
      dragged = course;
      event.dataTransfer.setData("text/plain", grip.textContent);
      columns.forEach(column => column.classList.toggle("closed", !takes(course, column.dataset.term)));
    });
    grip.addEventListener("dragend", () => {
      dragged = null;
      columns.forEach(column => column.classList.remove("closed", "over"));
    });
    listOf(course).addEventListener("change", () => settle(course));
    const light = on => () => before(course).forEach(other => other.classList.toggle("needed", on));
    course.addEventListener("pointerenter", light(true));
    course.addEventListener("pointerleave", light(false));
    course.addEventListener("focusin", light(true));
    course.addEventListener("focusout", light(false));
  }
});
