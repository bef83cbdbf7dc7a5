// A mirror's page: who stands there begins and ends the visit, fingers choose, and what was worn long enough was tried.
"use strict";

(() => {
  const IDLE_MS = 60000; // nobody has touched the glass for so long, and nobody can be seen: the visit is over
  const GONE_MS = 8000; // nobody stands there any more, and nobody touches
  const STAYS_MS = 1500; // who only passes by begins no visit
  const MOST_LOOKS = 4;
  const { mirror, tryAfterMs } = document.body.dataset;
  const byId = (id) => document.getElementById(id);
  const glass = byId("glass");
  const SAVED = `storebox-visit-${mirror}`;
  let visit = { session: "", looks: [{}], at: 0, touchedAt: 0, named: false }; // looks: {region: {sku, name, intensity, since}}
  let stands = { painted: false, faces: 0, problem: "" };
  let seenAt = 0; // somebody stood there
  let cameAt = 0; // since when somebody stands there
  let hasLeft = true; // whoever stood there when the last visit ended begins no new one without a touch
  let comparing = false;
  let colourless = false;

  // crypto.randomUUID asks for https, which a shop's network may not have
  function name(prefix) {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function keep(word, body) {
    wire.keep(word, { id: name("e-"), at: new Date().toISOString(), session: visit.session, ...body });
  }

  function save() {
    localStorage.setItem(SAVED, JSON.stringify(visit));
  }

  function restore() {
    try {
      const saved = JSON.parse(localStorage.getItem(SAVED));
      if (saved && saved.session && Array.isArray(saved.looks)) visit = saved;
    } catch {
      localStorage.removeItem(SAVED);
    }
  }

  function begin() {
    visit.touchedAt = Date.now();
    if (visit.session) return;
    visit.session = name("v-");
    keep("began", {});
    show();
  }

  // Of a shade that is in several looks the longest counts
  function triedAll() {
    const longest = {};
    for (const worn of visit.looks.flatMap(Object.values)) {
      if (!longest[worn.sku] || worn.since < longest[worn.sku].since) longest[worn.sku] = worn;
    }
    Object.values(longest).forEach(tried);
  }

  function tried(worn) {
    const ms = Math.min(Date.now() - worn.since, 86400000);
    if (ms >= Number(tryAfterMs)) keep("tried", { sku: worn.sku, ms, intensity: worn.intensity });
  }

  function end() {
    if (!visit.session) return;
    triedAll();
    keep("ended", {});
    visit = { session: "", looks: [{}], at: 0, touchedAt: 0, named: false };
    comparing = colourless = false;
    hasLeft = stands.faces === 0;
    account.close();
    show();
  }

  // The picture is shown as in a mirror: its left is the screen's right
  function wear() {
    const looks = visit.looks.map((look) => Object.entries(look).map(([region, worn]) => [worn.sku, region, worn.intensity]));
    const split = comparing ? 1000 - inPicture(Number(byId("slider").value)) : null;
    if (visit.session) wire.wear({ session: visit.session, looks: looks.reverse(), split });
  }

  // Thousandths of the stage as thousandths of the picture, whose sides may be cut off
  function inPicture(permille) {
    const stage = byId("stage").getBoundingClientRect();
    const ratio = glass.naturalWidth ? glass.naturalWidth / glass.naturalHeight : 1;
    const shown = glass.classList.contains("whole") ? Math.min(stage.width, stage.height * ratio) : Math.max(stage.width, stage.height * ratio);
    return Math.max(0, Math.min(1000, Math.round(500 + ((permille - 500) * stage.width) / shown)));
  }

  function show() {
    const look = visit.looks[visit.at];
    for (const button of document.querySelectorAll(".shades button")) {
      const worn = look[button.dataset.region];
      button.setAttribute("aria-pressed", String(Boolean(worn) && worn.sku === button.dataset.sku));
    }
    const any = visit.looks.some((each) => Object.keys(each).length);
    byId("done").disabled = !visit.session;
    byId("off").disabled = byId("home").disabled = !any;
    byId("add").disabled = !Object.keys(look).length || visit.looks.length >= MOST_LOOKS;
    comparing = comparing && visit.looks.length === 1;
    byId("compare").disabled = visit.looks.length > 1;
    byId("compare").setAttribute("aria-pressed", String(comparing));
    byId("split").hidden = !comparing;
    glass.classList.toggle("whole", visit.looks.length > 1);
    byId("who").textContent = visit.named ? byId("who").dataset.known : byId("who").dataset.ask;
    byId("who").disabled = visit.named || !visit.session;
    const worn = look[region()];
    if (worn) byId("intensity").value = worn.intensity;
    showNames();
    showPolite();
    save();
    wear();
  }

  function showNames() {
    byId("names").hidden = visit.looks.length < 2;
    byId("names").replaceChildren(
      ...visit.looks.map((look, at) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = Object.values(look).map((worn) => worn.name).join(" · ") || String(at + 1);
        button.setAttribute("aria-pressed", String(at === visit.at));
        button.addEventListener("click", () => { begin(); visit.at = at; show(); });
        return button;
      }),
    );
  }

  function showPolite() {
    const words = byId("polite").dataset;
    const said = { "no-face": words.noFace, "two-faces": words.twoFaces, "half-face": words.halfFace, "too-dark": words.tooDark, "too-far": words.tooFar };
    const any = visit.looks.some((each) => Object.keys(each).length);
    let text = "";
    if (any && !stands.painted) text = words.off;
    else if (stands.painted && (any || stands.problem !== "no-face")) text = said[stands.problem] || "";
    if (!text && colourless) text = words.colourless;
    byId("polite").textContent = text;
    byId("polite").hidden = !text;
  }

  function region() {
    const chosen = document.querySelector(".region[aria-pressed='true']");
    return chosen ? chosen.dataset.region : "";
  }

  function choose(button) {
    begin();
    const look = visit.looks[visit.at];
    const before = look[button.dataset.region];
    if (before) tried(before);
    delete look[button.dataset.region];
    colourless = false;
    if (!before || before.sku !== button.dataset.sku) {
      const label = button.querySelector("span").textContent;
      look[button.dataset.region] = { sku: button.dataset.sku, name: label, intensity: Number(byId("intensity").value), since: Date.now() };
      colourless = button.querySelector(".swatch") === null;
    }
    show();
  }

  function touch(event) {
    begin();
    const place = glass.getBoundingClientRect();
    const part = (from, size) => Math.max(0, Math.min(1000, Math.round((from / size) * 1000)));
    wire.touch({ session: visit.session, x: part(event.clientX - place.left, place.width), y: part(event.clientY - place.top, place.height) });
  }

  function look() {
    const now = Date.now();
    if (stands.faces > 0) {
      cameAt = cameAt || now;
      seenAt = now;
      if (!visit.session && hasLeft && now - cameAt >= STAYS_MS) begin();
    } else if (now - seenAt > 1000) {
      cameAt = 0;
      hasLeft = true;
    }
    if (!visit.session) return;
    const quietMs = now - Math.max(visit.touchedAt, seenAt);
    if (quietMs > (stands.painted ? GONE_MS : IDLE_MS)) end();
  }

  const wire = mirrorWire(mirror, {
    wished(property, value) {
      if (property !== "message") return;
      byId("message").textContent = value.trim();
      byId("message").hidden = !value.trim();
    },
    present(now) {
      stands = now;
      showPolite();
    },
    connected() {
      byId("lost").hidden = byId("taken").hidden = true;
      wear();
    },
    lost() { byId("lost").hidden = false; },
    taken() { byId("taken").hidden = false; },
  });
  const account = mirrorAccount(mirror, {
    session: () => visit.session,
    skus: () => [...new Set(visit.looks.flatMap((each) => Object.values(each).map((worn) => worn.sku)))],
    named() { visit.named = true; show(); },
  });

  byId("who").dataset.ask = byId("who").textContent;
  glass.addEventListener("pointerdown", touch);
  glass.addEventListener("pointermove", (event) => event.buttons && touch(event));
  glass.addEventListener("error", () => {
    byId("dark").hidden = false;
    setTimeout(() => { glass.src = `/mirror/${mirror}/pictures?${Date.now()}`; }, 5000);
  });
  glass.addEventListener("load", () => { byId("dark").hidden = true; });
  document.addEventListener("pointerdown", () => { if (visit.session) visit.touchedAt = Date.now(); });
  for (const each of document.querySelectorAll(".shades")) {
    each.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) choose(button);
    });
  }
  for (const each of document.querySelectorAll(".region")) {
    each.addEventListener("click", () => {
      for (const other of document.querySelectorAll(".region")) other.setAttribute("aria-pressed", String(other === each));
      for (const list of document.querySelectorAll(".shades")) list.hidden = list.dataset.region !== each.dataset.region;
      const worn = visit.looks[visit.at][each.dataset.region];
      if (worn) byId("intensity").value = worn.intensity;
    });
  }
  byId("intensity").addEventListener("input", () => {
    const worn = visit.looks[visit.at][region()];
    if (!worn) return;
    worn.intensity = Number(byId("intensity").value);
    save();
    wear();
  });
  byId("slider").addEventListener("input", () => {
    byId("edge").style.left = `${byId("slider").value / 10}%`;
    wear();
  });
  byId("compare").addEventListener("click", () => { begin(); comparing = !comparing; show(); });
  byId("add").addEventListener("click", () => {
    begin();
    const now = Date.now();
    const copy = Object.entries(visit.looks[visit.at]).map(([where, worn]) => [where, { ...worn, since: now }]);
    visit.looks.push(Object.fromEntries(copy));
    visit.at = visit.looks.length - 1;
    show();
  });
  byId("off").addEventListener("click", () => {
    triedAll();
    visit.looks = [{}];
    visit.at = 0;
    comparing = colourless = false;
    show();
  });
  byId("done").addEventListener("click", end);
  setInterval(look, 250);
  restore();
  show();
  wire.connect();
})();
