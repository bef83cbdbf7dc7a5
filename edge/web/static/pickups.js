// Counts down beside each order, and draws the list anew when it changed and nobody is typing.
"use strict";

(() => {
  const LOOK_MS = 3000;
  const words = document.body.dataset;
  const list = document.getElementById("pickups");
  const lost = document.getElementById("lost");
  let skewMs = Date.parse(words.now) - Date.now(); // how far this browser's clock is from the box's

  function tick() {
    for (const time of document.querySelectorAll("time[data-due]")) {
      const seconds = Math.round((Date.parse(time.dateTime) - Date.now() - skewMs) / 1000);
      const whole = Math.abs(seconds);
      const text = `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
      time.textContent = (seconds < 0 ? words.over : words.left).replace("#", text);
      const card = time.closest("[data-look]");
      card.dataset.look = seconds <= 0 ? "bad" : seconds <= 600 ? "warn" : "moving";
    }
  }

  function typing() {
    return [...document.querySelectorAll("input")].some((input) => input.value !== "" || input === document.activeElement);
  }

  function version(record) {
    return [...record.waiting, ...record.settled].map((each) => `${each.order}:${each.state}:${Date.parse(each.late_at)}`).join(" ");
  }

  async function look() {
    if (document.hidden) return;
    try {
      const answer = await fetch("/api/pickups", { cache: "no-store", signal: AbortSignal.timeout(LOOK_MS * 2) });
      if (!answer.ok) throw new Error(answer.status);
      const record = await answer.json();
      skewMs = Date.parse(record.now) - Date.now();
      lost.hidden = true;
      if (version(record) !== list.dataset.version && !typing()) location.assign("/pickups");
    } catch {
      lost.hidden = false;
    }
  }

  setInterval(tick, 1000);
  setInterval(look, LOOK_MS);
  tick();
})();
