// Labelled text comes from strangers. It is shown as text, isolated from the direction
// of what stands around it, with the characters written out that would hide or turn
// it, and only in part when it is long.
import { el } from "./dom.js";

const most = 8000;
const mostLines = 250;

// Controls but tab and newline, soft hyphen, zero-width space, word joiner and
// invisible operators, direction embeddings, overrides and isolates, byte order mark,
// interlinear marks, and tag characters. Joiners and direction marks stay: scripts
// need them, and they cannot turn other text.
const unseen = /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}])\1*/gu;

// plain writes unseen characters out: ⟨U+202E⟩, a run of the same as ⟨U+200B ×40⟩.
export function plain(text) {
  return text.replace(/\r\n?/g, "\n").replace(unseen, (run, one) => {
    const times = run.length / one.length;
    const code = one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    return `⟨U+${code}${times > 1 ? ` ×${times}` : ""}⟩`;
  });
}

// line is a short hostile text within a line of ours.
export function line(text, limit = 200) {
  const shown = plain(text).replace(/\s+/g, " ");
  return el("bdi", {}, shown.length > limit ? `${cut(shown, limit)}…` : shown);
}

// cut does not leave half of a character.
function cut(text, length) {
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? length - 1 : length);
}

// block is a long hostile text, with a button to see all of it.
export function block(text) {
  const all = plain(text);
  let end = Math.min(all.length, most);
  for (let at = -1, lines = 0; (at = all.indexOf("\n", at + 1)) >= 0 && at < end; ) {
    if (++lines === mostLines) end = at;
  }
  const body = el("div", { class: "text", dir: "auto" }, el("bdi", {}, end < all.length ? cut(all, end) : all));
  if (end === all.length) return [body];
  const more = el("button", { type: "button", class: "more" }, `Show all ${all.length.toLocaleString("en")} characters`);
  more.addEventListener("click", () => {
    body.firstChild.textContent = all;
    body.closest("[tabindex]")?.focus();
    more.remove();
  });
  return [body, more];
}
