/* The queue refreshes itself; the selection and the focus stay where they were. */
(() => {
  "use strict";
  const { leadcrm } = window;
  const { $ } = leadcrm;

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
    const row = leadcrm.selected && $(`tr[data-row="${CSS.escape(leadcrm.selected)}"]`);
    if (row) leadcrm.select(row, hadFocus);
    leadcrm.tick();
  });
})();
