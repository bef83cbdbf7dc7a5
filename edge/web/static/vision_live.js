// Begins the live picture once the page has loaded: a picture that never ends would never let it.

"use strict";

window.addEventListener("load", () => {
  for (const live of document.querySelectorAll("img[data-src]")) live.src = live.dataset.src;
});
