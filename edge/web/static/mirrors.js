// The mirrors for staff: the page asks for itself anew whenever somebody tries something else on.
"use strict";

(() => {
  const main = document.getElementById("main");
  let asking = false;
  let again = false;

  async function renew() {
    again = asking;
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch("/mirrors", { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("main");
        if (fresh.innerHTML !== main.innerHTML) main.replaceChildren(...fresh.childNodes);
      }
    } catch {
      // the stream connects again by itself, and asks then
    }
    asking = false;
    if (again) renew();
  }

  new EventSource("/mirrors/stream").addEventListener("changed", renew);
})();
