/* Nothing typed is lost: what stands in a form is kept in this tab until the server has it, and goes at log-out. */
(() => {
  "use strict";
  const { $, $$, freshId, say } = window.leadcrm;
  const PREFIX = "draft:";
  /* Where people write about people. Elsewhere forms hold codes and settings: those are neither kept nor sent by us. */
  const DESKS = /^\/(leads|policies)\//;
  const OLDEST = 12 * 3600 * 1000;
  const PATIENCE = 20000;
  const user = document.body.dataset.user;
  const unkept = new Set();
  let leaving = false;

  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && field.matches("input:not([type=hidden], [type=password], [type=file], [type=submit]), textarea, select"));
  const isDraft = (form) => form.method === "post" && DESKS.test(new URL(form.action).pathname) && fieldsOf(form).some((field) => field.matches("textarea, input:not([type=checkbox], [type=radio])"));
  const keyOf = (form) => `${PREFIX}${user}:${new URL(form.action).pathname}`;
  const forms = user ? $$("main form").filter(isDraft) : [];

  function isChanged(field) {
    if (field.matches("[type=radio], [type=checkbox]")) return field.checked !== field.defaultChecked;
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.value !== firstChoice(field);
    return field.value !== field.defaultValue;
  }
  const firstChoice = (select) => ([...select.options].find((option) => option.defaultSelected) || select.options[0] || {}).value;

  /* The tab's storage may be switched off or full: then leaving the page asks. */
  function store(form, draft) {
    try {
      if (draft) sessionStorage.setItem(keyOf(form), JSON.stringify(draft));
      else sessionStorage.removeItem(keyOf(form));
      unkept.delete(form);
    } catch {
      if (draft) unkept.add(form);
      else unkept.delete(form);
    }
  }
  function stored(form) {
    try { return JSON.parse(sessionStorage.getItem(keyOf(form))); } catch { return null; }
  }
  function forget(which) {
    try {
      for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX) && which(key)) sessionStorage.removeItem(key);
    } catch { /* nothing is kept where nothing can be */ }
  }

  /* What the form had shown goes along: whoever changed it meanwhile is not overwritten unseen. */
  function marks(form, changed) {
    const names = new Set(changed.map((field) => `seen_${field.name}`));
    return [...form.elements].filter((field) => field.type === "hidden" && (field.name === "seen" || names.has(field.name))).map((field) => [field.name, field.value]);
  }

  function keep(form, sent = form.dataset.sent) {
    const changed = fieldsOf(form).filter(isChanged);
    form.dataset.dirty = changed.length ? "yes" : "";
    if (!changed.length) { store(form, null); return; }
    const values = changed.map((field) => [field.name, field.matches("[type=radio], [type=checkbox]") ? [field.value, field.checked] : field.value]);
    store(form, { at: Date.now(), values, marks: marks(form, changed), sent: sent || "" });
  }

  function fill(form, [name, value]) {
    for (const field of fieldsOf(form).filter((each) => each.name === name)) {
      if (!Array.isArray(value)) field.value = value;
      else if (field.value === value[0]) field.checked = value[1];
    }
  }

  function drop(form) {
    store(form, null);
    delete form.dataset.sent;
    form.dataset.dirty = "";
    form.reset();
    if (form.elements.request_id) form.elements.request_id.value = freshId();
    const told = $(".kept", form);
    if (told) told.remove();
  }

  function tell(form, sent) {
    const noun = form.dataset.draft || "text";
    const line = document.createElement("p");
    line.className = "kept";
    line.setAttribute("role", "status");
    const words = document.createElement("span");
    words.textContent = sent ? `Nobody knows whether your ${noun} was saved: it is here again. Saving it again writes it once.` : `Your ${noun} was not saved yet: it is here again.`;
    const away = document.createElement("button");
    away.type = "button";
    away.className = "button button-small";
    away.textContent = "Throw away";
    away.addEventListener("click", () => drop(form));
    line.append(words, away);
    form.prepend(line);
  }

  function restore(form) {
    const draft = stored(form);
    if (!draft) return;
    if (!(Date.now() - draft.at < OLDEST)) { store(form, null); return; }
    const refused = $(".error-summary", form) !== null; /* it came back as it was sent */
    if (!refused) {
      for (const each of draft.values) fill(form, each);
      for (const [name, value] of draft.marks) if (form.elements[name]) form.elements[name].value = value;
      if (draft.sent && form.elements.request_id) {
        form.elements.request_id.value = draft.sent;
        form.dataset.sent = draft.sent;
      }
    }
    form.dataset.dirty = "yes";
    const box = form.closest("details");
    if (box) box.open = true;
    if (!refused) tell(form, draft.sent);
  }

  function failed(form, button, text) {
    if (button) button.removeAttribute("aria-disabled");
    form.removeAttribute("aria-busy");
    for (const each of $$("[data-once]", form)) each.removeAttribute("aria-disabled");
    say(unkept.has(form) ? text.replace("Your words are kept; try again.", "Leave this page open and try again.") : text, "error");
  }

  /* The browser's own way: the answer is a page that says what is wrong, with the words in it. */
  function sendPlainly(form, button) {
    if (button && button.name) {
      const chosen = document.createElement("input");
      chosen.type = "hidden";
      chosen.name = button.name;
      chosen.value = button.value;
      form.append(chosen);
    }
    unkept.delete(form);
    form.dataset.dirty = "";
    HTMLFormElement.prototype.submit.call(form);
  }

  function goTo(form, to) {
    unkept.delete(form);
    form.dataset.dirty = "";
    location.assign(to);
  }

  async function send(form, button) {
    const data = new FormData(form);
    if (button && button.name) data.set(button.name, button.value);
    const url = (button && button.getAttribute("formaction")) || form.getAttribute("action") || form.action;
    const page = (form.closest("[data-page]") || { dataset: { page: location.pathname } }).dataset.page;
    const id = form.elements.request_id ? form.elements.request_id.value : "";
    if (id) { form.dataset.sent = id; keep(form, id); }
    let reply;
    let answer = null;
    try {
      reply = await fetch(url, { method: "POST", body: new URLSearchParams(data), redirect: "manual", headers: { "X-Kept-Form": "1" }, signal: AbortSignal.timeout ? AbortSignal.timeout(PATIENCE) : undefined });
      if (reply.ok && (reply.headers.get("Content-Type") || "").includes("json")) answer = await reply.json();
    } catch (error) {
      failed(form, button, error.name === "TimeoutError" ? "No answer: nobody knows whether it was saved. Your words are kept; try again." : "Not saved: no connection. Your words are kept; try again.");
      return;
    }
    if (answer && answer.saved) { drop(form); goTo(form, answer.to); return; }
    const unsent = () => { delete form.dataset.sent; keep(form, ""); };
    if (answer) { unsent(); goTo(form, `${answer.to.split("?")[0]}?next=${encodeURIComponent(page)}`); }
    else if (reply.type === "opaqueredirect" || reply.headers.get("X-Kept-Form") === "stale") { unsent(); goTo(form, page); }
    else if (reply.status >= 500 || reply.status === 429) failed(form, button, "Not saved: the server had trouble. Your words are kept; try again.");
    else { unsent(); sendPlainly(form, button); }
  }

  for (const form of forms) {
    restore(form);
    form.addEventListener("input", () => keep(form));
    form.addEventListener("change", () => keep(form));
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches('form[action$="/logout/"]')) { leaving = true; forget(() => true); unkept.clear(); return; }
    if (event.defaultPrevented || !forms.includes(form)) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    send(form, event.submitter);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-drop-draft]")) return;
    const form = event.target.closest("form");
    if (form) drop(form);
  });
  /* Quick times and other scripts fill fields without an event of the person's. */
  window.addEventListener("pagehide", () => { if (!leaving) for (const form of forms) if (form.dataset.dirty || form.dataset.sent) keep(form); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) for (const form of forms) form.removeAttribute("aria-busy"); });
  window.addEventListener("beforeunload", (event) => { if (unkept.size) event.preventDefault(); });
  forget((key) => user && !key.startsWith(`${PREFIX}${user}:`));
  window.leadcrm.isTyping = () => forms.some((form) => form.dataset.dirty === "yes");
})();
