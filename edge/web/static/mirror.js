// A mirror's page: who stands there begins and ends the visit, fingers choose, and what was worn long enough was tried.
"use strict";

(() => {
  const IDLE_MS = 60000; // nobody has touched the glass for so long, and nobody can be seen: the visit is over
  const GONE_MS = 8000; // nobody stands there any more, and nobody touches
  const STAYS_MS = 1500; // who only passes by begins no visit
  const LOOK_MS = 250;
  const MOST_LOOKS = 4;
  const { mirror, tryAfterMs, awayMs } = document.body.dataset;
  const byId = (id) => document.getElementById(id);
  const glass = byId("glass");
  const upright = matchMedia("(orientation: portrait)");
  const UNTOLD = { painted: false, picture: false, faces: 0, problem: "" };
  let stands = UNTOLD;
  let lookedAt = performance.now();
  let touchedAt = lookedAt;
  let seenAt = lookedAt; // somebody stood there
  let cameAt = 0; // since when somebody stands there
  let hasLeft = true; // whoever stood there when the last visit ended begins no new one without a touch
  let comparing = false;
  let colourless = false;
  let wasLost = false;

  const isFree = () => !visit.session && stands.faces === 0;
  const offer = mirrorOffer(isFree); // before anything on the page is touched
  const wire = mirrorWire(mirror, {
    wished(property, value) {
      if (property !== "message") return;
      byId("message").textContent = value.trim();
      byId("message").hidden = !value.trim();
    },
    present(now) {
      const before = isPainted();
      count();
      if (now.painted && !stands.painted) seenAt = performance.now(); // from here on it is known who has gone
      stands = now;
      pictures.hasPicture(stands.picture);
      if (isPainted() === before) showPolite();
      else show();
    },
    connected() {
      byId("lost").hidden = byId("taken").hidden = true;
      if (wasLost) pictures.ask(); // with the box the pictures have ended, and the browser does not say so
      wasLost = false;
      wear();
    },
    over(session) { if (session === visit.session) end(); },
    lost() {
      count();
      stands = UNTOLD; // nobody says any more who stands there, and the picture stands still
      wasLost = true;
      byId("lost").hidden = false;
      showPolite();
    },
    taken() { byId("taken").hidden = false; },
  });
  const pictures = mirrorGlass(mirror, glass, byId("dark"));
  const visit = mirrorVisit(mirror, { tryAfterMs: Number(tryAfterMs), awayMs: Number(awayMs), keep: wire.keep });
  const account = mirrorAccount(mirror, {
    session: () => visit.session,
    skus: () => [...new Set(visit.worn().map((worn) => worn.sku))],
    named() { visit.named = true; show(); },
  });
  const panes = mirrorPanes(glass, byId("names"), (at) => { begin(); visit.at = at; show(); });

  function isPainted() {
    return stands.painted && !stands.problem;
  }

  // What is worn counts while it can be seen; where the makeup is off it is noted as chosen. A page that slept, or that the box
  // cannot reach, saw nothing.
  function count() {
    const now = performance.now();
    if (stands.painted ? !stands.problem : stands.picture) visit.count(Math.min(now - lookedAt, 4 * LOOK_MS));
    lookedAt = now;
  }

  function begin() {
    count();
    touchedAt = performance.now();
    if (visit.begin()) show();
  }

  function end() {
    if (!visit.session) return;
    count();
    visit.end();
    comparing = colourless = false;
    hasLeft = stands.faces === 0;
    account.close();
    offer.soon();
    show();
  }

  // Three looks leave a pane of an upright screen empty: it shows the bare face
  function hasBare() {
    return visit.looks.length === 3 && upright.matches;
  }

  function wear() {
    if (!visit.session) return;
    const looks = visit.looks.map((look) => Object.entries(look).map(([where, worn]) => [worn.sku, where, worn.intensity]));
    const split = comparing ? 1000 - pictures.inPicture(Number(byId("slider").value)) : null; // the picture is shown as in a mirror
    wire.wear({ session: visit.session, looks: hasBare() ? [...looks, []] : looks, split });
  }

  function show() {
    const look = visit.looks[visit.at];
    for (const button of document.querySelectorAll(".shades button")) {
      const worn = look[button.dataset.region];
      button.setAttribute("aria-pressed", String(Boolean(worn) && worn.sku === button.dataset.sku));
    }
    const any = visit.worn().length > 0;
    byId("done").disabled = !visit.session;
    byId("off").disabled = byId("home").disabled = !any;
    byId("add").disabled = !Object.keys(look).length || visit.looks.length >= MOST_LOOKS;
    byId("compare").disabled = !any || visit.looks.length > 1;
    comparing = comparing && !byId("compare").disabled;
    byId("compare").setAttribute("aria-pressed", String(comparing));
    byId("split").hidden = !comparing;
    byId("who").textContent = visit.named ? byId("who").dataset.known : byId("who").dataset.ask;
    byId("who").disabled = visit.named || !visit.session;
    showIntensity();
    showPanes();
    showPolite();
    visit.save();
    wear();
  }

  function showIntensity() {
    const worn = visit.looks[visit.at][region()];
    if (worn) byId("intensity").value = worn.intensity;
    byId("intensity").disabled = !worn;
  }

  function showPanes() {
    const regions = [...document.querySelectorAll(".shades")].map((list) => list.dataset.region);
    const named = (look) => regions.filter((each) => look[each]).map((each) => nameOf(each, look[each])).join(" \u00b7 ");
    const names = visit.looks.map((look, at) => named(look) || String(at + 1));
    panes.show(names, visit.at, { bare: hasBare(), drawn: isPainted() });
  }

  // In the language of the page: what is worn may have been chosen in another
  function nameOf(where, worn) {
    const button = document.querySelector(`.shades button[data-region="${CSS.escape(where)}"][data-sku="${CSS.escape(worn.sku)}"]`);
    return button ? button.querySelector("span").textContent : worn.name;
  }

  function showPolite() {
    const words = byId("polite").dataset;
    const said = { "no-face": words.noFace, "two-faces": words.twoFaces, "half-face": words.halfFace, "too-dark": words.tooDark, "too-far": words.tooFar };
    const any = visit.worn().length > 0;
    let text = "";
    if (any && stands.picture && !stands.painted) text = words.off;
    else if (stands.painted && (any || stands.problem !== "no-face")) text = said[stands.problem] || "";
    if (!text && colourless) text = words.colourless;
    byId("polite").textContent = text;
    byId("polite").hidden = !text;
    byId("hint").hidden = any || isFree();
    byId("invite").hidden = !isFree() || !stands.picture;
  }

  function region() {
    const chosen = document.querySelector(".region[aria-pressed='true']");
    return chosen ? chosen.dataset.region : "";
  }

  function choose(button) {
    begin();
    const look = visit.looks[visit.at];
    const before = look[button.dataset.region];
    if (before) visit.replace(before);
    delete look[button.dataset.region];
    colourless = false;
    if (!before || before.sku !== button.dataset.sku) {
      const label = button.querySelector("span").textContent;
      look[button.dataset.region] = { sku: button.dataset.sku, name: label, intensity: Number(byId("intensity").value), ms: 0 };
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
    const now = performance.now();
    count();
    if (stands.faces > 0) {
      cameAt = cameAt || now;
      seenAt = now;
      if (!visit.session && hasLeft && now - cameAt >= STAYS_MS) begin();
    } else if (stands.painted && now - seenAt > 1000) {
      cameAt = 0;
      hasLeft = true;
    }
    offer.look(now);
    if (visit.session && now - Math.max(touchedAt, seenAt) > (stands.painted ? GONE_MS : IDLE_MS)) end();
  }

  byId("who").dataset.ask = byId("who").textContent;
  glass.addEventListener("pointerdown", touch);
  glass.addEventListener("pointermove", (event) => event.buttons && touch(event));
  document.addEventListener("pointerdown", () => { touchedAt = performance.now(); });
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
      showIntensity();
    });
  }
  byId("intensity").addEventListener("input", () => {
    const worn = visit.looks[visit.at][region()];
    if (!worn) return;
    worn.intensity = Number(byId("intensity").value);
    visit.save();
    wear();
  });
  byId("slider").addEventListener("input", () => {
    byId("edge").style.left = `${byId("slider").value / 10}%`;
    wear();
  });
  byId("compare").addEventListener("click", () => { begin(); comparing = !comparing; show(); });
  byId("add").addEventListener("click", () => {
    begin();
    const copy = Object.entries(visit.looks[visit.at]).map(([where, worn]) => [where, { ...worn, ms: 0 }]);
    visit.looks.push(Object.fromEntries(copy));
    visit.at = visit.looks.length - 1;
    show();
  });
  byId("off").addEventListener("click", () => { begin(); visit.takeOff(); comparing = colourless = false; show(); });
  byId("done").addEventListener("click", end);
  upright.addEventListener("change", show);
  visit.restore();
  show();
  setInterval(look, LOOK_MS);
  wire.connect();
})();
