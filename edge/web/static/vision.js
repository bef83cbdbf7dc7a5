// The editor of a camera's layout: draw on the picture, name what was drawn, save. What is not saved is nowhere but here.

"use strict";

const editor = document.getElementById("editor");
const word = (key) => editor.dataset[`word${key.replace(/(^|_)([a-z])/g, (_all, _gap, letter) => letter.toUpperCase())}`];
const address = `/api/vision/cameras/${editor.dataset.camera}/layout`;
const shapes = document.getElementById("shapes");
const drawing = new Drawing(document.getElementById("drawing"), Number(editor.dataset.width), Number(editor.dataset.height), () => touched());
const NEAR = 0.02;
let layout = { lines: [], zones: [], floor: [] };
let pending = [];
let kept = "";

const tool = () => editor.querySelector("input[name=tool]:checked").value;

function touched() {
  drawing.draw(layout, pending);
  document.getElementById("nothing").hidden = layout.lines.length + layout.zones.length + layout.floor.length > 0;
  const saved = JSON.stringify(layout) === kept;
  document.getElementById("state").textContent = saved ? "" : word("unsaved");
  drawing.root.dataset.tool = tool();
  const hint = tool() === "line" && pending.length === 2 ? "hint_inside" : `hint_${tool()}`;
  document.getElementById("hint").textContent = word(hint);
}

function free(stem, taken) {
  let n = 1;
  while (taken.some((each) => each.name === `${stem}-${n}`)) n += 1;
  return `${stem}-${n}`;
}

function add(list, shape) {
  list.push(shape);
  pending = [];
  listed();
}

function click(event) {
  const place = drawing.place(event);
  if (tool() === "move") return;
  if (tool() === "mark") return add(layout.floor, { picture: place, floor_mm: [0, 0] });
  const first = pending[0];
  const closes = tool() === "zone" && pending.length > 2 && Math.hypot(place[0] - first[0], place[1] - first[1]) < NEAR;
  if (closes) return add(layout.zones, { name: free("zone", layout.zones), kind: "area", corners: pending, shelf: null, label_zh: "", label_en: "" });
  pending.push(place);
  if (tool() === "line" && pending.length === 3) {
    const [a, b, inside] = pending;
    return add(layout.lines, { name: free("line", layout.lines), a, b, inside, label_zh: "", label_en: "", entrance: true, staff: false });
  }
  touched();
}

function field(label, input) {
  const wrapped = document.createElement("label");
  wrapped.className = "choice";
  wrapped.append(...(input.type === "checkbox" ? [input, label] : [label, input]));
  return wrapped;
}

function text(shape, key, label) {
  const input = Object.assign(document.createElement("input"), { type: "text", value: shape[key] ?? "", maxLength: key.startsWith("label") ? 40 : 32 });
  if (key === "name") Object.assign(input, { required: true, pattern: "[a-z0-9\\-]{1,32}", title: word("name_rule") });
  input.addEventListener("input", () => {
    shape[key] = input.value || (key === "shelf" ? null : "");
    touched();
  });
  return field(label, input);
}

const named = (shape) => ["name", "label_zh", "label_en"].map((key) => text(shape, key, word(key)));

function tick(shape, key) {
  const input = Object.assign(document.createElement("input"), { type: "checkbox", checked: shape[key] });
  input.addEventListener("change", () => {
    shape[key] = input.checked;
    touched();
  });
  return field(word(key), input);
}

function number(mark, at, label) {
  const input = Object.assign(document.createElement("input"), { type: "number", value: mark.floor_mm[at], step: 10 });
  input.addEventListener("input", () => {
    mark.floor_mm[at] = Math.round(Number(input.value)) || 0;
    touched();
  });
  return field(label, input);
}

function kind(zone) {
  const select = document.createElement("select");
  for (const each of ["area", "queue", "shelf", "staff"]) select.append(new Option(word(`kind_${each}`), each, false, zone.kind === each));
  select.addEventListener("change", () => {
    zone.kind = select.value;
    listed();
  });
  return field(word("kind"), select);
}

function row(title, fields, list, shape) {
  const item = document.createElement("li");
  item.className = "card";
  const name = Object.assign(document.createElement("b"), { textContent: title });
  const remove = Object.assign(document.createElement("button"), { type: "button", textContent: word("remove") });
  remove.addEventListener("click", () => {
    list.splice(list.indexOf(shape), 1);
    listed();
  });
  item.append(name, ...fields, remove);
  return item;
}

function listed() {
  shapes.replaceChildren(
    ...layout.lines.map((line) => row(word("line"), [...named(line), tick(line, "entrance"), tick(line, "staff")], layout.lines, line)),
    ...layout.zones.map((zone) => {
      const fields = [...named(zone), kind(zone)];
      if (zone.kind === "shelf") fields.push(text(zone, "shelf", word("shelf")));
      return row(word("zone"), fields, layout.zones, zone);
    }),
    ...layout.floor.map((mark, n) => row(`${word("mark")} ${n + 1}`, [number(mark, 0, word("x_mm")), number(mark, 1, word("y_mm"))], layout.floor, mark)),
  );
  touched();
}

async function load() {
  const answer = await fetch(address);
  if (!answer.ok) return say((await answer.json()).detail);
  layout = await answer.json();
  [kept, pending] = [JSON.stringify(layout), []];
  say("");
  listed();
}

function say(mistakes) {
  const box = document.getElementById("mistakes");
  [box.textContent, box.hidden] = [mistakes, !mistakes];
}

async function save() {
  const misnamed = shapes.querySelector("input[pattern]:invalid");
  if (misnamed) {
    misnamed.focus();
    return say(misnamed.title);
  }
  const body = JSON.stringify(layout);
  const answer = await fetch(address, { method: "PUT", headers: { "Content-Type": "application/json" }, body });
  if (!answer.ok) return say((await answer.json()).detail);
  kept = body;
  say("");
  touched();
  document.getElementById("state").textContent = word("saved");
}

const unsent = () => say(word("unsent"));
drawing.root.addEventListener("pointerdown", click);
document.getElementById("save").addEventListener("click", () => save().catch(unsent));
document.getElementById("revert").addEventListener("click", () => load().catch(unsent));
for (const each of editor.querySelectorAll("input[name=tool]")) {
  each.addEventListener("change", () => {
    pending = [];
    touched();
  });
}
window.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    pending = [];
    touched();
  }
});
window.addEventListener("beforeunload", (event) => {
  if (JSON.stringify(layout) !== kept) event.preventDefault();
});
window.addEventListener("resize", touched);
load().catch(unsent);
