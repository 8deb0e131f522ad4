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

  const isQueue = (event) => event.detail.target.id === "queue";
  let hadFocus = false;

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
