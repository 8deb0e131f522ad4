/* What the other scripts share, as `leadcrm`. Every page works without any of them. */
window.leadcrm = (() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* Keys that act on the page, by `event.key`: each script adds its own (page.js listens). */
  const keys = {};

  /* A form's request id for the next time: a double click is one request, two clicks are two. */
  function freshId() {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    return [...b].map((x, i) => ([4, 6, 8, 10].includes(i) ? "-" : "") + x.toString(16).padStart(2, "0")).join("");
  }

  /* Tell the person something at once: level success, error or warning; `more` are further lines. */
  function say(text, level, more = []) {
    const box = $("#messages");
    for (const old of $$(".toast-call", box)) old.remove();
    const toast = document.createElement("div");
    toast.className = `toast toast-call toast-${level}`;
    const words = document.createElement("div");
    for (const line of [text, ...more]) {
      const p = document.createElement("p");
      p.textContent = line;
      words.append(p);
    }
    const close = document.createElement("button");
    close.type = "button";
    close.className = "toast-close";
    close.textContent = "Close";
    close.addEventListener("click", () => toast.remove());
    toast.append(words, close);
    box.append(toast);
  }

  return { $, $$, keys, freshId, say, selected: null };
})();
