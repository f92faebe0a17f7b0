// Keeps the auto-recharge sentence true while the settings are filled in. Without script it says what is stored.
"use strict";

(() => {
  const AFTER = 400; // milliseconds of quiet before the sentence changes, so that a reader hears it once
  const FIGURES = /^[0-9]{1,12}(\.[0-9]+)?$/;
  let waiting = 0;

  function money(typed, currency) {
    // The browser may round a figure of more places than the currency has; the server refuses such a one.
    return new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency, currencyDisplay: "symbol" }).format(Number(typed));
  }

  function rewrite(form, sentence) {
    const show = (when, shown) => { sentence.querySelector(`[data-when="${when}"]`).hidden = !shown; };
    const on = form.elements.enabled.checked;
    show("on", on);
    show("off", !on);
    show("cap", FIGURES.test(form.elements.monthly_cap.value.trim()));
    for (const part of sentence.querySelectorAll("[data-part]")) {
      const typed = form.elements[part.dataset.part].value.trim();
      if (FIGURES.test(typed)) part.textContent = money(typed, sentence.dataset.currency);
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
