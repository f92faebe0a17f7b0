// Parts that renew themselves ([data-live]): not while the page is out of sight, and only by an answer that is theirs.
"use strict";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.matches("[data-live]")) event.preventDefault();
});

// Somebody who has been signed out meanwhile is sent to the sign-in page, which must not end up inside the card.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.target.matches("[data-live]")) return;
  const asked = new URL(event.detail.pathInfo.requestPath, location.href).pathname;
  if (new URL(event.detail.xhr.responseURL).pathname !== asked) event.detail.shouldSwap = false;
});
