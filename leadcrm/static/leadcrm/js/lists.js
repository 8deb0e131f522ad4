/* Lists: j and k move, Enter opens. `leadcrm.selected` is the chosen row's `data-row`. */
(() => {
  "use strict";
  const { leadcrm } = window;
  const { $, $$, keys } = leadcrm;

  function select(row, focus = true) {
    for (const old of $$("tr[data-selected]")) delete old.dataset.selected;
    leadcrm.selected = row ? row.dataset.row : null;
    if (!row) return;
    row.dataset.selected = "";
    if (focus) $(".row-link", row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
  leadcrm.select = select;

  function move(step) {
    const rows = $$("tr[data-row]");
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.dataset.row === leadcrm.selected);
    const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
    select(rows[next]);
  }

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row && row.dataset.row !== leadcrm.selected) select(row, false);
  });

  Object.assign(keys, { j: () => move(1), k: () => move(-1) });
})();
