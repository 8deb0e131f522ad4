/* A lead's page: keys that open its forms. */
(() => {
  "use strict";
  const { $, keys } = window.leadcrm;

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


  function openEdit() {
    const link = $("[data-edit]");
    if (link) link.click();
  }

  Object.assign(keys, { e: openEdit, n: () => openForm("note"), f: () => openForm("follow-up"), o: () => openForm("opt-out") });

  document.addEventListener("click", (event) => {
    const jump = event.target.closest('a[href="#note"]');
    if (jump) { event.preventDefault(); openForm("note"); }
  });
})();
