// The wire of a mirror's page: what must not be lost is kept until it is answered, also over a reload of the screen.
"use strict";

// eslint-disable-next-line no-unused-vars
function mirrorWire(mirror, { wished, present, over, connected, lost, taken }) {
  const HELLO_MS = 4000;
  const SILENT_MS = 10000; // the box says every three seconds who stands there; a cable that was pulled says nothing at all
  const TAKEN = 4409; // the mirror is open on another screen
  const MOST_KEPT = 200; // events that wait while the box cannot be reached
  const KEPT = `storebox-kept-${mirror}`;
  const kept = remembered(); // events without an answer, oldest first
  let wire = null;
  let heardAt = 0;
  let retryMs = 500;
  let n = 0;
  let asked = 0; // the number under which kept[0] went out, 0 when it is not on its way
  let touching = 0; // one touch and one look on their way at a time: the newest counts
  let wearing = 0;
  let wanted = null;
  let worn = null; // as it was asked for last

  function remembered() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT));
      return Array.isArray(kept) ? kept : [];
    } catch {
      return [];
    }
  }

  function remember() {
    localStorage.setItem(KEPT, JSON.stringify(kept));
  }

  function isOpen() {
    return wire !== null && wire.readyState === WebSocket.OPEN;
  }

  function say(word, body) {
    n += 1;
    wire.send(JSON.stringify({ n, name: word, body }));
    return n;
  }

  function sendNext() {
    if (kept.length && !asked && isOpen()) asked = say(kept[0].word, kept[0].body);
  }

  function sendWear() {
    if (wanted && !wearing && isOpen()) {
      worn = wanted;
      wearing = say("wear", worn);
      wanted = null;
    }
  }

  function heard(told) {
    if (told.wish) {
      for (const [property, value] of Object.entries(told.wish)) {
        wished(property, value);
        say("state", { property, value });
      }
    } else if (told.present) {
      present(told.present);
    } else if (told.over) {
      over(told.over);
    } else if (told.n === asked) {
      asked = 0;
      if (told.ok || !told.retry) {
        kept.shift();
        remember();
        sendNext();
      } else setTimeout(sendNext, 1000);
    } else if (told.n === wearing) {
      wearing = 0;
      wanted = wanted || (told.retry ? worn : null);
      setTimeout(sendWear, told.retry ? 1000 : 0);
    } else if (told.n === touching) touching = 0;
  }

  function connect() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    wire = new WebSocket(`${scheme}//${location.host}/mirror/${mirror}/wire`);
    heardAt = performance.now();
    wire.onmessage = (message) => {
      heardAt = performance.now();
      retryMs = 500;
      heard(JSON.parse(message.data));
    };
    wire.onopen = () => {
      asked = touching = wearing = 0;
      say("hello", {});
      connected();
      sendNext();
    };
    wire.onclose = (closed) => gone(closed.code);
  }

  function gone(code) {
    if (code === TAKEN) taken();
    else lost();
    setTimeout(connect, retryMs * (0.75 + Math.random() / 2));
    retryMs = Math.min(retryMs * 2, 8000);
  }

  // The browser would wait for minutes until it believes that nobody is there
  function giveUp() {
    wire.onopen = wire.onmessage = wire.onclose = null;
    wire.close();
    gone(0);
  }

  setInterval(() => {
    if (!isOpen()) return;
    if (performance.now() - heardAt > SILENT_MS) giveUp();
    else say("hello", {});
  }, HELLO_MS);
  return {
    connect,
    keep(word, body) {
      if (kept.length >= MOST_KEPT) kept.shift();
      kept.push({ word, body });
      remember();
      sendNext();
    },
    touch(body) {
      if (!touching && isOpen()) touching = say("touch", body);
    },
    wear(body) {
      wanted = body;
      sendWear();
    },
  };
}
