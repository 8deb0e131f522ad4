/* Posting instructions: copying code, and the console that sends test posts. The key stays in its field. */
(() => {
  "use strict";
  const { $, $$ } = window.leadcrm;

  /* --- Copying --- */

  for (const code of $$("[data-copy]")) {
    const box = document.createElement("div");
    box.className = "copying";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Press Ctrl-C";
        getSelection().selectAllChildren(code);
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    code.replaceWith(box);
    box.append(button, code);
  }

  /* --- The console --- */

  const form = $("[data-console]");
  if (!form) return;
  const part = (name) => $(`[data-${name}]`, form);
  const loose = (name) => name.replace(/[_\-\s]/g, "").toLowerCase();
  const tests = JSON.parse(form.dataset.tests).map(loose);
  $("[data-unscripted]").hidden = true;
  form.hidden = false;
  addEventListener("pagehide", () => { part("key").value = ""; });

  /* `value` without any field that says whether it is a test: this page alone says that. */
  function withoutTests(value) {
    if (Array.isArray(value)) return value.map(withoutTests);
    if (value === null || typeof value !== "object") return value;
    const kept = Object.entries(value).filter(([name]) => {
      const path = loose(name);
      return !tests.includes(path) && !tests.includes(path.split(".").pop());
    });
    return Object.fromEntries(kept.map(([name, inner]) => [name, withoutTests(inner)]));
  }

  /* The lead as it is sent. Throws an Error with a sentence for people. */
  function readLead() {
    let lead;
    try {
      lead = JSON.parse(part("lead").value);
    } catch (error) {
      throw new Error(`The lead is no JSON: ${error.message}`);
    }
    if (lead === null || typeof lead !== "object" || Array.isArray(lead)) throw new Error("The lead must be one object, in braces.");
    lead = withoutTests(lead);
    const { zip, test } = form.dataset;
    if (zip && part("outcome").value) lead[zip] = part("outcome").value;
    const id = part("fresh").dataset.name;
    if (id && part("fresh").checked) lead[id] = `TRY-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    return { ...lead, [test]: true };
  }

  /* Pairs of a form, what is nested as name[inner]. */
  function* pairs(value, name) {
    if (value !== null && typeof value === "object") {
      for (const [inner, each] of Object.entries(value)) yield* pairs(each, name ? `${name}[${inner}]` : inner);
    } else if (value !== null) {
      yield [name, String(value)];
    }
  }

  function written(lead) {
    if (part("format").value === "json") return ["application/json", JSON.stringify(lead, null, 2)];
    return ["application/x-www-form-urlencoded", new URLSearchParams([...pairs(lead, "")]).toString()];
  }

  function trouble(text) {
    part("trouble").textContent = text;
    part("trouble").hidden = !text;
  }

  /* JSON for people: what is short and holds nothing nested stays on one line. */
  function pretty(value, pad = "") {
    const short = JSON.stringify(value);
    if (value === null || typeof value !== "object" || short === "{}" || short === "[]") return short;
    const inner = Object.values(value);
    if (pad && short.length < 90 && inner.every((each) => each === null || typeof each !== "object")) {
      return JSON.stringify(value, null, 1).replace(/\n */g, " ");
    }
    const deeper = `${pad}  `;
    const lines = Object.entries(value).map(([name, each]) => {
      return `${deeper}${Array.isArray(value) ? "" : `${JSON.stringify(name)}: `}${pretty(each, deeper)}`;
    });
    const [open, close] = Array.isArray(value) ? "[]" : "{}";
    return `${open}\n${lines.join(",\n")}\n${pad}${close}`;
  }

  /* What the answer comes to: a word, a tone, and the row that says what to do. */
  function verdict(status, told) {
    const outcome = { success: "accepted", failure: "rejected" }[told.outcome] || told.outcome || told.status;
    if (outcome === "accepted") return ["Accepted", "good", ""];
    if (outcome === "rejected") return [`Rejected: ${told.reason}`, "bad", `reason-${told.reason}`];
    if (outcome === "pending") return ["Pending: decided later", "warn", ""];
    return [`Error: ${told.code || status}`, "bad", `error-${told.code}`];
  }

  function show(status, text, ms, type, body) {
    let told = {};
    try { told = JSON.parse(text); } catch { /* shown as it came */ }
    const [words, tone, row] = verdict(status, told);
    part("verdict").textContent = words;
    part("verdict").className = `verdict-${tone}`;
    part("timing").textContent = `HTTP ${status}, ${ms} ms`;
    const known = row && document.getElementById(row);
    part("advice").textContent = known ? known.lastElementChild.textContent : "";
    part("advice").hidden = !known;
    part("body").textContent = Object.keys(told).length ? pretty(told) : text;
    part("request").textContent = `POST ${form.dataset.endpoint}\nAuthorization: Bearer (your key)\nContent-Type: ${type}\nX-Test-Post: true\n\n${body}`;
    part("answer").hidden = false;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = $("button[type=submit]", form);
    if (button.getAttribute("aria-disabled") === "true") return;
    const key = part("key").value.trim();
    trouble("");
    try {
      if (!/^lk_[0-9a-f]{8}_[0-9a-f]{40}$/.test(key)) throw new Error("That is no key: it begins with lk_ and has 52 characters.");
      const [type, body] = written(readLead());
      button.setAttribute("aria-disabled", "true");
      const started = performance.now();
      const answer = await fetch(form.dataset.url, {
        method: "POST", body, credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer",
        headers: { Authorization: `Bearer ${key}`, "Content-Type": type, "X-Test-Post": "true" },
      });
      show(answer.status, await answer.text(), Math.round(performance.now() - started), type, body);
    } catch (error) {
      trouble(error instanceof TypeError ? "No answer came: the connection failed. Try again." : error.message);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
})();
