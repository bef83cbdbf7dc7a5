// A kiosk's screen: who stands there names themselves, sees what they have, and goes; it shows what the box says.
"use strict";

(() => {
  const LEFT_MS = 45000; // nobody has touched the screen for so long: whoever stood there has gone
  const STAFF_MS = 180000; // a member of staff comes on foot
  const AGAIN_MS = 3000;
  const name = document.body.dataset.kiosk;
  const failed = document.body.dataset.failed;
  const byId = (id) => document.getElementById(id);
  const sections = [...document.querySelectorAll("main > section")];
  let now = { changes: null, faces: false, enrols: false, invited: false, visit: null };
  let stage = "home";
  let touchedAt = Date.now();
  let sure = "";
  let over = ""; // the visit that has ended here: what is still on its way of it is not shown any more

  const look = faceAttempt(name, { told: looked, lost: () => looked({ says: failed, hint: "", ended: "failed" }) });
  const enrolment = kioskEnrol({ go, ask, sorry, token: () => (now.visit ? now.visit.token : ""), wish });
  const pads = {
    member: kioskPad(document.querySelector("[data-pad=member]"), { enter: enter, typing: stopLooking }),
    guardian: kioskPad(document.querySelector("[data-pad=guardian]"), { enter: enrolment.guardian, typing() {} }),
    badge: kioskPad(document.querySelector("[data-pad=badge]"), { enter: enrolment.badge, typing() {} }),
  };

  // crypto.randomUUID asks for https, which a shop's network may not have
  function wish() {
    return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function go(to) {
    stage = to;
    document.body.dataset.stage = to;
    for (const section of sections) section.hidden = section.id !== to;
    if (to === "home") tidy();
    document.querySelector("main").scrollTop = 0;
    byId(`${to}-title`).focus();
  }

  // Nothing of whoever stood there is left
  function tidy() {
    stopLooking();
    enrolment.reset();
    for (const pad of Object.values(pads)) pad.clear();
    for (const id of ["member", "why", "look-says"]) byId(id).textContent = "";
    for (const id of ["has", "offers"]) byId(id).replaceChildren();
    byId("sure").close();
  }

  function draw(told) {
    now = told.visit && told.visit.token === over ? { ...told, visit: null } : told;
    byId("invited").hidden = !told.invited;
    byId("by-face").hidden = !told.faces;
    byId("look").hidden = look.running();
    if (!now.visit) {
      if (!["home", "gone", "sorry", "done"].includes(stage)) go("home");
      return;
    }
    drawVisit(now);
    if (stage === "home") come(now);
    else if (stage === "staff") enrolment.answered(now.visit);
  }

  function come(told) {
    stopLooking();
    touchedAt = Date.now();
    if (told.visit.enrolling) enrolment.resume(told.visit.enrolling);
    else go(told.invited && !told.visit.enrolled ? "notice" : "account");
  }

  function drawVisit({ visit, enrols }) {
    byId("member").textContent = visit.member;
    byId("why").textContent = visit.why;
    byId("why").hidden = !visit.why;
    byId("has").replaceChildren(...visit.has.map(line));
    byId("offers").replaceChildren(...visit.offers.map(line));
    byId("no-offers").hidden = visit.offers.length > 0;
    const known = visit.enrolled !== "";
    byId("face-card").hidden = !enrols && !known;
    byId("enrolled").hidden = byId("withdraw").hidden = !known;
    byId("enrolled").textContent = byId("enrolled").dataset.words.replace("#", visit.enrolled);
    byId("next-hint").hidden = known;
    byId("next-time").hidden = !enrols;
    byId("next-time").classList.toggle("main", !known);
    byId("next-time").textContent = known ? byId("next-time").dataset.again : byId("next-time").dataset.first;
  }

  function line(text) {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }

  // What is refused comes back as {kind, detail}
  async function ask(what, body) {
    try {
      const answer = await fetch(`/api/kiosks/${name}/${what}`, { method: "POST", body: JSON.stringify(body) });
      const told = await answer.json();
      if (answer.ok) draw(told);
      else if (told.type.endsWith(":visit-over")) go("home");
      return answer.ok ? null : { kind: told.type.split(":").pop(), detail: told.detail };
    } catch {
      byId("lost").hidden = false;
      return { kind: "lost", detail: failed };
    }
  }

  async function enter(code) {
    const refused = await ask("member", { code });
    return refused ? refused.detail : "";
  }

  function looked(attempt) {
    const ended = attempt.ended !== "";
    byId("look-ring").dataset.step = ended ? attempt.ended : attempt.step;
    byId("look-says").textContent = attempt.says;
    byId("look-hint").textContent = attempt.hint || byId("look-hint").dataset.plain;
    byId("look").hidden = !ended;
    byId("look-stop").hidden = ended;
  }

  function stopLooking() {
    look.stop();
    looked({ says: "", hint: "", ended: "none" });
  }

  function sorry(why) {
    enrolment.reset();
    byId("sorry-text").textContent = byId("sorry-text").dataset[why];
    go("sorry");
  }

  function end() {
    const changed = stage === "sorry" && byId("sorry-text").textContent === byId("sorry-text").dataset.changed;
    over = now.visit ? now.visit.token : over;
    now = { ...now, visit: null, invited: false };
    go("home");
    ask("end", {}).then(() => { if (changed) location.reload(); });
  }

  function makeSure(what) {
    sure = what;
    for (const id of ["sure-title", "sure-text", "sure-no", "sure-yes"]) byId(id).textContent = byId(id).dataset[what];
    byId("sure-problem").hidden = true;
    byId("sure").showModal();
  }

  async function surely() {
    const done = { withdraw: "withdrawn", forget: "forgotten" }[sure];
    byId("sure-yes").disabled = true;
    const refused = await ask(sure, { visit: now.visit ? now.visit.token : "", id: wish() });
    byId("sure-yes").disabled = false;
    if (refused) {
      byId("sure-problem").textContent = refused.detail;
      byId("sure-problem").hidden = false;
      return;
    }
    byId("sure").close();
    for (const id of ["gone-title", "gone-text"]) byId(id).textContent = byId(id).dataset[done];
    go("gone");
  }

  function isLeft() {
    return Date.now() - touchedAt > (stage === "staff" ? STAFF_MS : LEFT_MS);
  }

  async function follow() {
    const stays = stage === "home" || isLeft() ? 0 : 1;
    try {
      const after = now.changes === null ? "" : `after=${now.changes}&`;
      const answer = await fetch(`/api/kiosks/${name}?${after}stays=${stays}`);
      if (!answer.ok) throw new Error(answer.statusText);
      byId("lost").hidden = true;
      const told = await answer.json();
      draw(told);
      const open = Object.values(pads).find((pad) => pad.isOpen());
      if (told.scanned && open) open.scan(told.scanned);
      follow();
    } catch {
      byId("lost").hidden = false;
      setTimeout(follow, AGAIN_MS);
    }
  }

  function leaveAlone() {
    if (enrolment.running() || look.running()) touchedAt = Date.now();
    if (isLeft() && stage !== "home") end();
    else if (isLeft() && !pads.member.isEmpty()) pads.member.clear();
  }

  for (const kind of ["pointerdown", "keydown", "scroll"]) {
    document.addEventListener(kind, () => { touchedAt = Date.now(); }, { capture: true, passive: true });
  }
  for (const button of document.querySelectorAll("[data-end]")) button.addEventListener("click", end);
  for (const button of document.querySelectorAll("[data-sorry]")) button.addEventListener("click", () => sorry(button.dataset.sorry || "plain"));
  byId("look-hint").dataset.plain = byId("look-hint").textContent;
  byId("look").addEventListener("click", () => look.identify());
  byId("look-stop").addEventListener("click", stopLooking);
  byId("next-time").addEventListener("click", () => go("notice"));
  byId("show-account").addEventListener("click", () => go(now.visit ? "account" : "home"));
  byId("withdraw").addEventListener("click", () => makeSure("withdraw"));
  byId("forget").addEventListener("click", () => makeSure("forget"));
  byId("sure-no").addEventListener("click", () => byId("sure").close());
  byId("sure-yes").addEventListener("click", surely);
  setInterval(leaveAlone, 1000);
  go("home");
  follow();
})();
