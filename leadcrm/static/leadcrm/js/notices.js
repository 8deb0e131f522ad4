/* New leads: asks every second and a half whether one came, and tells of it. Never reloads the page.

   The poll carries a token and a number; only a new number makes the page ask, with its session, who it is. */
(() => {
  "use strict";
  const { leadcrm } = window;
  const { $, keys } = leadcrm;

  const EVERY = 1500;
  const SLOWEST = 30000;
  const REST_AFTER = 300000; /* hidden for so long, with neither tone nor desktop notice wanted */

  /* A short tone of two notes. Browsers keep it silent until somebody has clicked or typed on the page. */
  let audio = null;
  async function tone() {
    audio = audio || new AudioContext();
    if (audio.state !== "running") await audio.resume();
    for (const [pitch, start] of [[880, 0], [1174.7, 0.14]]) {
      const at = audio.currentTime + start;
      const gain = new GainNode(audio, { gain: 0 });
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.18, at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.32);
      const note = new OscillatorNode(audio, { frequency: pitch, type: "sine" });
      note.connect(gain).connect(audio.destination);
      note.start(at);
      note.stop(at + 0.34);
    }
  }
  leadcrm.tone = tone;

  const frame = $("#notices");
  if (!frame) return;
  const given = frame.dataset;
  const news = $("#news");
  const line = $("[data-line]", frame);
  /* On a phone it stands at the foot: messages stand above it, and what is below it can be scrolled up. */
  new ResizeObserver(() => document.body.style.setProperty("--news-height", `${frame.offsetHeight}px`)).observe(frame);
  let token = given.token;
  let number = given.number;
  let failures = 0;
  let asking = false;
  let over = false;
  let nextAt = 0;
  let hiddenSince = document.hidden ? Date.now() : 0;

  function tell(text, link) {
    line.hidden = !text;
    if (line.dataset.said === text) return;
    line.dataset.said = text;
    line.textContent = text;
    if (!link) return;
    const a = document.createElement("a");
    a.href = link;
    a.textContent = "Log in again";
    a.target = "_blank"; /* what is typed here stays */
    a.rel = "noopener";
    line.append(" ", a);
  }

  /* Of several pages one makes a noise: the first to write the number down. */
  function first() {
    if (localStorage.getItem("notices:told") === number) return false;
    localStorage.setItem("notices:told", number);
    return true;
  }

  function alarm(form) {
    if ("quiet" in form.dataset || !first()) return;
    if (given.sound) tone().catch(() => undefined); /* not allowed to: the banner is there */
    if (!given.desktop || !("Notification" in window) || Notification.permission !== "granted") return;
    const notice = new Notification(form.dataset.text, { tag: `leads-${number}` });
    notice.onclick = () => { window.focus(); notice.close(); };
  }

  async function fetchNews() {
    const answer = await fetch(`${given.banner}?since=${given.since}`, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return false;
    if (!answer.ok) throw new Error(String(answer.status));
    if (answer.headers.get("X-For-User") !== document.body.dataset.user) return false; /* somebody else logged in */
    token = answer.headers.get("X-Poll-Token") || token;
    const html = (await answer.text()).trim();
    if (!html && !news.childElementCount) return true;
    const hadFocus = news.contains(document.activeElement);
    news.innerHTML = html;
    if (hadFocus) { const link = $("[data-open]", news); if (link) link.focus(); }
    if (leadcrm.tick) leadcrm.tick();
    return true;
  }

  /* The session opens no page any more: it ended, or has to pass a page of its own first. */
  function loggedOut() {
    over = true;
    failures = 0;
    nextAt = Date.now() + SLOWEST;
    const here = encodeURIComponent(location.pathname);
    tell("You are logged out: new leads are not shown here.", `${given.login}?next=${here}`);
  }

  async function renew() {
    if (await fetchNews()) nextAt = 0;
    else loggedOut();
  }

  async function ask() {
    const answer = await fetch(given.poll, {
      headers: { "X-Poll-Token": token, "If-None-Match": `"${number}"` }, cache: "no-store",
    });
    if (answer.status === 401) { await renew(); return; }
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(String(answer.status));
      const latest = await answer.text();
      if (!(await fetchNews())) { loggedOut(); return; }
      number = latest;
      document.body.dispatchEvent(new CustomEvent("newlead"));
      const form = $("[data-news]", news);
      if (form) alarm(form);
    }
    if (over || failures) tell("");
    over = false;
    failures = 0;
  }

  async function beat() {
    if (asking || Date.now() < nextAt || !token) return;
    const rests = hiddenSince && !given.sound && !given.desktop && Date.now() - hiddenSince > REST_AFTER;
    if (rests) return;
    asking = true;
    nextAt = Date.now() + EVERY - 100;
    try {
      await ask();
    } catch {
      failures += 1;
      nextAt = Date.now() + Math.min(SLOWEST, EVERY * 2 ** failures);
      if (failures > 1) tell("Connection lost, trying again. New leads are not shown meanwhile.");
    } finally {
      asking = false;
    }
  }

  function now() { nextAt = 0; beat(); }

  document.addEventListener("visibilitychange", () => {
    hiddenSince = document.hidden ? Date.now() : 0;
    if (!document.hidden) now();
  });
  window.addEventListener("online", now);
  window.addEventListener("pageshow", (event) => { if (event.persisted) now(); });

  /* Put aside: the server is told, so that no other page tells of it again. */
  function aside(ids) {
    const csrf = $("input[name=csrfmiddlewaretoken]");
    if (!csrf) return;
    const body = new URLSearchParams();
    for (const id of ids) body.append("lead", id);
    fetch(given.seen, { method: "POST", body, keepalive: true, headers: { "X-CSRFToken": csrf.value } })
      .catch(() => undefined); /* it comes back with the next page, and can be dismissed again */
  }

  news.addEventListener("submit", (event) => {
    event.preventDefault();
    aside([...event.target.querySelectorAll("input[name=lead]")].map((input) => input.value));
    news.replaceChildren();
  });
  news.addEventListener("click", (event) => {
    const link = event.target.closest("[data-open]");
    if (link) aside([link.dataset.open]);
  });

  function open() {
    const link = $("[data-open]", news);
    if (link) link.click();
    return Boolean(link);
  }
  keys.g = open;
  document.addEventListener("keydown", (event) => {
    const idle = event.target === document.body || event.target.id === "main";
    if (event.key === "Enter" && idle && !leadcrm.selected && !event.defaultPrevented && open()) event.preventDefault();
  });

  if (given.opened) aside([given.opened]);
  try {
    const ticker = new Worker(given.ticker);
    ticker.onmessage = beat;
    ticker.onerror = () => setInterval(beat, EVERY);
  } catch {
    setInterval(beat, EVERY);
  }
  beat();
})();
