/* A replay that is under way shows how far it is, and itself when it is done. Without this: “Look again”. */
(() => {
  "use strict";
  const running = () => document.querySelector("[data-replay-runs]");

  async function look() {
    if (!running() || document.hidden) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector(".routing-result");
      if (!fresh) return;
      if (!fresh.hasAttribute("data-replay-runs")) return location.reload();
      const text = fresh.querySelector("[role=status]");
      running().querySelector("[role=status]").replaceWith(document.adoptNode(text));
    } catch {
      /* The next look tries again; the link is there meanwhile. */
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (running()) setInterval(look, 2000);
  });
})();
