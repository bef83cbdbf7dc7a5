// A mirror's page: says what fingers do, repeats what must not be lost until it is answered, and shows what the box wishes.
"use strict";

(() => {
  const HELLO_MS = 4000;
  const IDLE_MS = 60000; // nobody has touched the glass for so long: the visit is over
  const MOST_KEPT = 200; // events that wait while the box cannot be reached
  const mirror = document.body.dataset.mirror;
  const byId = (id) => document.getElementById(id);
  const glass = byId("glass");
  const kept = []; // events without an answer, oldest first
  let wire = null;
  let retryMs = 500;
  let n = 0;
  let asked = 0; // the number under which kept[0] went out, 0 when it is not on its way
  let session = "";
  let touchedAt = 0;
  let touching = false; // one touch on its way at a time: the newest counts
  let worn = null; // {sku, since}

  // crypto.randomUUID asks for https, which a shop's network may not have
  function name(prefix) {
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function isOpen() {
    return wire !== null && wire.readyState === WebSocket.OPEN;
  }

  function say(word, body) {
    n += 1;
    wire.send(JSON.stringify({ n, name: word, body }));
    return n;
  }

  function keep(word, body) {
    if (kept.length >= MOST_KEPT) kept.shift();
    kept.push({ word, body: { id: name("e-"), at: new Date().toISOString(), ...body } });
    sendNext();
  }

  function sendNext() {
    if (kept.length && !asked && isOpen()) asked = say(kept[0].word, kept[0].body);
  }

  function heard(told) {
    if (told.wish) {
      obey(told.wish);
    } else if (told.n === asked) {
      asked = 0;
      if (told.ok || !told.retry) kept.shift();
      if (told.ok || !told.retry) sendNext();
      else setTimeout(sendNext, 1000);
    } else {
      touching = false;
    }
  }

  function obey(wish) {
    for (const [property, value] of Object.entries(wish)) {
      if (property === "message") {
        byId("message").textContent = value.trim();
        byId("message").hidden = !value.trim();
        say("state", { property, value });
      }
    }
  }

  function connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    wire = new WebSocket(`${scheme}//${location.host}/mirror/${mirror}/wire`);
    wire.onopen = () => {
      retryMs = 500;
      asked = 0;
      touching = false;
      byId("lost").hidden = true;
      say("hello", {});
      sendNext();
    };
    wire.onmessage = (message) => heard(JSON.parse(message.data));
    wire.onclose = () => {
      byId("lost").hidden = false;
      setTimeout(connect, retryMs * (0.75 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, 8000);
    };
  }

  function begin() {
    touchedAt = Date.now();
    if (session) return;
    session = name("v-");
    byId("done").disabled = false;
    keep("began", { session });
  }

  function takeOff() {
    if (!worn) return;
    const intensity = Number(byId("intensity").value);
    keep("tried", { session, sku: worn.sku, ms: Math.min(Date.now() - worn.since, 86400000), intensity });
    worn = null;
    for (const button of byId("shades").children) button.setAttribute("aria-pressed", "false");
  }

  function end() {
    if (!session) return;
    takeOff();
    keep("ended", { session });
    session = "";
    byId("done").disabled = true;
  }

  function touch(event) {
    begin();
    if (touching || !isOpen()) return;
    const place = glass.getBoundingClientRect();
    const part = (from, size) => Math.max(0, Math.min(1000, Math.round((from / size) * 1000)));
    touching = true;
    say("touch", { session, x: part(event.clientX - place.left, place.width), y: part(event.clientY - place.top, place.height) });
  }

  glass.addEventListener("pointerdown", touch);
  glass.addEventListener("pointermove", (event) => event.buttons && touch(event));
  glass.addEventListener("error", () => {
    byId("dark").hidden = false;
    setTimeout(() => { glass.src = `/mirror/${mirror}/pictures?${Date.now()}`; }, 5000);
  });
  glass.addEventListener("load", () => { byId("dark").hidden = true; });
  byId("shades").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const again = button.getAttribute("aria-pressed") === "true";
    begin();
    takeOff();
    if (again) return;
    worn = { sku: button.dataset.sku, since: Date.now() };
    button.setAttribute("aria-pressed", "true");
  });
  byId("done").addEventListener("click", end);
  setInterval(() => {
    if (isOpen()) say("hello", {});
    if (session && Date.now() - touchedAt > IDLE_MS) end();
  }, HELLO_MS);
  connect();
})();
