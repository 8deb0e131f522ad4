/* Wrapping up a call: 1 to 9 choose how it went, Enter saves, x goes to the next lead. */
(() => {
  "use strict";
  const { $, $$, keys } = window.leadcrm;
  const box = $("#log-call");
  const form = box && $("form", box);
  if (!form) return;

  function choose(label) {
    const radio = $("input", label);
    radio.checked = true;
    radio.focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest" });
  }

  for (const label of $$(".outcome[data-key]", form)) keys[label.dataset.key] = () => choose(label);
  const next = $("[data-next]");
  if (next) keys.x = () => next.click();

  /* An outcome that needs a time: the first Enter asks for it, what is typed then is saved. */
  const when = form.elements.next_at;
  const needsTime = () => Boolean($(".outcome[data-asks-when] input:checked", form)) && !when.value;

  function save() {
    if (needsTime()) when.focus();
    else form.requestSubmit();
  }

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const note = event.target.closest("textarea");
    if (note && !(event.ctrlKey || event.metaKey)) return;
    if (!note && !event.target.closest("input")) return;
    event.preventDefault();
    save();
  });

  /* From the queue with an outcome already chosen: Enter saves at once. A browser that jumps to the address's part
     takes the focus away, until the page is loaded and after that once more. */
  const chosen = $(".outcome input:checked", form);
  if (!chosen || location.hash !== "#log-call") return;
  const focus = () => { if (document.activeElement === document.body) choose(chosen.closest(".outcome")); };
  focus();
  window.addEventListener("load", () => { focus(); requestAnimationFrame(() => setTimeout(focus, 0)); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== document.body || event.defaultPrevented) return;
    event.preventDefault();
    save();
  });
})();
