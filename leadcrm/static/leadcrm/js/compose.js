/* Writing a text or an e-mail: wordings filled in at once, how many parts a text is sent as. */
(() => {
  "use strict";
  const { $, $$, keys } = window.leadcrm;

  /* The 7-bit alphabet of texts, as agents/messaging/segments.py has it. */
  const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const EXTENDED = new Set("\f^{}\\[~]|€");

  function parts(text) {
    const odd = [...text].find((sign) => !BASIC.has(sign) && !EXTENDED.has(sign));
    const units = odd ? text.length : [...text].reduce((sum, sign) => sum + (EXTENDED.has(sign) ? 2 : 1), 0);
    const [one, many] = odd ? [70, 67] : [160, 153];
    return { count: units <= one ? 1 : Math.ceil(units / many), units, odd };
  }

  function tell(form) {
    const line = $("[data-parts]", form);
    if (!line) return;
    const text = form.elements.body.value;
    const { count, units, odd } = parts(text);
    let words = text ? `${units} characters, sent as ${count} ${count === 1 ? "text" : "texts"}.` : "Up to 160 plain characters are one text.";
    if (text && odd) words += ` “${odd}” makes texts shorter: 70 characters each.`;
    if (line.textContent !== words) line.textContent = words;
  }

  for (const form of $$("[data-compose]")) {
    const wordings = JSON.parse(form.dataset.compose);
    const { template, subject, body } = form.elements;
    const use = $("[data-fill]", form);
    let filled = { subject: subject ? subject.value : "", body: body.value };
    if (use) use.hidden = true;
    if (template) {
      template.addEventListener("change", () => {
        const [newSubject, newBody] = wordings[template.value] || ["", ""];
        const untouched = body.value === filled.body && (!subject || subject.value === filled.subject);
        if (!untouched && body.value.trim() && !window.confirm("Replace what you have written?")) return;
        body.value = newBody;
        if (subject) subject.value = newSubject;
        filled = { subject: newSubject, body: newBody };
        body.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
    body.addEventListener("input", () => tell(form));
    tell(form);
  }

  function openForm(id) {
    const box = document.getElementById(id);
    if (!box) return;
    box.open = true;
    box.scrollIntoView({ block: "nearest" });
    ($("select, input:not([type=hidden]), textarea", box) || $("summary", box)).focus();
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest('a[href="#email"]')) return;
    event.preventDefault();
    openForm("email");
  });
  Object.assign(keys, { t: () => openForm("text"), m: () => openForm("email") });
})();
