// Keeps the auto-recharge sentence true while the settings are filled in. Without script it says what is stored.
"use strict";

(() => {
  const AFTER = 400; // milliseconds of quiet before the sentence changes, so that a reader hears it once
  const FIGURES = /^[0-9]{1,12}(\.[0-9]+)?$/;
  const CAPS = ["daily_cap", "weekly_cap", "monthly_cap"];
  const DAYS = "before_expiry_days";
  let waiting = 0;

  function money(typed, currency) {
    // The browser may round a figure of more places than the currency has; the server refuses such a one.
    return new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency, currencyDisplay: "symbol" }).format(Number(typed));
  }

  // What the server has just refused, and nobody has changed since, is nothing to promise.
  function isRefused(field) {
    return field.getAttribute("aria-invalid") === "true" && field.value === field.defaultValue;
  }

  function rewrite(form, sentence) {
    const typed = (name) => form.elements[name].value.trim();
    const given = (name) => FIGURES.test(typed(name)) && !isRefused(form.elements[name]);
    const show = (kind, name, shown) => { sentence.querySelector(`[data-${kind}="${name}"]`).hidden = !shown; };
    const on = form.elements.enabled.checked;
    show("when", "on", on);
    show("when", "off", !on);
    show("when", "caps", CAPS.some(given));
    CAPS.forEach((cap, place) => {
      show("when", cap, given(cap));
      if (place) show("between", cap, given(cap) && CAPS.slice(0, place).some(given));
    });
    show("when", DAYS, given(DAYS));
    for (const part of sentence.querySelectorAll("[data-part]")) {
      const name = part.dataset.part;
      if (given(name)) part.textContent = name === DAYS ? typed(name) : money(typed(name), sentence.dataset.currency);
    }
  }

  // A form that came back with errors shows what was typed, so the sentence does too.
  for (const sentence of document.querySelectorAll("form [data-sentence]")) rewrite(sentence.closest("form"), sentence);

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    const sentence = form && form.querySelector("[data-sentence]");
    if (!sentence) return;
    clearTimeout(waiting);
    waiting = setTimeout(rewrite, AFTER, form, sentence);
  });
})();
