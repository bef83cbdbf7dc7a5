// A self-checkout lane's screen: shows what the box says, asks for what fingers touch, and knows nothing by itself.
"use strict";

const lanePage = (() => {
  const NOTICE_MS = 9000;
  const SEARCH_MS = 150;
  const KEYS = "1234567890qwertyuiopasdfghjkl\u232bzxcvbnm";
  const lane = document.body.dataset.lane;
  const zh = document.documentElement.lang.startsWith("zh");
  const byId = (id) => document.getElementById(id);
  const show = (id, shown) => { byId(id).hidden = !shown; };
  let now = null;
  let noticed = null; // the number of the last notice that was shown
  let hiding = 0;
  const asking = new Set(); // what is not answered yet
  let turn = Promise.resolve(); // until all of it is answered
  let asked = 0;
  let streamed = 0; // how often the stream told the lane

  function tell(text) {
    byId("notice").textContent = text;
    show("notice", text !== "");
    clearTimeout(hiding);
    hiding = setTimeout(() => show("notice", false), NOTICE_MS);
  }

  function draw(told) {
    const before = now;
    now = told;
    document.body.dataset.stage = told.stage;
    byId("order").textContent = told.order;
    show("idle", told.stage === "idle");
    show("basket", told.stage === "open");
    show("totalled", told.stage === "totalled");
    show("paying", told.stage === "paying");
    show("by-card", told.tender === "card");
    for (const id of ["by-code", "by-code-hint"]) show(id, told.tender !== "" && told.tender !== "card");
    show("wait", told.stage === "waiting");
    show("thanks", told.stage === "thanks");
    show("sums", ["open", "totalled", "paying"].includes(told.stage) || (told.stage === "waiting" && told.order !== ""));
    show("pay", told.stage === "open");
    show("leave", told.stage === "open");
    show("find", told.stage === "open" || told.stage === "idle");
    show("paper", told.printing);
    byId("pay").disabled = told.lines.length === 0 || told.weigh !== "";
    for (const id of ["weigh", "bags"]) {
      byId(id).textContent = told[id];
      show(id, told[id] !== "");
    }
    byId("wait-why").textContent = told.called;
    byId("due").textContent = told.due;
    for (const id of ["paying-sum", "totalled-sum"]) byId(id).textContent = told.due;
    byId("thanks-sum").textContent = told.due;
    byId("member").textContent = told.member;
    drawOffers(told.offers);
    byId("pieces").textContent = byId("count").textContent.replace("#", told.pieces);
    drawLines(told.lines, before);
    drawSums(told.sums);
    document.dispatchEvent(new CustomEvent("lane", { detail: told }));
    if (noticed !== null && told.notice_number > noticed) tell(told.notice);
    else if (before && (before.lines.length < told.lines.length || before.stage !== told.stage)) show("notice", false);
    noticed = told.notice_number;
  }

  function drawLines(lines, before) {
    const list = byId("lines");
    list.replaceChildren(...lines.map((line) => {
      const item = byId("line").content.firstElementChild.cloneNode(true);
      item.dataset.awaiting = line.awaiting;
      item.querySelector("b").textContent = line.name;
      item.querySelector("small").textContent = line.how;
      item.querySelector(".amount").textContent = line.amount;
      item.querySelector("button").addEventListener("click", () => ask("remove", { line: line.line }));
      return item;
    }));
    if (!before || before.lines.length < lines.length) list.scrollTop = list.scrollHeight;
  }

  function drawOffers(offers) {
    byId("offers").replaceChildren(...offers.map((words) => {
      const item = document.createElement("li");
      item.textContent = words;
      return item;
    }));
    show("offers", offers.length > 0);
  }

  function drawSums(sums) {
    byId("taken").replaceChildren(...sums.flatMap((sum) => {
      const words = document.createElement("dt");
      const amount = document.createElement("dd");
      words.textContent = sum.words;
      amount.textContent = sum.amount;
      if (sum.off && now.stage === "open") amount.append(takeBack(sum.off));
      return [words, amount];
    }));
  }

  function takeBack(purse) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "off";
    button.textContent = "\u00d7";
    button.setAttribute("aria-label", byId("take-back").textContent);
    button.addEventListener("click", () => ask(purse, purse === "points" ? { points: 0 } : { amount_minor: 0 }));
    return button;
  }

  // `say` tells why not; under an open dialog the strip of the page cannot be seen
  async function ask(what, body, say = tell) {
    if (asking.has(what)) return false; // a finger that taps twice
    asking.add(what);
    const mine = turn.then(() => send(what, body, say));
    turn = mine;
    return mine;
  }

  async function send(what, body, say) {
    const before = streamed;
    try {
      const answer = await fetch(`/api/lanes/${lane}/${what}`, { method: "POST", body: JSON.stringify(body || {}) });
      const told = await answer.json();
      if (!answer.ok) say(told.detail);
      else if (streamed === before) draw(told); // what the stream told meanwhile may be newer, and what is left it will tell
      return answer.ok;
    } catch {
      show("lost", true);
      return false;
    } finally {
      asking.delete(what);
    }
  }

  async function search() {
    const words = byId("words").value.trim();
    const mine = ++asked;
    let found = [];
    if (words) {
      try {
        const answer = await fetch(`/api/catalogue?limit=24&q=${encodeURIComponent(words)}`);
        if (answer.ok) found = await answer.json();
      } catch {
        show("lost", true);
      }
    }
    if (mine !== asked) return; // a later question was asked meanwhile
    show("none", words !== "" && found.length === 0);
    byId("found").replaceChildren(...found.filter((each) => each.on_sale).map(hit));
  }

  function hit(product) {
    const item = byId("hit").content.firstElementChild.cloneNode(true);
    const names = zh ? [product.name_zh, product.name_en] : [product.name_en, product.name_zh];
    const price = new Intl.NumberFormat(zh ? "zh-CN" : "en", { style: "currency", currency: product.currency, currencyDisplay: "narrowSymbol" });
    const digits = price.resolvedOptions().maximumFractionDigits;
    const per = product.unit === "kg" ? byId("per-kg").textContent : "";
    item.querySelector("b").textContent = names[0] || names[1] || product.sku;
    item.querySelector("small").textContent = price.format(product.price_minor / 10 ** digits) + per;
    item.querySelector("button").addEventListener("click", () => {
      byId("search").close();
      ask("goods", { code: product.sku, qty: 1 });
    });
    return item;
  }

  // keys on the screen for a field: a lane has no keyboard
  function addKeys(field, keys) {
    for (const key of KEYS) {
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      button.textContent = key;
      button.addEventListener("click", () => {
        field.value = key === "\u232b" ? field.value.slice(0, -1) : field.value + key;
        field.dispatchEvent(new Event("input"));
      });
      keys.append(button);
    }
  }

  function follow() {
    const news = new EventSource(`/api/lanes/${lane}/stream`);
    news.addEventListener("lane", (event) => {
      show("lost", false);
      streamed += 1;
      draw(JSON.parse(event.data));
    });
    news.addEventListener("open", () => show("lost", false));
    news.addEventListener("error", () => {
      setTimeout(() => show("lost", news.readyState !== EventSource.OPEN), 2000);
      if (news.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
    });
  }

  let typing = 0;
  byId("words").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(search, SEARCH_MS);
  });
  addKeys(byId("words"), byId("keys"));
  byId("find").addEventListener("click", () => {
    byId("words").value = "";
    byId("found").replaceChildren();
    show("none", false);
    byId("search").showModal();
  });
  byId("close").addEventListener("click", () => byId("search").close());
  byId("pay").addEventListener("click", () => ask("pay"));
  if (byId("card")) byId("card").addEventListener("click", () => ask("card"));
  byId("back").addEventListener("click", () => ask("back"));
  byId("stop").addEventListener("click", () => ask("stop"));
  byId("call").addEventListener("click", () => ask("call"));
  byId("leave").addEventListener("click", () => ask("leave"));
  follow();
  return { ask, tell, addKeys };
})();
