// What a shopper does at a mirror besides trying on: says who they are, and takes the look home on a telephone.
"use strict";

// eslint-disable-next-line no-unused-vars
function mirrorAccount(mirror, { session, skus, named }) {
  const SHOWN_MS = 120000; // a dialog that nobody uses is closed: the next shopper must not see it
  const MOST_DIGITS = 20;
  const byId = (id) => document.getElementById(id);
  let digits = "";
  let timer = 0;
  let taking = 0; // an answer that comes when its dialog was closed, or after a later one's question, is shown to nobody
  const face = facePanel(mirror, {
    session,
    named() {
      named();
      close();
    },
  });

  function open(dialog) {
    dialog.showModal();
    clearTimeout(timer);
    timer = setTimeout(close, SHOWN_MS);
  }

  function close() {
    taking += 1;
    digits = "";
    show();
    face.close();
    byId("pad").close();
    byId("taking").close();
    byId("qr").firstElementChild.setAttribute("d", "");
  }

  function show() {
    byId("digits").textContent = digits.replace(/.(?=.{4})/g, "•");
  }

  async function ask(path, body, problem) {
    problem.textContent = "";
    try {
      const answer = await fetch(`/api/mirrors/${mirror}/${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (answer.ok) return answer.status === 204 ? {} : await answer.json();
      const told = await answer.json();
      problem.textContent = told.type.endsWith("no-address") ? told.title : told.detail;
    } catch {
      problem.textContent = problem.dataset.failed;
    }
    return null;
  }

  async function enter() {
    const code = digits, mine = session();
    digits = "";
    show();
    if (code && (await ask("member", { session: mine, code }, byId("pad-problem"))) && session() === mine) {
      named();
      close();
    }
  }

  async function takeHome(picture) {
    const mine = (taking += 1), body = { session: session(), skus: skus(), picture };
    const told = await ask("take-home", body, byId("taking-problem"));
    if (mine !== taking) return;
    byId("with-picture").setAttribute("aria-pressed", String(Boolean(told && told.picture)));
    byId("qr").setAttribute("viewBox", told ? `-4 -4 ${told.qr.modules + 8} ${told.qr.modules + 8}` : "0 0 1 1");
    byId("qr").firstElementChild.setAttribute("d", told ? told.qr.path : "");
    byId("qr").dataset.address = told ? told.address : "";
  }

  byId("who").addEventListener("click", () => {
    byId("pad-problem").textContent = "";
    face.open();
    open(byId("pad"));
  });
  byId("home").addEventListener("click", () => {
    open(byId("taking"));
    takeHome(false);
  });
  byId("with-picture").addEventListener("click", (event) => takeHome(event.currentTarget.getAttribute("aria-pressed") !== "true"));
  byId("keys").addEventListener("click", (event) => {
    const key = event.target.closest("button")?.dataset.key;
    face.stop();
    if (key === "enter") enter();
    else if (key === "back") digits = digits.slice(0, -1);
    else if (key && digits.length < MOST_DIGITS) digits += key;
    show();
  });
  for (const button of document.querySelectorAll("dialog .close")) button.addEventListener("click", close);
  return { close };
}
