/* The live floor asks every fifteen seconds what changed, and exchanges only the parts that did. What is open stays
   open, what has the focus keeps it, what is being read stays where it is. It rests while nobody looks, and where it is switched off. */
(() => {
  "use strict";
  const { leadcrm } = window;
  const { $, $$ } = leadcrm;

  const EVERY = 15000;
  const SLOWEST = 120000;
  const OFF = "floor:off"; /* of this browser: whether to refresh at all */
  const floor = $("#floor");
  const live = $("#floor-live");
  const says = $("#floor-says");
  if (!floor) return;
  let etag = `"${$$("[data-stamp]", floor).map((part) => part.dataset.stamp).join("-")}"`;
  let failures = 0;
  let asking = false;
  let over = false;
  let nextAt = Date.now() + EVERY;

  /* The same element in the new part: by its id, else by where it leads, else by its name and value. */
  function twin(part, old) {
    if (old.id) return document.getElementById(old.id);
    const same = (one) => one.tagName === old.tagName && one.getAttribute("href") === old.getAttribute("href")
      && one.value === old.value && one.textContent === old.textContent;
    return $$(old.tagName, part).find(same);
  }

  function exchange(part) {
    const old = document.getElementById(part.id);
    if (!old) { floor.append(part); return; }
    if (old.dataset.stamp === part.dataset.stamp) return;
    const focus = old.contains(document.activeElement) ? document.activeElement : null;
    /* A list that is being chosen from would close under the hand. */
    if (focus && focus.tagName === "SELECT") return;
    const open = $$("details", old).map((details) => details.open);
    old.replaceWith(part);
    $$("details", part).forEach((details, number) => { details.open = Boolean(open[number]); });
    const again = focus && twin(part, focus);
    if (again) again.focus({ preventScroll: true });
  }

  /* The part in the middle of the window: what comes above it must not push it down. */
  function beingRead() {
    const middle = window.innerHeight / 2;
    return $$("[data-stamp]", floor).find((part) => part.getBoundingClientRect().bottom > middle);
  }

  function take(html) {
    const parts = $$("[data-stamp]", new DOMParser().parseFromString(html, "text/html"));
    const read = window.scrollY && beingRead();
    const top = read && read.getBoundingClientRect().top;
    for (const part of parts) exchange(document.adoptNode(part));
    if (read) window.scrollBy(0, document.getElementById(read.id).getBoundingClientRect().top - top);
    etag = `"${$$("[data-stamp]", floor).map((part) => part.dataset.stamp).join("-")}"`;
    if (leadcrm.tick) leadcrm.tick();
  }

  function tell(text) {
    if (says.textContent !== text) says.textContent = text;
  }

  async function ask() {
    const answer = await fetch(location.href, {
      headers: { "X-Floor-Parts": "1", "If-None-Match": etag }, cache: "no-store", redirect: "manual",
    });
    if (answer.type === "opaqueredirect" || answer.status === 403) {
      over = true;
      tell("You are logged out, or may not see this any more: reload the page.");
      return;
    }
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.text());
    }
    $("#floor-clock").textContent = answer.headers.get("X-Floor-At");
    failures = 0;
    tell("");
  }

  async function turn() {
    if (asking || over || document.hidden || !live.checked || Date.now() < nextAt) return;
    asking = true;
    try {
      await ask();
    } catch {
      failures += 1;
      tell("No answer from the server: these figures are old. Trying again.");
    } finally {
      asking = false;
      nextAt = Date.now() + Math.min(EVERY * 2 ** failures, SLOWEST);
    }
  }

  function switched() {
    live.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1");
    tell(live.checked || over ? "" : "Stands still.");
    nextAt = 0;
    turn();
  }

  live.checked = !localStorage.getItem(OFF);
  live.closest("label").hidden = false;
  if (!live.checked) tell("Stands still.");
  live.addEventListener("change", switched);
  document.addEventListener("visibilitychange", turn);
  setInterval(turn, 1000);
})();
