// Shades and prices of today, and the page of a new version, when nobody is there to be disturbed: a mirror is never reloaded by
// hand, and without this it would offer for weeks what was on offer when it was switched on.
"use strict";

// eslint-disable-next-line no-unused-vars
function mirrorOffer(isFree) {
  const AGAIN_MS = 30000;
  const parts = (page) => page.head.outerHTML + page.querySelector("footer").outerHTML;
  const shown = parts(document);
  let lookedAt = performance.now();

  async function isOther() {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return answer.ok && page.querySelector("footer") !== null && parts(page) !== shown;
    } catch {
      return false; // a box that does not answer offers nothing else
    }
  }

  return {
    async look(now) {
      if (!isFree() || now - lookedAt < AGAIN_MS) return;
      lookedAt = now;
      if ((await isOther()) && isFree()) location.reload();
    },
    soon() {
      lookedAt = -AGAIN_MS; // as soon as whoever stood there has gone
    },
  };
}
