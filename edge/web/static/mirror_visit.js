// The visit at a mirror: who wears what since when. It is written down every second, so that a reload goes on with it; a page that
// was away longer than the box waits finds it over.
"use strict";

// eslint-disable-next-line no-unused-vars
function mirrorVisit(mirror, { tryAfterMs, awayMs, keep }) {
  const SAVED = `storebox-visit-${mirror}`;
  const SAVE_MS = 1000;
  const MOST_MS = 86400000;
  const visit = { session: "", looks: [{}], at: 0, named: false }; // looks: {region: {sku, name, intensity, ms}}
  let savedAt = 0;

  // crypto.randomUUID asks for https, which a shop's network may not have; letters only, for digits might look like a card number,
  // and the box refuses that for a name
  function name(prefix) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return prefix + Array.from(bytes, (byte) => String.fromCharCode(97 + (byte % 26))).join("");
  }

  function say(word, body) {
    keep(word, { id: name("e-"), at: new Date().toISOString(), session: visit.session, ...body });
  }

  function save() {
    savedAt = performance.now();
    localStorage.setItem(SAVED, JSON.stringify({ ...visit, aliveAt: Date.now() }));
  }

  function begin() {
    if (visit.session) return false;
    visit.session = name("v-");
    say("began", {});
    return true;
  }

  function worn() {
    return visit.looks.flatMap(Object.values);
  }

  // Each was on the face for so much longer
  function count(ms) {
    for (const each of worn()) each.ms += ms;
    if (visit.session && performance.now() - savedAt >= SAVE_MS) save();
  }

  function tried(each) {
    if (each.ms >= tryAfterMs) say("tried", { sku: each.sku, ms: Math.min(Math.round(each.ms), MOST_MS), intensity: each.intensity });
  }

  // One look wears another shade instead; where a second look has it on, it is still tried, and told when that is taken off
  function replace(each) {
    const same = worn().find((other) => other !== each && other.sku === each.sku);
    if (same) same.ms = Math.max(same.ms, each.ms);
    else tried(each);
  }

  // Of a shade that is in several looks the longest counts
  function takeOff() {
    const longest = {};
    for (const each of worn()) {
      if (!longest[each.sku] || each.ms > longest[each.sku].ms) longest[each.sku] = each;
    }
    Object.values(longest).forEach(tried);
    visit.looks = [{}];
    visit.at = 0;
  }

  function end() {
    takeOff();
    say("ended", {});
    visit.session = "";
    visit.named = false;
  }

  // Whether a visit goes on that an earlier life of this page began
  function restore() {
    let saved = null;
    try {
      saved = JSON.parse(localStorage.getItem(SAVED));
    } catch {
      localStorage.removeItem(SAVED);
    }
    if (!saved || !saved.session || !Array.isArray(saved.looks) || !saved.looks[saved.at]) return false;
    const { session, looks, at, named } = saved;
    Object.assign(visit, { session, looks, at, named });
    if (Math.abs(Date.now() - saved.aliveAt) < awayMs) return true;
    end();
    save();
    return false;
  }

  return Object.assign(visit, { begin, count, replace, takeOff, end, save, restore, worn });
}
