/* Who else is on this lead, in one line that keeps its place; and whether the lead is still ours to save on. */
(() => {
  "use strict";
  const { leadcrm } = window;
  const { $ } = leadcrm;
  const line = $("#presence");
  const token = $("main [name=csrfmiddlewaretoken]");
  if (!line || !token) return;
  const EVERY = 15000;
  let told = false;
  let timer = 0;

  const isTyping = () => Boolean(leadcrm.isTyping && leadcrm.isTyping());
  const body = (more) => new URLSearchParams({ csrfmiddlewaretoken: token.value, ...more });

  function write(texts, lost = false) {
    const text = texts.join(". ");
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("presence-lost", lost);
    line.hidden = !text;
  }

  async function ask() {
    clearTimeout(timer);
    if (document.visibilityState !== "visible") return;
    told = isTyping();
    let reply;
    try {
      reply = await fetch(line.dataset.url, { method: "POST", redirect: "manual", body: body({ typing: told ? "1" : "" }) });
    } catch {
      timer = setTimeout(ask, EVERY); /* no connection: the forms say so when it matters */
      return;
    }
    if (reply.status === 404) { write(["This lead has gone to a colleague. Copy what you have not saved."], true); return; }
    if (reply.type === "opaqueredirect" || reply.status === 403) { write(["You are logged out. What you typed is kept: log in again."], true); return; }
    if (reply.ok) write((await reply.json()).others);
    timer = setTimeout(ask, EVERY);
  }

  document.addEventListener("visibilitychange", ask);
  /* The other one sees within moments that somebody has begun to write. */
  document.addEventListener("input", () => { if (isTyping() !== told) { told = isTyping(); clearTimeout(timer); timer = setTimeout(ask, 500); } });
  window.addEventListener("pagehide", () => navigator.sendBeacon(line.dataset.url, body({ left: "1" })));
  window.addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
  ask();
})();
