/* An import's page while it is at work: how far it is, every few seconds. Without this, reload the page. */
(() => {
  "use strict";
  const EVERY = 3000;

  async function refresh() {
    const old = document.querySelector("[data-import-refreshes]");
    if (!old) return;
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        if (answer.ok && !answer.redirected) show(old, await answer.text());
      } catch {
        /* The network is away: the next time. */
      }
    }
    setTimeout(refresh, EVERY);
  }

  function show(old, text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.querySelector("[data-import-progress]");
    if (!fresh) return;
    /* Over: the buttons are others, too. */
    if (!fresh.hasAttribute("data-import-refreshes")) location.reload();
    else old.replaceWith(document.adoptNode(fresh));
  }

  document.addEventListener("DOMContentLoaded", () => setTimeout(refresh, EVERY));
})();
