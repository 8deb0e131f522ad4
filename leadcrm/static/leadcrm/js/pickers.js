/* Lists in which one types to find a row say whose they are: the boxes that take the place of the select lose its label. */
(() => {
  "use strict";

  function name(select) {
    const label = select.labels && select.labels[0];
    const box = select.nextElementSibling && select.nextElementSibling.querySelector(".select2-selection");
    if (!label || !box) return;
    const words = label.textContent.replace(/:\s*$/, "").trim();
    const field = box.querySelector(".select2-selection__rendered");
    const shown = field && field.textContent.trim();
    box.removeAttribute("aria-labelledby");
    box.setAttribute("aria-label", shown ? `${words}: ${shown}` : words);
    if (field && field.getAttribute("role") === "textbox") field.setAttribute("aria-label", words);
    for (const typed of box.querySelectorAll(".select2-search__field")) typed.setAttribute("aria-label", words);
  }

  /* They come some time after the page, anew with every added row, and change with every choice. */
  const nameAll = () => document.querySelectorAll("select.admin-autocomplete").forEach(name);
  new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
  nameAll();
})();
