/* Clocks: how long a lead waits, how long evidence lasts, and the time where the consumer lives. */
(() => {
  "use strict";
  const { $$ } = window.leadcrm;

  const pad = (number) => String(number).padStart(2, "0");

  function waited(seconds) {
    if (seconds >= 172800) return `${Math.floor(seconds / 86400)} days`;
    if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 60)}:${pad(seconds % 60)}`;
  }

  function level(seconds) {
    if (seconds < 60) return "fresh";
    if (seconds < 300) return "warm";
    return seconds < 3600 ? "late" : "overdue";
  }

  /* What a clock of that zone shows, with its weekday where it is another day there than here. */
  const formats = new Map();
  function clockIn(zone, now) {
    if (!formats.has(zone)) {
      formats.set(zone, {
        day: new Intl.DateTimeFormat("en-US", { timeZone: zone }),
        plain: new Intl.DateTimeFormat("en-US", { timeZone: zone, hour: "numeric", minute: "2-digit" }),
        weekday: new Intl.DateTimeFormat("en-US", { timeZone: zone, weekday: "short" }),
      });
    }
    const { day, plain, weekday } = formats.get(zone);
    const clock = plain.format(now).replace(/\s/g, " ");
    return day.format(now) === now.toLocaleDateString("en-US") ? clock : `${weekday.format(now)} ${clock}`;
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    for (const clock of $$("[data-clock]")) {
      const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dateTime)) / 1000));
      write(clock, waited(seconds));
      clock.dataset.level = level(seconds);
      const box = clock.closest(".clock-box");
      if (box) box.dataset.level = clock.dataset.level;
    }
    for (const left of $$("[data-countdown]")) {
      const seconds = Math.floor((Date.parse(left.dateTime) - Date.now()) / 1000);
      write(left, seconds > 0 ? waited(seconds) : left.dataset.over || "0:00");
    }
    const now = new Date();
    for (const local of $$("[data-zone]")) write(local, ("guess" in local.dataset ? "~" : "") + clockIn(local.dataset.zone, now));
  }
  tick();
  setInterval(tick, 1000);
  window.leadcrm.tick = tick;
})();
