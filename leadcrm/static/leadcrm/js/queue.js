/* The queue refreshes itself; the selection and the focus stay where they were. 1 to 9 log a call, s snoozes. */
(() => {
  "use strict";
  const { leadcrm } = window;
  const { $, keys } = leadcrm;

  const selected = () => leadcrm.selected && $(`tr[data-row="${CSS.escape(leadcrm.selected)}"]`);

  /* The chosen lead's page, with the outcome of this key chosen. */
  function wrapUp(code) {
    const link = selected() && $(".row-link", selected());
    if (link) location.assign(`${link.href}?outcome=${encodeURIComponent(code)}#log-call`);
  }
  for (const pair of ($("#queue")?.dataset.outcomes || "").trim().split(" ").filter(Boolean)) {
    const [key, code] = pair.split(":");
    keys[key] = () => wrapUp(code);
  }

  /* The chosen row's snooze menu; Escape closes it again. */
  keys.s = () => {
    const menu = selected() && $("details.snooze", selected());
    if (!menu) return;
    menu.open = true;
    $("button", menu).focus();
  };
  const openMenu = () => $("#queue details[open]");
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.snooze[open]");
    if (!menu) return;
    menu.open = false;
    $(".row-link", menu.closest("tr")).focus();
  });
  document.addEventListener("click", (event) => {
    const menu = $("details.snooze[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });

  const isQueue = (event) => event.detail.target.id === "queue";
  let hadFocus = false;

  /* What a person has opened is not swapped away under their hands. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isQueue(event) && openMenu()) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isQueue(event)) return;
    hadFocus = Boolean(document.activeElement.closest("tr[data-row]"));
    if (event.detail.xhr.status === 200 && !event.detail.xhr.responseText.includes('id="queue"')) {
      event.detail.shouldSwap = false; /* logged out meanwhile */
      location.reload();
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!isQueue(event)) return;
    const queue = $("#queue");
    if (queue) document.title = document.title.replace(/^(\(\d+\) )?/, +queue.dataset.waiting ? `(${queue.dataset.waiting}) ` : "");
    const row = selected();
    if (row) leadcrm.select(row, hadFocus);
    leadcrm.tick();
  });
})();
