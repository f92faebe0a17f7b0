// An amount of one's own and a preset exclude one another: whichever was touched last stays.
"use strict";

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form || !form.querySelector("input[name=preset]")) return;
  if (event.target.name === "amount" && event.target.value) {
    for (const preset of form.querySelectorAll("input[name=preset]")) preset.checked = false;
  } else if (event.target.name === "preset") {
    form.elements.amount.value = "";
  }
});
