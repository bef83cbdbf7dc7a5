// Counting along with the box: every press goes to the box at once, which knows the time and compares.

"use strict";

const audit = document.getElementById("audit");
const call = `/api/vision/cameras/${audit.dataset.camera}/audit`;
const EVERY_MS = 1000;
const FIGURES = ["box_in", "box_out", "matched", "missed", "extra"];
let running = false;

const write = (id, text) => {
  document.getElementById(id).textContent = text;
};

function say(mistake) {
  const box = document.getElementById("mistakes");
  [box.textContent, box.hidden] = [mistake, !mistake];
}

function show(found) {
  const compared = found.compared;
  running = !found.over;
  document.getElementById("counting").hidden = false;
  write("which", found.line);
  write("clock", `${Math.floor(compared.seconds / 60)}:${String(compared.seconds % 60).padStart(2, "0")}`);
  write("hand-in", compared.by_hand_in);
  write("hand-out", compared.by_hand_out);
  for (const key of FIGURES) write(key, compared[key]);
  write("error_percent", compared.error_percent === null ? audit.dataset.wordNone : `${compared.error_percent} %`);
  write("phase", running ? audit.dataset.wordRunning : audit.dataset.wordOver);
  for (const button of document.querySelectorAll("#counting button")) button.disabled = !running;
}

async function ask(method, path, body) {
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(call + path, body === undefined ? { method } : { method, headers, body: JSON.stringify(body) });
    const found = await answer.json();
    if (!answer.ok) return answer.status === 404 && method === "GET" ? undefined : say(found.detail);
    say("");
    show(found);
  } catch {
    say(audit.dataset.wordUnsent);
  }
}

document.getElementById("begin")?.addEventListener("submit", (event) => {
  event.preventDefault();
  ask("POST", "", { line: document.getElementById("line").value });
});
for (const button of document.querySelectorAll("[data-direction]")) {
  button.addEventListener("click", () => ask("POST", "/marks", { direction: button.dataset.direction }));
}
document.getElementById("undo").addEventListener("click", () => ask("DELETE", "/marks"));
document.getElementById("end").addEventListener("click", () => ask("DELETE", ""));
setInterval(() => {
  if (running && !document.hidden) ask("GET", "");
}, EVERY_MS);
ask("GET", "");
