// Looks side by side: the painted picture has them next to each other in the shape of the camera; here each gets a pane of its own
// in the shape of the screen, with its name, and a touch chooses it.
"use strict";

// eslint-disable-next-line no-unused-vars
function mirrorPanes(glass, place, choose) {
  const GRIDS = { 2: [2, 1], 3: [3, 1], 4: [2, 2] }; // columns and rows in the picture, as edge/mirror/panes.py lays them
  const PICTURE_MS = 30; // no camera is faster, and the screen asks twice as often
  let canvases = [];
  let drawing = 0;
  let drawnAt = 0;

  function draw(now) {
    drawing = requestAnimationFrame(draw);
    if (now - drawnAt < PICTURE_MS) return;
    drawnAt = now;
    const [columns, rows] = GRIDS[canvases.length];
    const width = Math.floor(glass.naturalWidth / columns), height = Math.floor(glass.naturalHeight / rows);
    if (!width || !height) return;
    canvases.forEach((canvas, at) => {
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      const left = (at % columns) * width, top = Math.floor(at / columns) * height;
      canvas.getContext("2d").drawImage(glass, left, top, width, height, 0, 0, width, height);
    });
  }

  function button(name, at, chosen) {
    const made = document.createElement("button");
    made.type = "button";
    made.setAttribute("aria-pressed", String(chosen));
    made.addEventListener("click", () => choose(at));
    made.append(label(name));
    return made;
  }

  function label(text) {
    const made = document.createElement("span");
    made.textContent = text;
    return made;
  }

  // ``names`` of the looks in the order in which they are worn; ``bare``: the last pane is the face without makeup;
  // ``drawn``: the picture has them side by side, else only the names are shown
  function show(names, at, { bare, drawn }) {
    cancelAnimationFrame(drawing);
    const panes = names.length < 2 ? [] : names.map((name, each) => button(name, each, each === at));
    if (panes.length && drawn && bare) {
      panes.push(document.createElement("div"));
      panes[panes.length - 1].append(label(place.dataset.bare));
    }
    canvases = drawn ? panes.map((pane) => pane.insertBefore(document.createElement("canvas"), pane.firstChild)) : [];
    place.hidden = panes.length === 0;
    place.dataset.count = canvases.length;
    place.replaceChildren(...panes);
    drawnAt = 0;
    if (canvases.length) draw(performance.now()); // no pane is ever empty
  }

  return { show };
}
