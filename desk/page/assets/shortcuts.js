// Keys. Single characters can be switched off; no key does anything while one types in
// a field, but Ctrl+Enter, and Escape, which leaves the field.
import { byId, el } from "./dom.js";
import { setting } from "./store.js";

const listed = [
  ["1 – 9, 0", "choose an answer"],
  ["A or L, B or R, T, N", "of a pair: A, B, a tie, neither"],
  ["Enter or Ctrl+Enter", "submit"],
  ["S", "skip, and say why by a digit"],
  ["Ctrl+Z", "undo the last answer or skip, up to 20"],
  ["Ctrl+Shift+Z or Ctrl+Y", "redo"],
  ["] and [", "next and previous task"],
  ["C", "write a comment"],
  ["G", "show or hide the guidelines"],
  ["?", "show these keys"],
  ["Escape", "leave a field, a dialog, the task"],
];

export const singleKeys = () => setting("single") ?? true;

function showSetting() {
  document.documentElement.classList.toggle("no-single", !singleKeys());
}

// openKeys shows the dialog of keys.
export function openKeys() {
  byId("keys").showModal();
}

// prepareKeys fills the dialog and listens. bench gives what the keys work on, or
// nothing where there is no task.
export function prepareKeys(bench) {
  byId("keylist").replaceChildren(...listed.map(([keys, words]) => el("div", {}, el("dt", {}, keys), el("dd", {}, words))));
  const single = byId("single");
  single.checked = singleKeys();
  single.addEventListener("change", () => {
    setting("single", single.checked);
    showSetting();
  });
  showSetting();
  byId("open-keys").addEventListener("click", openKeys);
  for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
  document.addEventListener("keydown", (e) => press(e, bench()));
}

const typing = (target) => target.matches?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button])");
const pressable = (target) => target.closest?.("button, a, summary, select");

function press(e, bench) {
  if (e.defaultPrevented || e.isComposing) return;
  const dialog = document.querySelector("dialog[open]");
  if (dialog) return inDialog(e, dialog);
  const act = command(e, bench);
  if (act && act() !== false) e.preventDefault();
}

// command finds what a key does where it was pressed; nothing is undefined.
function command(e, bench) {
  const control = e.ctrlKey || e.metaKey;
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  if (key === "Escape" && typing(e.target)) return () => e.target.blur();
  if (key === "?" && singleKeys() && !typing(e.target) && !control) return openKeys;
  if (!bench || e.altKey) return undefined;
  if (key === "Enter") return e.repeat || (!control && (typing(e.target) || pressable(e.target))) ? undefined : () => bench.submit();
  if (key === "Escape") return () => bench.leave();
  if (typing(e.target)) return undefined;
  if (control) return { z: () => (e.shiftKey ? bench.redo() : bench.undo()), y: () => bench.redo() }[key];
  if (!singleKeys() || key.length !== 1) return undefined;
  const single = { s: () => bench.skip(), c: () => bench.comment(), g: () => bench.guide(), "]": () => bench.move(1), "[": () => bench.move(-1) };
  return single[key] ?? (() => bench.choose(key));
}

// inDialog lets digits press the buttons that bear them.
function inDialog(e, dialog) {
  if (!singleKeys() || e.ctrlKey || e.metaKey || e.altKey || e.repeat || !/^\d$/.test(e.key)) return;
  const button = dialog.querySelector(`[data-key="${e.key}"]`);
  if (!button) return;
  e.preventDefault();
  button.click();
}

const reasons = [["unclear", "The question does not fit, or it is unclear"], ["broken", "The text is broken, empty or cut off"], ["language", "I do not know its language"], ["offensive", "It is offensive or upsetting"], ["other", "Another reason"]];

// askReason shows the dialog of reasons to skip, and calls chosen with one.
export function askReason(chosen) {
  const dialog = byId("skip");
  byId("reasons").replaceChildren(...reasons.map(([reason, words], i) =>
    el("button", { type: "button", "data-key": i + 1, "aria-keyshortcuts": i + 1, onclick: () => {
      dialog.close();
      chosen(reason);
    } }, el("kbd", { "aria-hidden": "true" }, String(i + 1)), words)));
  dialog.showModal();
}
