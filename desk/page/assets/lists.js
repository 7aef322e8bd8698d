// The screens that list: programs, the labeller's last answers, the ledger.
import { byId, el, figure, screen, short } from "./dom.js";
import { line } from "./text.js";
import { remembered } from "./outbox.js";

// showPrograms lists what there is to label.
export function showPrograms(desk, key, other) {
  const part = screen("programs");
  part("labeller").textContent = short(key.account);
  part("labeller").title = key.account;
  part("other").addEventListener("click", other);
  part("none").hidden = desk.programs.length > 0;
  part("programs").replaceChildren(...desk.programs.map((p) =>
    el("li", { class: "card" },
      el("h2", {}, el("a", { href: `#/label/${encodeURIComponent(p.name)}` }, p.name)),
      el("p", { class: "ask" }, p.question),
      el("p", { class: "soft" }, p.about),
      el("p", {}, el("strong", {}, figure(p.open)), ` open · at most ${figure(p.quota)} a day`))));
}

const pairWords = { left: "A is better", right: "B is better", tie: "Tie", neither: "Neither" };

const states = { waiting: ["waiting to be sent", "wait"], kept: ["kept", "good"], sent: ["sent", "good"], sealed: ["sealed", "idle"], missed: ["closed before it was sealed", "bad"], refused: ["refused", "bad"] };

// showRecent lists the last answers and skips: what this browser did, and what the
// desk remembers from elsewhere.
export function showRecent(deeds, recent, program) {
  const part = screen("recent");
  part("back").href = program ? `#/label/${encodeURIComponent(program)}` : "#/";
  fillRecent(deeds, recent);
}

// fillRecent writes the rows of the list, if it is on the screen.
export function fillRecent(deeds, recent) {
  const body = byId("recent");
  if (!body) return;
  const rows = recentRows(deeds, recent);
  byId("no-recent").hidden = rows.length > 0;
  body.replaceChildren(...rows.map((r) => {
    const [word, mood] = states[r.skip && r.state === "kept" ? "sent" : r.state] ?? [r.state, "idle"];
    const state = el("span", { class: `state ${mood}` }, word);
    return el("tr", {},
      el("th", { scope: "row" }, r.title ? line(r.title, 60) : el("span", { class: "code" }, short(r.id))),
      el("td", { "data-label": "Program" }, r.program),
      el("td", { "data-label": "Answer" }, r.skip ? el("i", {}, `skipped: ${r.skip}`) : line(pairWords[r.answer] ?? r.answer, 40)),
      el("td", { "data-label": "State" }, state, ...(r.why ? [" ", r.why] : [])),
      el("td", { "data-label": "Gold" }, !r.truth ? "–" : r.truth === r.answer ? "right" : el("span", {}, "wrong: ", line(pairWords[r.truth] ?? r.truth, 40))));
  }));
}

function recentRows(deeds, recent) {
  const server = new Map(recent.map((r) => [r.task, r]));
  const rows = [];
  const listed = new Set();
  for (const d of deeds.filter((d) => d.kind !== "withdraw" && !d.undone).reverse()) {
    if (listed.has(d.task.id)) continue;
    listed.add(d.task.id);
    const known = d.state === "kept" && d.kind === "answer" ? server.get(d.task.id) : undefined;
    rows.push({ id: d.task.id, at: d.seq, title: d.task.subjects.map((s) => s.title).filter(Boolean).join(" / "), program: d.program, answer: d.body.answer, skip: d.body.reason, state: known?.state ?? (d.sealed ? "sealed" : d.state), why: d.why, truth: known?.truth });
  }
  for (const r of recent) if (!listed.has(r.task)) rows.push({ ...r, id: r.task });
  return rows.slice(0, remembered);
}

// showLedger lists what each labeller earned.
export function showLedger({ programs }, own) {
  const part = screen("ledger");
  part("programs").replaceChildren(...programs.flatMap((p) => [
    el("h2", {}, p.name),
    p.labellers.length ? ledgerTable(p, own) : el("p", { class: "soft" }, "Nobody has labelled for this program yet."),
  ]));
}

function ledgerTable({ name, labellers }, own) {
  const heads = ["Labeller", "Answered", "Sealed", "Gold right", "Points", "Share"];
  return el("div", { class: "scroll", role: "region", "aria-label": `Ledger of ${name}`, tabindex: "0" },
    el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((h, i) => el("th", { scope: "col", class: i ? "n" : null }, h)))),
      el("tbody", {}, ...labellers.map((l) => el("tr", {},
        el("th", { scope: "row" }, el("span", { class: "code", title: l.labeller }, short(l.labeller)), l.labeller === own ? " (you)" : ""),
        el("td", { class: "n", "data-label": "Answered" }, figure(l.answered)),
        el("td", { class: "n", "data-label": "Sealed" }, figure(l.sealed)),
        el("td", { class: "n", "data-label": "Gold right" }, `${figure(l.gold_right)} of ${figure(l.gold_asked)}`),
        el("td", { class: "n", "data-label": "Points" }, figure(l.points)),
        el("td", { class: "n", "data-label": "Share" }, `${figure(100 * l.share)} %`))))));
}

// showLink writes whether the desk is there, and what has waited for a while.
export function showLink(reached, outbox) {
  const link = byId("link");
  const waiting = outbox && (!reached || Date.now() - outbox.oldest > 1500) ? outbox.waiting : 0;
  const said = (reached ? "connected" : "no connection") + (waiting ? `, ${waiting} to be sent` : "");
  if (link.textContent !== said) link.textContent = said;
  link.dataset.state = reached ? "live" : "off";
}
