// Keeps the parts of the page that show something as they are, while nobody is choosing: what is chosen must not jump away.

"use strict";

const EVERY_MS = 3000;

async function look() {
  if (document.hidden) return;
  const answer = await fetch("/scenes", { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["now", "results"]) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh && old.textContent !== fresh.textContent && !old.contains(document.activeElement)) {
      old.replaceWith(document.adoptNode(fresh));
    }
  }
}

setInterval(() => look().catch(() => undefined), EVERY_MS);
