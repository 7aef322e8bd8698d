// Guidelines come from the miner's server as HTML made of Markdown. They are parsed
// into a document of their own, where nothing loads or runs, and built anew from the
// elements that are allowed; everything else is left out but for its text.
import { el } from "./dom.js";

const allowed = new Set("H1 H2 H3 H4 H5 H6 P UL OL LI STRONG EM CODE PRE BLOCKQUOTE BR HR DEL TABLE THEAD TBODY TR TH TD A".split(" "));
const dropped = new Set("SCRIPT STYLE TEMPLATE IFRAME OBJECT EMBED SVG MATH NOSCRIPT TEXTAREA TITLE HEAD".split(" "));
const deepest = 32;

// guidelines returns nodes to show.
export function guidelines(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return rebuild(parsed.body, 0);
}

function rebuild(parent, depth) {
  const out = [];
  for (const node of parent.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) out.push(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || dropped.has(node.nodeName.toUpperCase()) || depth > deepest) continue;
    const inner = rebuild(node, depth + 1);
    if (allowed.has(node.nodeName)) out.push(element(node, inner));
    else out.push(...inner);
  }
  return out;
}

function element(node, inner) {
  const heading = /^H([1-6])$/.exec(node.nodeName);
  // The page has one h1, and the guidelines stand under a heading of level 2.
  if (heading) return el(`h${Math.min(6, Math.max(3, Number(heading[1]) + 1))}`, {}, ...inner);
  if (node.nodeName === "TABLE") return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table" }, el("table", {}, ...inner));
  if (node.nodeName === "TH") return el("th", { scope: node.closest("thead") ? "col" : "row" }, ...inner);
  if (node.nodeName === "A") return link(node, inner);
  return el(node.nodeName.toLowerCase(), {}, ...inner);
}

function link(node, inner) {
  const target = node.getAttribute("href") ?? "";
  if (!/^https?:\/\//i.test(target)) return el("span", {}, ...inner);
  return el("a", { href: target, rel: "noopener noreferrer nofollow", target: "_blank" }, ...inner);
}
