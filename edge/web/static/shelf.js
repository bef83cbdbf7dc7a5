// The screen of a shelf: shows what was just taken and what goes with it, and after a while nothing again.
"use strict";

(() => {
  const SHOWN_MS = 45000;
  const NAMED_MS = 15000;
  const SILENT_MS = 15000; // the box beats every five seconds
  const byId = (id) => document.getElementById(id);
  let shownUntil = 0;
  let namedUntil = 0;
  let heardAt = Date.now();

  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function show(card) {
    byId("name").textContent = card.name;
    byId("other").textContent = card.other_name;
    byId("price").textContent = card.price;
    byId("text").textContent = card.text;
    byId("notes").replaceChildren(...card.notes.map((note) => {
      const line = element("p", note);
      line.className = "note";
      return line;
    }));
    byId("matching").replaceChildren(...card.matching.map(([name, price]) => {
      const line = document.createElement("li");
      line.className = "card";
      line.append(element("b", name), element("span", price));
      return line;
    }));
    byId("beside").hidden = card.matching.length === 0;
    byId("offers").replaceChildren(...card.offers.map((offer) => {
      const line = element("li", offer);
      line.className = "card";
      return line;
    }));
    byId("own").hidden = card.offers.length === 0;
    byId("idle").hidden = true;
    byId("picked").hidden = false;
    shownUntil = Date.now() + SHOWN_MS;
  }

  // What is tried on at the mirrors of the shop, and whether what was just taken can be
  function showMirrors({ tried, try_on: tryOn }) {
    byId("tried").replaceChildren(...tried.map((each) => {
      const line = document.createElement("li");
      line.className = "card";
      line.append(element("b", each.name), element("span", [each.price, each.stock].filter(Boolean).join(" \u00b7 ")));
      for (const more of [each.mirror, each.matching].filter(Boolean)) {
        const quiet = element("span", more);
        quiet.className = "quiet";
        line.append(quiet);
      }
      return line;
    }));
    byId("mirrors").hidden = tried.length === 0;
    byId("try-on").textContent = tryOn;
    byId("try-on").hidden = !tryOn;
  }

  function heard() {
    heardAt = Date.now();
    byId("lost").hidden = true;
  }

  byId("member").addEventListener("submit", async (event) => {
    event.preventDefault();
    const code = byId("code"), named = byId("named");
    const body = JSON.stringify({ code: code.value });
    code.value = "";
    try {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(`/api/shelves/${document.body.dataset.shelf}/member`, { method: "POST", headers, body });
      named.textContent = answer.ok ? named.dataset.welcome : (await answer.json()).detail;
    } catch {
      named.textContent = named.dataset.failed;
    }
    namedUntil = Date.now() + NAMED_MS;
  });

  const news = new EventSource(`/shelf/${document.body.dataset.shelf}/stream`);
  news.addEventListener("beat", heard);
  news.addEventListener("pick", (event) => {
    heard();
    show(JSON.parse(event.data));
  });
  const mirrors = new EventSource(`/shelf/${document.body.dataset.shelf}/mirrors`);
  mirrors.addEventListener("mirrors", (event) => showMirrors(JSON.parse(event.data)));
  setInterval(() => {
    byId("lost").hidden = Date.now() - heardAt < SILENT_MS;
    if (Date.now() > namedUntil) byId("named").textContent = "";
    if (Date.now() < shownUntil) return;
    byId("picked").hidden = true;
    byId("idle").hidden = false;
  }, 1000);
})();
