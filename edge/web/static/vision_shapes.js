// Lines, zones and marks of one camera as they are drawn over its picture. Places are fractions of the picture, as in the document.

"use strict";

const SVG = "http://www.w3.org/2000/svg";
const STEP = 0.005;
const THUMB_PX = 23;

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const inPicture = (value) => Math.round(Math.min(1, Math.max(0, value)) * 10000) / 10000;

class Drawing {
  constructor(root, width, height, changed) {
    [this.root, this.width, this.height, this.changed] = [root, width, height, changed];
    root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    root.setAttribute("preserveAspectRatio", "none");
  }

  pixel([x, y]) {
    return [x * this.width, y * this.height];
  }

  // Where a pointer is, as fractions.
  place(event) {
    const box = this.root.getBoundingClientRect();
    return [inPicture((event.clientX - box.left) / box.width), inPicture((event.clientY - box.top) / box.height)];
  }

  draw(layout, pending) {
    const focused = document.activeElement?.dataset?.handle;
    this.root.replaceChildren();
    layout.zones.forEach((zone, n) => this.zone(zone, `zone-${n}`));
    layout.lines.forEach((line, n) => this.line(line, `line-${n}`));
    layout.floor.forEach((mark, n) => this.mark(mark, `mark-${n}`, n));
    if (pending.length) this.path(pending, "shape line", false);
    pending.forEach((point) => this.root.append(svg("circle", { cx: this.pixel(point)[0], cy: this.pixel(point)[1], r: this.width / 120, class: "dot" })));
    if (focused) this.root.querySelector(`[data-handle="${focused}"]`)?.focus();
  }

  path(points, look, closed) {
    const list = points.map((point) => this.pixel(point).join(",")).join(" ");
    for (const kind of ["shape under", look]) this.root.append(svg(closed ? "polygon" : "polyline", { points: list, class: kind }));
  }

  label(point, text) {
    const [x, y] = this.pixel(point);
    this.root.append(svg("text", { x: x + 6, y: y - 6, class: "label", "font-size": Math.max(12, this.width / 45) }, text));
  }

  handle(point, id, name, move) {
    const [cx, cy] = this.pixel(point);
    this.root.append(svg("circle", { cx, cy, r: this.width / 120, class: "dot" }));
    const r = (THUMB_PX * this.width) / (this.root.getBoundingClientRect().width || this.width);
    const dot = svg("circle", { cx, cy, r, class: "handle", tabindex: 0, role: "button", "aria-label": name, "data-handle": id });
    const to = (place) => {
      move(place);
      this.changed();
    };
    dot.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      event.preventDefault();
      const follow = (moved) => to(this.place(moved));
      const stop = () => {
        window.removeEventListener("pointermove", follow);
        window.removeEventListener("pointerup", stop);
        window.removeEventListener("pointercancel", stop);
      };
      window.addEventListener("pointermove", follow);
      window.addEventListener("pointerup", stop);
      window.addEventListener("pointercancel", stop);
    });
    dot.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return;
      event.preventDefault();
      to([inPicture(point[0] + way[0] * STEP), inPicture(point[1] + way[1] * STEP)]);
    });
    this.root.append(dot);
  }

  line(line, id) {
    this.path([line.a, line.b], `shape line${line.staff ? " staff" : ""}`, false);
    const middle = [(line.a[0] + line.b[0]) / 2, (line.a[1] + line.b[1]) / 2];
    const [[x1, y1], [x2, y2]] = [this.pixel(middle), this.pixel(line.inside)];
    this.root.append(svg("line", { x1, y1, x2, y2, class: "arrow", "stroke-dasharray": "6 4" }));
    this.label(middle, line.name);
    this.handle(line.a, `${id}-a`, `${line.name} A`, (place) => (line.a = place));
    this.handle(line.b, `${id}-b`, `${line.name} B`, (place) => (line.b = place));
    this.handle(line.inside, `${id}-inside`, `${line.name} →`, (place) => (line.inside = place));
  }

  zone(zone, id) {
    this.path(zone.corners, `shape zone ${zone.kind}`, true);
    this.label(zone.corners[0], zone.name);
    zone.corners.forEach((corner, n) => this.handle(corner, `${id}-${n}`, `${zone.name} ${n + 1}`, (place) => (zone.corners[n] = place)));
  }

  mark(mark, id, n) {
    this.label(mark.picture, `${n + 1}: ${mark.floor_mm.join(" · ")} mm`);
    this.handle(mark.picture, id, `${n + 1}`, (place) => (mark.picture = place));
  }
}
