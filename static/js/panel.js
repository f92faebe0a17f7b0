// A link marked data-panel shows its page beside this one. The page stays a page: without script, with a modifier key,
// or when it is not a form page, the link simply goes there; and the form in the panel is sent like any other.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const panel = document.getElementById("panel");
  if (!panel || !window.bootstrap) return;
  const body = document.getElementById("panel-body");
  const shown = bootstrap.Offcanvas.getOrCreateInstance(panel);
  let opener = null;
  let changed = false;

  function loadScriptsOf(page) {
    for (const script of page.querySelectorAll("script[src]")) {
      const src = script.getAttribute("src");
      if ([...document.scripts].some((known) => known.getAttribute("src") === src)) continue;
      const copy = document.createElement("script");
      copy.src = src;
      document.head.append(copy);
    }
  }

  // While the page of the panel is fetched, the link says so and the bar on top runs.
  function busy(link, is) {
    link.ariaBusy = is ? "true" : null;
    document.documentElement.toggleAttribute("data-loading", is);
  }

  async function open(link) {
    const answer = await fetch(link.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = page.querySelector(".panel-page");
    const heading = page.getElementById("page-title");
    if (!answer.ok || answer.redirected || !content || !heading) {
      window.location.assign(link.href);
      return;
    }
    document.getElementById("panel-title").textContent = heading.textContent.trim();
    body.replaceChildren(document.adoptNode(content));
    loadScriptsOf(page);
    window.htmx?.process(body);
    opener = link;
    changed = false;
    shown.show();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-panel]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.ariaBusy === "true") return;
    busy(link, true);
    open(link).catch(() => window.location.assign(link.href)).finally(() => busy(link, false));
  });

  panel.addEventListener("click", (event) => {
    if (!event.target.closest("[data-panel-close]")) return;
    event.preventDefault();
    shown.hide();
  });

  panel.addEventListener("input", () => { changed = true; });
  panel.addEventListener("submit", () => { changed = false; });

  panel.addEventListener("hide.bs.offcanvas", (event) => {
    if (changed && !window.confirm(panel.dataset.ask)) event.preventDefault();
  });

  panel.addEventListener("shown.bs.offcanvas", () => {
    body.querySelector("[data-focus], input:not([type=hidden]), select, textarea, a.row-link, .btn")?.focus();
  });

  panel.addEventListener("hidden.bs.offcanvas", () => {
    body.replaceChildren();
    opener?.focus();
  });
});
