// Who the shopper is and how they pay a part in advance: number pad, points, stored value, coupons, the invitation.
"use strict";

(() => {
  const FORGET_MS = 60000; // a number that was typed and left is nobody else's to see
  const MOST_DIGITS = 24;
  const lane = document.body.dataset.lane;
  const byId = (id) => document.getElementById(id);
  const show = (id, shown) => { byId(id).hidden = !shown; };
  let asking = null; // "member", or the purse that the pad is open for
  let typed = "";
  let forgetting = 0;
  let inviting = false;
  const face = facePanel(lane, { session: () => "", named: () => byId("pad").close() });

  document.addEventListener("lane", (event) => {
    const told = event.detail;
    const open = told.stage === "open";
    show("wishes", open || told.stage === "idle");
    show("be-member", told.member === "");
    show("give-coupon", open);
    show("join", told.account.join);
    drawPurses(open ? told.account.purses : []);
    drawCoupons(open ? told.account.coupons : []);
    show("forget", open && told.member !== "");
    if (!open && told.stage !== "idle") for (const dialog of ["pad", "coupon", "invitation", "sure"]) byId(dialog).close();
    if (asking === "member" && told.member !== "") byId("pad").close(); // scanned meanwhile
  });

  // what is used already stands among the sums, with its way back; a reason that holds for both purses is said once
  function drawPurses(purses) {
    const reasons = new Set(purses.filter((purse) => purse.has === "").map((purse) => purse.why));
    const rows = purses.filter((purse) => purse.has !== "" && purse.own === 0).map(purseRow);
    byId("purses").replaceChildren(...rows, ...[...reasons].map((why) => purseRow({ has: "", why, most: 0 })));
  }

  function purseRow(purse) {
    const item = byId("purse").content.firstElementChild.cloneNode(true);
    item.querySelector("b").textContent = purse.has;
    item.querySelector("small").textContent = purse.most === 0 ? purse.why : "";
    const button = item.querySelector("button");
    button.hidden = purse.most === 0;
    if (purse.most === 0) return item;
    button.dataset.purse = purse.purse;
    button.textContent = byId(`use-${purse.purse}`).textContent;
    button.addEventListener("click", () => openPad(purse.purse, purse));
    return item;
  }

  function drawCoupons(coupons) {
    byId("coupons").replaceChildren(...coupons.map((coupon) => {
      const item = byId("held").content.firstElementChild.cloneNode(true);
      item.querySelector("b").textContent = coupon.name;
      item.querySelector("small").hidden = !coupon.lost;
      item.querySelector("button").addEventListener("click", () => lanePage.ask("coupon-off", { coupon: coupon.coupon }));
      return item;
    }));
  }

  function openPad(what, purse) {
    const words = byId("pad").dataset;
    asking = what;
    byId("pad").purse = purse;
    byId("pad-title").textContent = words[`${what}Title`];
    const steps = what === "points" && purse.unit > 1 ? words.byUnit.replace("#", purse.unit) : "";
    byId("pad-hint").textContent = purse ? [purse.has, steps, purse.why].filter(Boolean).join(" \u00b7 ") : words.memberHint;
    byId("pad-most").textContent = purse ? purse.most_words : "";
    show("pad-most", Boolean(purse));
    refuse("pad-no", "");
    type("");
    if (what === "member") face.open();
    byId("pad").showModal();
  }

  function type(text) {
    typed = text.slice(0, MOST_DIGITS);
    if (typed) face.stop();
    byId("pad-shown").textContent = asking === "member" ? masked(typed) : amount(byId("pad").purse);
    byId("pad-done").disabled = typed === "";
    clearTimeout(forgetting);
    if (typed) forgetting = setTimeout(() => byId("pad").close(), FORGET_MS);
  }

  function masked(text) {
    return text.slice(0, -2).replace(/./g, "\u2022") + text.slice(-2) || "\u00a0";
  }

  // what was typed, in points and what they are worth, or in money; the digits of a card terminal: 1250 is 12.50
  function amount(purse) {
    if (!purse || typed === "") return "\u00a0";
    const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: purse.currency, currencyDisplay: "narrowSymbol" });
    const money = (minor) => format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
    if (purse.purse === "balance") return money(Number(typed));
    return `${Number(typed)} = ${money(Math.floor(Number(typed) / purse.unit) * purse.unit_minor)}`;
  }

  function refuse(id, text) {
    byId(id).textContent = text;
    show(id, text !== "");
  }

  async function send() {
    const [what, text] = [asking, typed];
    if (text === "") return;
    type(""); // sent once, and gone from here
    if (what === "member") await finish("member", { code: text });
    else await spend(what, Number(text));
  }

  async function spend(purse, wanted) {
    await finish(purse, purse === "points" ? { points: wanted } : { amount_minor: wanted });
  }

  async function finish(what, body) {
    refuse("pad-no", "");
    if (await lanePage.ask(what, body, (why) => refuse("pad-no", why))) byId("pad").close();
  }

  async function invite() {
    if (inviting) return;
    inviting = true;
    try {
      const answer = await fetch(`/api/lanes/${lane}/join`, { method: "POST" });
      const told = await answer.json();
      if (!answer.ok) {
        lanePage.tell(told.detail);
        return;
      }
      byId("qr").setAttribute("viewBox", `-4 -4 ${told.modules + 8} ${told.modules + 8}`);
      byId("qr").firstElementChild.setAttribute("d", told.path);
      byId("invitation").showModal();
    } catch {
      show("lost", true);
    } finally {
      inviting = false;
    }
  }

  async function forgetMe() {
    refuse("sure-no", "");
    byId("sure-done").disabled = true;
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const done = await lanePage.ask("forget", { id }, (why) => refuse("sure-no", why));
    byId("sure-done").disabled = false;
    if (!done) return;
    byId("sure").close();
    lanePage.tell(byId("sure-done").dataset.told);
  }

  async function give() {
    const code = byId("coupon-code").value.trim();
    if (code === "") return;
    refuse("coupon-no", "");
    if (await lanePage.ask("coupon", { code }, (why) => refuse("coupon-no", why))) byId("coupon").close();
  }

  for (const key of ["1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "0", "\u232b"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = key === "clear" ? byId("clear").textContent : key;
    button.addEventListener("click", () => type(key === "clear" ? "" : key === "\u232b" ? typed.slice(0, -1) : typed + key));
    byId("pad-keys").append(button);
  }
  lanePage.addKeys(byId("coupon-code"), byId("coupon-keys"));
  byId("be-member").addEventListener("click", () => openPad("member", null));
  byId("pad-done").addEventListener("click", send);
  byId("pad-most").addEventListener("click", () => spend(asking, byId("pad").purse.most));
  byId("pad-close").addEventListener("click", () => byId("pad").close());
  byId("pad").addEventListener("close", () => {
    type("");
    asking = null;
    face.close();
  });
  byId("give-coupon").addEventListener("click", () => {
    byId("coupon-code").value = "";
    refuse("coupon-no", "");
    byId("coupon").showModal();
  });
  byId("coupon-done").addEventListener("click", give);
  byId("coupon-close").addEventListener("click", () => byId("coupon").close());
  byId("forget").addEventListener("click", () => {
    refuse("sure-no", "");
    byId("sure").showModal();
  });
  byId("sure-close").addEventListener("click", () => byId("sure").close());
  byId("sure-done").addEventListener("click", forgetMe);
  byId("join").addEventListener("click", invite);
  byId("invitation-close").addEventListener("click", () => byId("invitation").close());
})();
