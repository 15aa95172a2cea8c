"use strict";
// After all that the block loads: it begins, and its frame is told how high it is.
(() => {
  const {begin} = document.currentScript.dataset;
  const element = document.getElementById("block");
  const told = JSON.parse(document.getElementById("told").textContent);
  const height = () => window.parent.postMessage({type: "linkspan-height", height: Math.ceil(document.body.scrollHeight)}, "*");
  if (begin) window[begin](window.linkspanRuntime, element, told ?? {});
  new ResizeObserver(height).observe(document.body);
  height();
})();
