// The labelling desk: who labels, and which screen is shown.
import { byId, clock, figure, say, screen, short } from "./dom.js";
import { canMakeKeys, pageKey, walletKey } from "./keys.js";
import { Session, call, onHearing } from "./session.js";
import { Drafts, Store, setting } from "./store.js";
import { Outbox } from "./outbox.js";
import { Bench } from "./bench.js";
import { prepareKeys } from "./shortcuts.js";
import { fillRecent, showLedger, showLink, showPrograms, showRecent } from "./lists.js";

let store, desk, session, outbox, bench;
let me; // the desk's last word on this labeller
let pace = 0; // mean milliseconds of the last answers
let reached = true;

function start() {
  const part = screen("start");
  part("miner").textContent = short(desk.miner);
  part("miner").title = desk.miner;
  part("insecure").hidden = canMakeKeys();
  part("page").disabled = !canMakeKeys();
  part("no-wallet").hidden = !!globalThis.ethereum;
  part("wallet").disabled = !globalThis.ethereum;
  const use = (open) => async () => {
    try {
      const key = await open();
      if (!key) return say("No account was given.", true);
      await enter(key);
      await show();
    } catch (e) {
      say(e.code === 4001 ? "The wallet refused." : e.message, true);
    }
  };
  part("page").addEventListener("click", use(() => pageKey(store, true)));
  part("wallet").addEventListener("click", use(() => walletKey()));
  store.key().then((pair) => pair && (part("page").textContent = "Go on with the key of this page"));
}

// enter begins a labeller's session and sends what it left waiting.
async function enter(key) {
  const entering = new Session(key, desk);
  me = await entering.call("GET", "me");
  session = entering;
  setting("key", { kind: key.kind, labeller: key.labeller });
  byId("who").hidden = byId("to-recent").hidden = false;
  byId("who").textContent = short(key.account);
  byId("who").title = key.account;
  outbox = new Outbox(store, session, { settled, changed, emptied: refresh });
  outbox.flush();
}

// settled hears of each deed that the desk took or refused.
function settled(deed) {
  bench?.work.settled(deed);
  if (deed.state !== "refused") return;
  const what = { answer: "An answer was not taken", skip: "A skip was not taken", withdraw: "An answer could not be taken back" }[deed.kind];
  say(`${what}: ${deed.why}`, true);
  refresh();
}

function changed() {
  showLink(reached, outbox);
  bench?.draw();
}

// refresh asks what the desk knows of this labeller, and works out its pace.
async function refresh() {
  if (!session) return;
  const asked = outbox;
  const done = await asked.deeds();
  const times = done.filter((d) => d.kind === "answer" && !d.undone).slice(-20).map((d) => d.body.millis);
  pace = times.length ? times.reduce((a, b) => a + b, 0) / times.length : 0;
  try {
    const answer = await asked.session.call("GET", "me");
    if (asked === outbox) me = answer;
    const sealed = new Set(answer.recent.filter((r) => r.state === "sealed").map((r) => r.task));
    for (const d of done) {
      if (d.state === "kept" && !d.sealed && sealed.has(d.task.id)) await store.change(d.seq, { sealed: true });
    }
  } catch {
    // What is shown stays; showLink tells that the desk was not reached.
  }
  if (asked !== outbox) return; // another labeller came
  changed();
  fillRecent(await asked.deeds(), me?.recent ?? []);
}

// figures are the labeller's progress.
function figures() {
  if (!me) return [];
  const gold = me.gold_asked ? `${figure(me.gold_right)} of ${figure(me.gold_asked)}` : "none yet";
  const out = [["answered", figure(me.answered)], ["points", figure(me.points)], ["right on gold", gold], ["left today", figure(me.quota_left)]];
  if (pace) out.push(["per task", clock(pace)]);
  return out;
}

// every does something again and again while the page can be seen.
function every(seconds, act) {
  setInterval(() => document.visibilityState === "visible" && act(), seconds * 1000);
}

let turn = 0; // counts the screens; one that comes late is not shown

async function route() {
  const mine = ++turn;
  bench?.close();
  bench = undefined;
  const [, place, name] = location.hash.split("/");
  if (place === "ledger") {
    const ledger = await call("GET", "ledger");
    if (mine === turn) showLedger(ledger, session?.labeller);
  } else if (!session) {
    start();
  } else if (place === "recent") {
    await refresh();
    const done = await outbox.deeds();
    if (mine === turn) showRecent(done, me?.recent ?? [], setting("program"));
  } else if (place === "label") {
    await label(decodeURIComponent(name));
  } else {
    desk = await call("GET", "desk").catch(() => desk);
    if (mine === turn) showPrograms(desk, session.key, other);
  }
}

async function label(name) {
  const program = desk.programs.find((p) => p.name === name);
  if (!program) {
    location.hash = "#/";
    return;
  }
  setting("program", name);
  bench = new Bench(program, session, outbox, figures);
  await Promise.all([bench.start(), refresh()]);
}

function other() {
  setting("key", null);
  session = outbox = me = undefined;
  byId("who").hidden = byId("to-recent").hidden = true;
  route();
}

// known opens the key that was used last, without asking anything.
async function known() {
  const last = setting("key");
  if (last?.kind === "page" && canMakeKeys()) return pageKey(store, false);
  if (last?.kind === "wallet") return walletKey(last.labeller);
  return undefined;
}

async function show() {
  const note = byId("note");
  if (note.dataset.bad !== "true") note.textContent = "";
  try {
    await route();
    if (!bench) byId("main").focus();
  } catch (e) {
    trouble(e);
  }
}

function trouble(e) {
  const part = screen("trouble");
  part("why").textContent = e.message;
  part("again").addEventListener("click", () => (desk ? show() : open()));
}

async function open() {
  try {
    desk = await call("GET", "desk");
    store = await Store.open();
    const key = await known();
    // A wallet that does not sign in leaves the choice of a key.
    if (key) await enter(key).catch((e) => (e.code === 4001 ? undefined : Promise.reject(e)));
    await route();
  } catch (e) {
    trouble(e);
  }
}

prepareKeys(() => bench);
Drafts.sweep();
onHearing((now) => {
  if (now !== reached) say(now ? "The desk is reached again." : "The desk cannot be reached. Go on: answers wait here until it is back.", !now);
  reached = now;
  showLink(reached, outbox);
});
byId("guide-hide").addEventListener("click", () => bench?.guide());
document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? bench?.view.resume() : bench?.view.pause()));
addEventListener("pagehide", () => bench?.view.pause());
// Learn at once that the line is lost.
addEventListener("offline", () => call("GET", "desk").catch(() => {}));
addEventListener("hashchange", show);
every(1, () => {
  bench?.tick();
  showLink(reached, outbox);
});
every(5, () => bench?.view.save());
every(15, () => Promise.all([refresh(), bench?.work.refill()]));
open();
