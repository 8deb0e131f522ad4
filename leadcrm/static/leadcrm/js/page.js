/* Every page: keys, menus, help, messages that go by themselves. */
(() => {
  "use strict";
  const { $, $$, keys } = window.leadcrm;

  const help = $("#help");
  Object.assign(keys, {
    "/": () => { const box = $("#search"); if (box) { box.focus(); box.select(); } },
    "?": () => { if (help) help.showModal(); },
    q: () => { const home = $(".topbar .brand"); if (home) location.assign(home.href); },
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && event.target.closest(".searchbox")) event.target.blur();
    const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, dialog[open]");
    if (typing || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  /* On a phone the menu may be wider than the page: the page one is on is shown. */
  const here = $(".mainnav [aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft + here.offsetWidth - here.parentElement.clientWidth;

  for (const button of $$("[data-help]")) {
    button.hidden = false;
    button.addEventListener("click", () => keys["?"]());
  }
  document.addEventListener("click", (event) => {
    for (const menu of $$("details.menu[open], .call-cell details.call[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of $$("details.menu[open], details.call[open]")) { menu.open = false; $("summary", menu).focus(); }
  });
  setTimeout(() => { for (const toast of $$(".toast-success")) toast.classList.add("toast-gone"); }, 6000);
})();
