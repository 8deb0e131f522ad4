/* Forms: sent once, quick times, the first error in view. */
(() => {
  "use strict";
  const { $, $$ } = window.leadcrm;

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
})();
