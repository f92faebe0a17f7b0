// A list with a box in front of each row: one box for the whole page, and how many are selected is said.
// Without script the boxes are ticked one by one and sent with the form.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[data-select]")) {
    const boxes = [...form.querySelectorAll("input[name=who]")];
    const label = form.querySelector("[data-select-all]");
    const all = label.querySelector("input");
    const bar = form.querySelector(".bulk-bar");
    const said = form.querySelector("[role=status]");
    const scope = form.elements.scope;

    function tell() {
      const count = boxes.filter((box) => box.checked).length;
      const { none, one, many } = said.dataset;
      said.textContent = count === 0 ? none : count === 1 ? one : many.replace("{n}", count);
      all.checked = count === boxes.length;
      all.indeterminate = count > 0 && count < boxes.length;
      bar.classList.toggle("is-selecting", count > 0);
    }

    label.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      if (all.checked) scope.value = "selected";
      tell();
    });
    form.addEventListener("change", (event) => {
      if (event.target.name !== "who") return;
      if (event.target.checked) scope.value = "selected";
      tell();
    });
    // Back from the review, the browser may remember what was ticked.
    window.addEventListener("pageshow", tell);
  }
});
