// What went well is said in the corner for a while: it goes when dismissed, or after a time in which nobody looks at it.
// Without script it stands above the page like every other message.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const STAYS = 12000; // milliseconds: long enough to be read and reached
  const corner = document.querySelector(".toasts");
  if (!corner) return;
  const toasts = [...corner.children];
  // Readers only speak what changes in a live region, so the words come into it after it is there.
  corner.replaceChildren();
  requestAnimationFrame(() => corner.append(...toasts));

  function leave(toast) {
    const held = toast.contains(document.activeElement);
    toast.remove();
    if (held) document.getElementById("main").focus();
  }

  for (const toast of toasts) {
    let waiting = 0;
    const stay = () => clearTimeout(waiting);
    const wait = () => { stay(); waiting = setTimeout(leave, STAYS, toast); };
    for (const name of ["mouseenter", "focusin"]) toast.addEventListener(name, stay);
    for (const name of ["mouseleave", "focusout"]) toast.addEventListener(name, wait);
    const button = toast.querySelector("[data-dismiss]");
    button.hidden = false;
    button.addEventListener("click", () => leave(toast));
    wait();
  }
});
