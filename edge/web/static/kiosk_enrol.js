// The way to be recognised by face, step by step at a kiosk: notice, consent, age, guardian and staff, the live picture.
"use strict";

// eslint-disable-next-line no-unused-vars
function kioskEnrol(kiosk) {
  const byId = (id) => document.getElementById(id);
  const { kiosk: name, notice, pictured } = document.body.dataset;
  const picture = byId("live-picture");
  let agreeing = false;
  const attempt = faceAttempt(name, { told, lost: () => kiosk.sorry("plain") });

  function told(now) {
    byId("live-ring").dataset.step = byId("live").dataset.step = now.ended ? now.ended : now.step;
    byId("live-says").textContent = now.says;
    byId("live-hint").textContent = now.hint;
    byId("live-again").hidden = now.ended !== "failed";
    show(!now.ended);
    if (now.ended !== "kept") return;
    byId("done-until").textContent = byId("done-until").dataset.words.replace("#", now.until);
    kiosk.go("done");
  }

  // Only the silhouette, unless the camera may be shown; never before or after the enrolment
  function show(live) {
    const wanted = live && pictured === "yes";
    if (wanted && picture.hidden) picture.src = `/kiosk/${name}/pictures?${Date.now()}`;
    if (!wanted) picture.removeAttribute("src");
    picture.hidden = !wanted;
  }

  async function agree(age) {
    if (agreeing) return "";
    agreeing = true;
    const refused = await kiosk.ask("consent", { visit: kiosk.token(), id: kiosk.wish(), notice, age, agreed: true });
    agreeing = false;
    if (!refused) begin();
    else if (refused.kind === "face-notice-changed") kiosk.sorry("changed");
    return refused ? refused.detail : "";
  }

  function begin() {
    byId("live-ring").dataset.step = byId("live").dataset.step = "loading";
    byId("live-says").textContent = byId("live-hint").textContent = "";
    byId("live-again").hidden = true;
    kiosk.go("live");
    attempt.begin(`/api/kiosks/${name}/enrol`, { visit: kiosk.token() });
  }

  async function adult() {
    const problem = byId("age-problem");
    problem.textContent = await agree("adult");
    problem.hidden = problem.textContent === "";
  }

  async function guardian(code) {
    const refused = await kiosk.ask("guardian", { visit: kiosk.token(), code, agreed: true });
    if (!refused) kiosk.go("staff");
    return refused ? refused.detail : "";
  }

  async function badge(code) {
    const refused = await kiosk.ask("badge", { visit: kiosk.token(), code });
    return refused ? refused.detail : "";
  }

  // Staff have answered, here or on their own page
  function answered(visit) {
    if (visit.guardian === "confirmed") agree("guardian");
    else if (visit.guardian === "refused") kiosk.sorry("refused");
  }

  function reset() {
    attempt.stop();
    show(false);
    byId("consent").checked = byId("guardian-consent").checked = false;
    byId("agree").disabled = true;
    byId("age-problem").hidden = true;
    byId("reading").close();
    document.querySelector("[data-pad=guardian]").inert = true;
  }

  byId("consent").addEventListener("change", (event) => { byId("agree").disabled = !event.target.checked; });
  byId("guardian-consent").addEventListener("change", (event) => {
    document.querySelector("[data-pad=guardian]").inert = !event.target.checked;
  });
  byId("read").addEventListener("click", () => {
    document.querySelector("#reading .text").replaceChildren(document.querySelector("#notice dl").cloneNode(true));
    byId("reading").showModal();
  });
  byId("reading-close").addEventListener("click", () => byId("reading").close());
  byId("agree").addEventListener("click", () => kiosk.go("age"));
  byId("adult").addEventListener("click", adult);
  byId("child").addEventListener("click", () => kiosk.go("guardian"));
  byId("live-again").addEventListener("click", begin);
  picture.addEventListener("error", () => { picture.hidden = picture.hasAttribute("src"); });
  return {
    guardian,
    badge,
    answered,
    reset,
    running: attempt.running,
    resume(request) {
      kiosk.go("live");
      attempt.resume(request);
    },
  };
}
