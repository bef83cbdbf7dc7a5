// A touch on "recognise me by face", followed to its end; the kiosk, the lanes and the mirrors share it. It knows no words.
"use strict";

// told(attempt) comes with every change; lost() when the box does not answer
// eslint-disable-next-line no-unused-vars
function faceAttempt(place, { told, lost }) {
  let request = ""; // the attempt that is followed
  let begun = 0;

  async function begin(address, body) {
    stop();
    const mine = (request = `begins ${++begun}`);
    try {
      const answer = await fetch(address, { method: "POST", body: JSON.stringify(body) });
      const attempt = await answer.json();
      if (answer.ok && request !== mine) cancel(attempt.request);
      if (request !== mine) return;
      if (answer.ok) await follow(attempt);
      else end({ says: attempt.detail, hint: "", step: "", ended: "failed" });
    } catch {
      if (request === mine) end(null);
    }
  }

  async function follow(attempt) {
    request = attempt.request;
    let now = attempt;
    while (request === attempt.request) {
      if (now.ended) {
        end(now);
        return;
      }
      told(now);
      const answer = await fetch(`/api/places/${place}/attempts/${attempt.request}?after=${now.changes}`);
      if (request !== attempt.request) return;
      now = answer.ok ? await answer.json() : { ...now, says: (await answer.json()).detail, hint: "", ended: "failed" };
    }
  }

  function end(attempt) {
    request = "";
    if (attempt) told(attempt);
    else lost();
  }

  // Nobody waits any more; what the box had begun it lets go of by itself, too
  function stop() {
    const asked = request;
    request = "";
    if (asked && !asked.startsWith("begins")) cancel(asked);
  }

  function cancel(asked) {
    fetch(`/api/places/${place}/attempts/${asked}/cancel`, { method: "POST" }).catch(() => {});
  }

  async function offered() {
    try {
      const answer = await fetch(`/api/places/${place}/face`);
      return answer.ok && (await answer.json()).offered;
    } catch {
      return false;
    }
  }

  return {
    identify: (session = "") => begin(`/api/places/${place}/face`, { session }),
    begin,
    resume: (name) => follow({ request: name, changes: 0, step: "loading", says: "", hint: "", ended: "" }).catch(() => end(null)),
    stop,
    offered,
    running: () => request !== "",
  };
}

// The button and its answer in a dialog where a number is typed, too: both ways stand side by side.
// eslint-disable-next-line no-unused-vars
function facePanel(place, { session, named }) {
  const byId = (id) => document.getElementById(id);
  const panel = byId("face-panel");
  const attempt = faceAttempt(place, {
    told(now) {
      panel.dataset.step = now.ended ? "" : now.step;
      byId("face-says").textContent = now.says;
      byId("face-hint").textContent = now.hint;
      byId("face-go").hidden = !now.ended;
      byId("face-stop").hidden = Boolean(now.ended);
      if (now.ended === "named") named();
    },
    lost() {
      stop();
      byId("face-says").textContent = byId("face-says").dataset.failed;
    },
  });

  async function open() {
    stop();
    panel.hidden = true;
    panel.hidden = !(await attempt.offered());
  }

  // Whoever types a number wants no face looked at
  function stop() {
    attempt.stop();
    panel.dataset.step = "";
    byId("face-says").textContent = byId("face-hint").textContent = "";
    byId("face-go").hidden = false;
    byId("face-stop").hidden = true;
  }

  function close() {
    stop();
    panel.hidden = true;
  }

  byId("face-go").addEventListener("click", () => attempt.identify(session()));
  byId("face-stop").addEventListener("click", stop);
  close();
  return { open, stop, close };
}
