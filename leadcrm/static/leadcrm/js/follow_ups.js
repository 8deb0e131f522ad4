/* The list of follow-ups: choose by x, done by d, snooze by s; how many are chosen. */
(() => {
  "use strict";
  const { leadcrm } = window;
  const { $, $$, keys } = leadcrm;
  const form = $("#chosen");
  if (!form) return;

  const boxes = () => $$('input[name="ids"]', form);
  const count = $("[data-count]", form);
  const all = $("[data-all]", form);
  const allBox = $("input", all);
  const idle = count.textContent;
  all.hidden = false;

  function show() {
    const chosen = boxes().filter((box) => box.checked).length;
    count.textContent = chosen ? `${chosen} chosen` : idle;
    allBox.checked = chosen > 0 && chosen === boxes().length;
    allBox.indeterminate = chosen > 0 && !allBox.checked;
  }

  const current = () => leadcrm.selected && $(`tr[data-row="${CSS.escape(leadcrm.selected)}"] input[name="ids"]`, form);

  function toggle() {
    const box = current();
    if (!box) return;
    box.checked = !box.checked;
    show();
  }

  /* With none chosen, the row under the cursor is meant. */
  function withChosen(act) {
    if (!boxes().some((box) => box.checked)) {
      const box = current();
      if (!box) return;
      box.checked = true;
      show();
    }
    act();
  }

  form.addEventListener("change", (event) => {
    if (event.target === allBox) for (const box of boxes()) box.checked = allBox.checked;
    if (event.target.name === "at" && event.target.value) form.elements.until.value = "at";
    show();
  });
  window.addEventListener("pageshow", show);

  Object.assign(keys, {
    x: toggle,
    d: () => withChosen(() => $("[data-done]", form).click()),
    s: () => withChosen(() => form.elements.until.focus()),
  });
})();
