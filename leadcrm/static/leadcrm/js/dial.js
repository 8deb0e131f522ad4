/* Click to call: the server is asked at the click; only its yes dials. */
(() => {
  "use strict";
  const { leadcrm } = window;
  const { $, keys, freshId, say } = leadcrm;

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
    const root = $("#contact") || (leadcrm.selected && $(`tr[data-row="${CSS.escape(leadcrm.selected)}"]`));
    if (!root) return;
    const button = $("[data-call], [data-dial] button", root);
    if (button) { button.click(); return; }
    const why = $("details.call", root);
    if (why) { why.open = true; $("summary", why).focus(); }
  }

  keys.c = callSelected;
})();
