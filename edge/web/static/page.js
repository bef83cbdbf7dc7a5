// Keeps the page live: puts what the stream says into the places that the server has drawn, always as text, never as HTML.
"use strict";

(() => {
  const LOOKS = ["good", "moving", "calm", "warn", "bad"];
  const KINDS = ["scale", "shelf", "till", "device"];
  const QUIET_MS = 15000; // three beats of the stream: a connection that says nothing is gone
  const words = document.body.dataset;
  const byId = (id) => document.getElementById(id);
  let skewMs = 0; // how far this browser's clock is from the box's
  let source = null;
  let lastHeard = 0;
  let retryMs = 1000;

  function age(at) {
    const seconds = Math.max(0, Math.floor((Date.now() + skewMs - at) / 1000));
    if (seconds < 2) return words.ageNow;
    if (seconds < 60) return words.ageSeconds.replace("#", seconds);
    if (seconds < 3600) return words.ageMinutes.replace("#", Math.floor(seconds / 60));
    if (seconds < 172800) return words.ageHours.replace("#", Math.floor(seconds / 3600));
    return words.ageDays.replace("#", Math.floor(seconds / 86400));
  }

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    for (const time of document.querySelectorAll("time[data-time]")) {
      say(time, time.dateTime ? age(Date.parse(time.dateTime)) : time.dataset.empty);
    }
  }

  function draw(use, name, known) {
    if (use && known.includes(name)) use.setAttribute("href", `${words.icons}#${name}`);
  }

  // Put the fields of `card` into the places of `root` that carry their names.
  function fill(root, card) {
    if (LOOKS.includes(card.look)) {
      root.dataset.look = card.look;
      draw(root.querySelector(".look use"), card.look, LOOKS);
    }
    for (const place of root.querySelectorAll("[data-text]")) say(place, String(card[place.dataset.text] ?? ""));
    for (const time of root.querySelectorAll("time[data-time]")) {
      const at = card[time.dataset.time];
      if (at) time.dateTime = at;
      else time.removeAttribute("datetime");
      say(time, at ? age(Date.parse(at)) : time.dataset.empty);
    }
    for (const form of root.querySelectorAll("form[data-do]")) {
      form.action = `/jobs/${encodeURIComponent(card.id)}/${form.dataset.do}`;
      form.hidden = form.dataset.do === "again" && !card.again;
    }
    for (const bar of root.querySelectorAll("[data-value]")) bar.value = card[bar.dataset.value];
  }

  function fresh(template) {
    return byId(template).content.firstElementChild.cloneNode(true);
  }

  function showDevice(card) {
    const cards = byId("device-cards");
    let root = [...cards.children].find((each) => each.dataset.id === card.id);
    if (!root) {
      root = fresh("device-card");
      root.dataset.id = card.id;
      cards.append(root);
    }
    draw(root.querySelector(".kind use"), card.icon, KINDS);
    fill(root, card);
  }

  function showList(list, template, cards) {
    while (list.children.length > cards.length) list.lastElementChild.remove();
    while (list.children.length < cards.length) list.append(fresh(template));
    cards.forEach((card, index) => fill(list.children[index], card));
  }

  function showDevices(list) {
    for (const card of [...byId("device-cards").children]) if (!list.ids.includes(card.dataset.id)) card.remove();
    byId("no-devices").hidden = list.ids.length > 0;
  }

  const show = {
    device: showDevice,
    devices: showDevices,
    overall: (card) => fill(byId("overall"), card),
    journal: (card) => fill(byId("journal"), card),
    sync: (card) => fill(byId("sync"), card),
    takings: (card) => {
      byId("takings").hidden = false;
      fill(byId("takings"), card);
    },
    recognition: (card) => {
      byId("recognition").hidden = false;
      fill(byId("recognition"), card);
    },
    kiosks: (card) => {
      if (byId("kiosks")) showList(byId("kiosks"), "kiosk-line", card.kiosks);
    },
    alarms: (card) => {
      showList(byId("alarms").querySelector("ul"), "alarm-line", card.alarms);
      byId("alarms").hidden = card.alarms.length === 0;
    },
    jobs: (card) => {
      showList(byId("jobs").querySelector("ul"), "job-line", card.jobs);
      byId("jobs").hidden = card.jobs.length === 0;
    },
    discoveries: (card) => {
      const section = byId("discoveries"); // a technician's
      if (!section) return;
      say(byId("discoveries-title"), card.heading);
      showList(section.querySelector("ul"), "discovery-line", card.discoveries);
      section.hidden = card.discoveries.length === 0;
    },
    events: (card) => {
      showList(byId("events"), "event-line", card.events);
      byId("events").hidden = card.events.length === 0;
      byId("no-events").hidden = card.events.length > 0;
    },
    beat: (beat) => {
      skewMs = Date.parse(beat.now) - Date.now();
      byId("lost").hidden = true;
      retryMs = 1000;
    },
  };

  function listen() {
    lastHeard = Date.now();
    source = new EventSource(words.stream);
    for (const [kind, put] of Object.entries(show)) {
      source.addEventListener(kind, (message) => {
        lastHeard = Date.now();
        put(JSON.parse(message.data));
      });
    }
    source.onerror = interrupted;
  }

  function hush() {
    source?.close();
    source = null;
  }

  async function interrupted() {
    if (!source) return;
    hush();
    byId("lost").hidden = false;
    const waitMs = retryMs * (0.5 + Math.random());
    retryMs = Math.min(retryMs * 2, 15000);
    const allowed = await fetch("/api/status", { method: "GET", cache: "no-store" }).then((answer) => answer.status, () => 0);
    if (allowed === 401) {
      byId("lost").hidden = true;
      byId("ended").hidden = false;
      return;
    }
    setTimeout(() => {
      if (!source && !document.hidden) listen();
    }, waitMs);
  }

  // Ask a device without leaving the page: the answer appears below its buttons.
  async function ask(form) {
    const told = form.closest("details").querySelector(".told");
    const button = form.querySelector("button");
    told.hidden = false;
    told.dataset.look = "moving";
    say(told, words.asking);
    button.disabled = true;
    try {
      const sent = { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } };
      const answer = await (await fetch(form.action, sent)).json();
      told.dataset.look = LOOKS.includes(answer.look) ? answer.look : "warn";
      say(told, answer.word ? [answer.word, answer.detail].filter(Boolean).join(": ") : answer.detail);
    } catch (error) {
      told.dataset.look = "bad";
      say(told, String(error.message));
    }
    button.disabled = false;
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-ask]")) return;
    event.preventDefault();
    ask(event.target);
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hush();
    else if (!source) listen();
  });
  window.addEventListener("pagehide", hush);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && !source) listen();
  });
  setInterval(() => {
    tick();
    if (source && Date.now() - lastHeard > QUIET_MS) interrupted();
  }, 1000);
  tick();
  listen();
})();
