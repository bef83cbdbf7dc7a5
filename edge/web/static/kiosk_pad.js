// The keys of a kiosk: digits, letters where a code has some, and whatever a scanner types that stands beside the screen.
"use strict";

// eslint-disable-next-line no-unused-vars
function kioskPad(root, { enter, typing }) {
  const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "0", "back"];
  const LETTERS = [..."1234567890qwertyuiopasdfghjkl-zxcvbnm.", "back"];
  const MOST = 48;
  const words = root.dataset;
  const shown = document.createElement("output");
  const problem = document.createElement("p");
  const keys = document.createElement("div");
  const row = document.createElement("div");
  const other = button(words.letters, () => draw(!keys.classList.contains("letters")));
  const done = button(words.enter, send);
  let typed = "";

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function draw(letters) {
    keys.classList.toggle("letters", letters);
    other.textContent = letters ? words.digits : words.letters;
    const acts = { clear: () => type(""), back: () => type(typed.slice(0, -1)) };
    keys.replaceChildren(...(letters ? LETTERS : DIGITS).map((key) => {
      const made = button(words[key] || key, acts[key] || (() => type(typed + key)));
      made.dataset.key = key;
      return made;
    }));
  }

  // only the end of a number is shown: somebody may stand behind
  function type(text) {
    typed = text.slice(0, MOST);
    shown.textContent = typed.slice(0, -2).replace(/./g, "\u2022") + typed.slice(-2) || "\u00a0";
    done.disabled = typed === "";
    refuse("");
    if (typed) typing();
  }

  function refuse(text) {
    problem.textContent = text;
    problem.hidden = text === "";
  }

  async function send() {
    const code = typed;
    if (code === "") return;
    type(""); // sent once, and gone from here
    refuse((await enter(code)) || "");
  }

  // a scanner is a quick keyboard that ends with Enter
  function hear(event) {
    if (root.offsetParent === null || root.inert || document.querySelector("dialog[open]") || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && typed) send();
    else if (event.key === "Backspace") type(typed.slice(0, -1));
    else if (/^[0-9A-Za-z.:+-]$/.test(event.key)) type(typed + event.key);
    else return;
    event.preventDefault();
  }

  shown.className = "typed";
  problem.className = "problem";
  problem.setAttribute("role", "alert");
  keys.className = "keys";
  row.className = "row";
  done.className = "main";
  done.dataset.key = "enter";
  row.append(other, done);
  root.append(shown, problem, keys, row);
  draw(false);
  type("");
  document.addEventListener("keydown", hear);
  return {
    clear() {
      draw(false);
      type("");
    },
    isEmpty: () => typed === "",
    isOpen: () => root.offsetParent !== null && !root.inert,
    scan(code) {
      type(code);
      send();
    },
  };
}
