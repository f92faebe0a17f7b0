// Menus close as people expect, and a new page (or part of one) takes the focus to what matters.
"use strict";

document.documentElement.classList.add("js");

function openMenus() {
  return document.querySelectorAll("details.menu[open]");
}

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held) menu.querySelector("summary").focus();
  }
});

// "/" goes to the search, as long as nobody is writing; Ctrl+/ and the like stay the browser's.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog, .offcanvas.show")) return;
  const fields = [...document.querySelectorAll(".suite-search [type=search], .search-again [type=search]")];
  const field = fields.find((each) => each.offsetParent);
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

document.addEventListener("focusout", (event) => {
  const menu = event.target.closest("details.menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

document.addEventListener("DOMContentLoaded", () => {
  document.querySelector("[data-focus]")?.focus();
});

// A page that htmx brought in whole: its heading takes the focus, as a fresh page's would.
document.addEventListener("htmx:pushedIntoHistory", () => {
  document.getElementById("page-title")?.focus();
});

// What htmx fetches because somebody asked for it shows at the top that it is on its way; what asks by itself does not.
for (const [name, is] of [["htmx:beforeRequest", true], ["htmx:afterRequest", false]]) {
  document.addEventListener(name, (event) => {
    if (!event.target.closest("[data-live]")) document.documentElement.toggleAttribute("data-loading", is);
  });
}
