/* Forms: sent once, by Ctrl and Enter from a field of several lines, quick times, the first error in view. */
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

  /* As Enter does in a field of one line: the form's first button is pressed. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || event.defaultPrevented) return;
    const field = event.target.closest("textarea");
    const button = field && field.form && $("button[type=submit]", field.form);
    if (!button) return;
    event.preventDefault();
    if (!event.repeat) field.form.requestSubmit(button);
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
