/* Clocks, keys and small comforts. Every page works without this file. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  /* --- Clocks: a waiting lead's age, and the time where the consumer lives ------------------------- */

  const pad = (number) => String(number).padStart(2, "0");

  function waited(seconds) {
    if (seconds >= 172800) return `${Math.floor(seconds / 86400)} days`;
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    return hours ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
  }

  function level(seconds) {
    if (seconds < 60) return "fresh";
    if (seconds < 300) return "warm";
    return seconds < 3600 ? "late" : "overdue";
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    for (const clock of $$("[data-clock]")) {
      const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dateTime)) / 1000));
      write(clock, waited(seconds));
      clock.dataset.level = level(seconds);
      const box = clock.closest(".clock-box");
      if (box) box.dataset.level = clock.dataset.level;
    }
    for (const left of $$("[data-countdown]")) {
      const seconds = Math.floor((Date.parse(left.dateTime) - Date.now()) / 1000);
      write(left, seconds > 0 ? waited(seconds) : "gone");
    }
    for (const local of $$("[data-zone]")) {
      const format = new Intl.DateTimeFormat("en-US", { timeZone: local.dataset.zone, hour: "numeric", minute: "2-digit" });
      write(local, ("guess" in local.dataset ? "~" : "") + format.format().replace(/\s/g, " "));
    }
  }
  tick();
  setInterval(tick, 1000);

  /* --- Lists: j and k move, Enter opens ------------------------------------------------------------ */

  let selected = null;

  function select(row, focus = true) {
    for (const old of $$("tr[data-selected]")) delete old.dataset.selected;
    selected = row ? row.dataset.row : null;
    if (!row) return;
    row.dataset.selected = "";
    if (focus) $(".row-link", row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const rows = $$("tr[data-row]");
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.dataset.row === selected);
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
    select(rows[next]);
  }

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row && row.dataset.row !== selected) select(row, false);
  });

  /* --- Keys ------------------------------------------------------------------------------------------ */

  const help = $("#help");

  function openForm(id) {
    const box = document.getElementById(id);
    if (!box) return false;
    box.open = true;
    const field = $("textarea, input:not([type=hidden])", box);
    box.scrollIntoView({ block: "nearest" });
    field.focus();
    if (field.select) field.select();
    return true;
  }

  function chooseOutcome(number) {
    const radio = $$(".outcome input")[number - 1];
    if (!radio) return false;
    radio.checked = true;
    radio.focus();
    $("#log-call").scrollIntoView({ block: "nearest" });
    return true;
  }

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    "/": () => { const box = $("#search"); if (box) { box.focus(); box.select(); } },
    "?": () => { if (help) help.showModal(); },
    q: () => { const home = $(".topbar .brand"); if (home) location.assign(home.href); },
    n: () => openForm("note"),
    f: () => openForm("follow-up"),
    o: () => openForm("opt-out"),
    c: () => callSelected(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && event.target.closest(".searchbox")) event.target.blur();
    const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, dialog");
    if (typing) return;
    const act = KEYS[event.key] || (/^[1-9]$/.test(event.key) && $(".outcome") ? () => chooseOutcome(+event.key) : null);
    if (!act) return;
    event.preventDefault();
    act();
  });

  /* --- Forms: sent once, quick times, the first error in view ------------------------------------------ */

  document.addEventListener("submit", (event) => {
    const button = $("[data-once]", event.target);
    if (!button) return;
    if (button.getAttribute("aria-disabled") === "true") { event.preventDefault(); return; }
    button.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const button of $$("[data-once]")) button.removeAttribute("aria-disabled");
  });

  for (const quick of $$("[data-quick]")) {
    quick.hidden = false;
    quick.addEventListener("click", (event) => {
      const value = event.target.dataset.fill;
      if (!value) return;
      const field = document.getElementById(quick.dataset.quick);
      field.value = value;
      field.focus();
    });
  }

  const errors = $("[data-errors]");
  if (errors) errors.focus();

  /* --- Click to call: the server is asked at the click; only its yes dials ------------------------------- */

  function freshId() {
    const b = crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    return [...b].map((x, i) => ([4, 6, 8, 10].includes(i) ? "-" : "") + x.toString(16).padStart(2, "0")).join("");
  }

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

  async function dial(form, button) {
    const data = new FormData(form);
    if (button && button.name) data.set(button.name, button.value);
    const url = (button && button.getAttribute("formaction")) || form.getAttribute("action");
    let answer;
    try {
      const reply = await fetch(url, { method: "POST", body: data, headers: { Accept: "application/json" } });
      if (!(reply.headers.get("Content-Type") || "").includes("json")) throw new Error(String(reply.status));
      answer = await reply.json();
    } catch {
      say("Nobody was called: the server gave no answer. Check the connection, or reload the page and log in again.", "error");
      return;
    }
    if (button && button.name) button.value = freshId();
    else form.elements.request_id.value = freshId();
    if (answer.allowed) {
      say(`Dialing. ${answer.text}.`, "success");
      location.assign(answer.tel);
    } else {
      const reasons = answer.reasons.map((why) => why.text).filter((text) => !answer.text.includes(text));
      say(answer.text, "error", reasons);
    }
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-dial]");
    if (!form) return;
    event.preventDefault();
    const button = event.submitter;
    if (form.dataset.asking) return;
    form.dataset.asking = "";
    if (button) button.setAttribute("aria-busy", "true");
    await dial(form, button);
    delete form.dataset.asking;
    if (button) button.removeAttribute("aria-busy");
  });

  function callSelected() {
    const root = $("#contact") || (selected && $(`tr[data-row="${CSS.escape(selected)}"]`));
    if (!root) return;
    const button = $("[data-call], [data-dial] button", root);
    if (button) { button.click(); return; }
    const why = $("details.call", root);
    if (why) { why.open = true; $("summary", why).focus(); }
  }

  /* --- Menus, help, toasts ------------------------------------------------------------------------------- */

  for (const button of $$("[data-help]")) {
    button.hidden = false;
    button.addEventListener("click", () => KEYS["?"]());
  }
  document.addEventListener("click", (event) => {
    for (const menu of $$("details.menu[open], .call-cell details.call[open]")) if (!menu.contains(event.target)) menu.open = false;
    const jump = event.target.closest('a[href="#note"]');
    if (jump) { event.preventDefault(); openForm("note"); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of $$("details.menu[open], details.call[open]")) { menu.open = false; $("summary", menu).focus(); }
  });
  setTimeout(() => { for (const toast of $$(".toast-success")) toast.classList.add("toast-gone"); }, 6000);

  /* --- The queue refreshes itself; the selection and the focus stay where they were ---------------------------- */

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 200 && !event.detail.xhr.responseText.includes('id="queue"')) {
      event.detail.shouldSwap = false; /* logged out meanwhile */
      location.reload();
    }
  });
  let hadFocus = false;
  document.addEventListener("htmx:beforeSwap", () => { hadFocus = Boolean(document.activeElement.closest("tr[data-row]")); });
  document.addEventListener("htmx:afterSwap", () => {
    const queue = $("#queue");
    if (queue) document.title = document.title.replace(/^(\(\d+\) )?/, +queue.dataset.waiting ? `(${queue.dataset.waiting}) ` : "");
    const row = selected && $(`tr[data-row="${CSS.escape(selected)}"]`);
    if (row) select(row, hadFocus);
    tick();
  });
})();
