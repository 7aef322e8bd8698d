// Elements from plain values. Text goes in as text; nothing here parses HTML.

// el makes an element with attributes, listeners ("onclick") and children.
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export const byId = (id) => document.getElementById(id);

// narrow is where the guidelines stand above the work and not beside it.
export const narrow = () => matchMedia("(max-width: 999px)").matches;

// screen shows a template in the main part, and returns a finder of its data-… parts.
export function screen(name) {
  const main = byId("main");
  main.replaceChildren(byId(`screen-${name}`).content.cloneNode(true));
  document.title = `${main.querySelector("h1").textContent || "Label"} – labelling desk`;
  return (part) => main.querySelector(`[data-${part}]`);
}

// short is a labeller, a task or a miner for people: its beginning and its end.
export const short = (name) => (name.length > 22 ? `${name.slice(0, 12)}…${name.slice(-6)}` : name);

const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
export const figure = (x) => numbers.format(x ?? 0);

// clock writes milliseconds as 0:07, 12:30 or 3:05:00.
export function clock(millis) {
  const all = Math.max(0, Math.floor(millis / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor(all / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}

let fading;

// say tells what happened, on the screen and to screen readers.
export function say(words, bad = false) {
  const note = byId("note");
  note.textContent = words;
  note.dataset.bad = bad;
  clearTimeout(fading);
  fading = setTimeout(() => (note.textContent = ""), Math.max(6000, words.length * 90));
}
