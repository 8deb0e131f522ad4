/* Trying out tone and desktop notice: a click is what browsers want to see before either. */
(() => {
  "use strict";
  const { leadcrm } = window;
  const { $, $$ } = leadcrm;

  const said = $("[data-try-said]");
  if (!said) return;

  function say(text) {
    said.textContent = text;
    said.hidden = false;
  }

  const acts = {
    async sound() {
      await leadcrm.tone();
      $("#notices_sound").checked = true;
      say("That is the tone. Save to keep it.");
    },
    async desktop() {
      if (!("Notification" in window)) { say("This browser shows no desktop notices."); return; }
      if (await Notification.requestPermission() !== "granted") {
        say("This browser does not allow desktop notices for this site. Its settings for the site say so.");
        return;
      }
      new Notification("New lead: Final expense, TX", { tag: "leads-try" });
      $("#notices_desktop").checked = true;
      say("That is the notice. Save to keep it.");
    },
  };

  for (const button of $$("[data-try]")) {
    button.hidden = false;
    button.addEventListener("click", () => acts[button.dataset.try]().catch(() => say("This browser does not do that here.")));
  }
})();
