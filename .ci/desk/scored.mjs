// From a key press to a score, on a real subnet: twenty items are labelled by keyboard
// alone, two are undone, the page is loaded again in the middle, the line is lost for
// five. By the validators' records alone each was revealed once, with the answer that
// was given last, and judged.
import assert from "node:assert/strict";
import { Labeller } from "./browser.mjs";
import { Localnet } from "./localnet.mjs";
import { inTheRecords, untilJudged } from "./records.mjs";

const wanted = 20;
const program = "spam";

// A round is two blocks. Tasks close six rounds after they were asked, so that there are
// some twenty seconds for each, and are judged seven rounds later.
const blockTime = "2s";
const sealing = 30; // rounds within which answers must have been sealed, with patience

export async function scored(browser, binary, dir) {
  const net = await Localnet.start(binary, dir, "--block-time", blockTime, "--seed", "5");
  const work = await Work.open(browser, net);
  await work.label(4);
  await work.undoTwo();
  await work.label(2);
  await work.reload();
  await work.label(2);
  await work.offline(5);
  const answers = await work.untilSealed();
  work.nothingLost();
  await work.l.close();

  await untilJudged(net, answers);
  await net.stop();
  await inTheRecords(net, program, answers);
  for (const folder of net.validators()) await net.replay(folder);
}

// Work is a labeller at work, and what it said.
class Work {
  said = new Map(); // the answer that was submitted last, by task
  missed = new Set(); // tasks that the desk kept an answer to and then could not seal

  static async open(browser, net) {
    const work = new Work();
    const l = await Labeller.open(browser, net.desk, { init: notePresses });
    Object.assign(work, { net, l });
    await l.signIn();
    await work.choose();
    return work;
  }

  async choose() {
    await this.l.tabTo(program);
    await this.l.press("Enter");
    await this.l.page.locator(`[data-place] strong:text-is("${program}")`).waitFor();
  }

  // task waits until there is one, and is its id. The page looks for new ones now and
  // then; who goes back to the list and opens the program again sees them at once.
  async task() {
    for (let i = 0; i < 100; i++) {
      const found = await this.l.page.locator(".pane").first().waitFor({ timeout: 2000 }).then(() => this.l.task(), () => "");
      if (found) return found;
      await this.l.press("Escape");
      await this.l.see("Choose what to label");
      await this.choose();
    }
    return assert.fail(`no tasks were handed out:\n${this.net.talk}`);
  }

  // label answers by a rule that one can follow without thinking.
  async label(count) {
    for (const end = this.said.size + count; this.said.size < end; ) {
      await this.task();
      await this.answer();
    }
  }

  // answer answers the task that is shown, if there is one.
  async answer() {
    const text = await this.l.page.evaluate(() => document.querySelector(".pane")?.textContent ?? "");
    await this.l.press(/free|click/i.test(text) ? "2" : "1");
    await this.enter();
  }

  // enter submits what is chosen, if anything is, and notes it.
  async enter() {
    await this.l.press("Enter");
    const pressed = await this.l.page.evaluate(() => globalThis.pressed.splice(0));
    for (const { task, answer } of pressed) {
      await this.gone(task);
      this.said.set(task, answer);
    }
  }

  // gone waits until a task is not shown any more, or the page says why it still is.
  gone = (task, why) => this.l.page.waitForFunction(
    ([id, words]) => document.querySelector("[data-items]")?.dataset.task !== id || (words && document.getElementById("note").textContent === words), [task, why]);

  withdrawn = () => this.l.sent.filter((s) => s.path === "withdraw" && s.status === 200).length;

  // undoTwo takes the last two answers back, changes one, and submits both again. On a
  // slow machine the last two may be sealed already; then it is tried with later ones.
  async undoTwo() {
    for (let i = 0; this.withdrawn() < 2; i++) {
      assert.ok(i < 5, "two answers could not be undone");
      if (i) await this.label(2);
      await this.l.settle();
      for (let k = 0; k < 2; k++) {
        const task = await this.l.task();
        await this.l.press("Control+z");
        await this.gone(task, "There is nothing to undo.");
      }
      await this.l.press((await this.l.chosen()) === "spam" ? "1" : "2");
      await this.enter();
      await this.enter();
      await this.l.settle();
    }
  }

  // reload loads the page again, at once after an answer: it may be on its way.
  async reload() {
    await this.l.page.reload();
    await this.l.page.locator(`[data-place] strong:text-is("${program}")`).waitFor();
  }

  // offline labels without a line.
  async offline(count) {
    for (const end = this.said.size + count; this.said.size < end; ) {
      await this.task();
      await this.l.settle();
      const before = this.l.sent.length;
      await this.l.context.setOffline(true);
      await this.l.see("The desk cannot be reached");
      // What is in hand may be less, or close.
      while (this.said.size < end && (await this.l.task())) await this.answer();
      assert.equal(this.l.sent.length, before, "nothing can have been sent");
      await this.l.context.setOffline(false);
      await this.l.settle();
    }
  }

  // kept are the answers that the desk took and that stand.
  kept() {
    const out = new Map();
    for (const { path, body, status } of this.l.sent) {
      if (status !== 200) continue;
      if (path === "answers") out.set(body.task, body.answer);
      else out.delete(body.task);
    }
    for (const task of this.missed) out.delete(task);
    return out;
  }

  // untilSealed labels until twenty answers were kept, and waits until they are sealed.
  // Those that came too late do not count; the desk says which.
  async untilSealed() {
    const token = await this.l.page.evaluate(() => Object.entries(sessionStorage).find(([name]) => name.startsWith("desk:token:"))[1]);
    const { round: begun } = await this.net.ask("desk");
    for (;;) {
      await this.l.settle();
      const me = await this.net.ask("me", token);
      for (const r of me.recent) if (r.state === "missed") this.missed.add(r.task);
      const kept = this.kept();
      for (const r of me.recent) if (kept.has(r.task)) assert.equal(r.answer, kept.get(r.task), "the desk has another answer");
      if (kept.size < wanted) {
        await this.label(wanted - kept.size);
        continue;
      }
      if (me.sealed === kept.size) return kept;
      const { round } = await this.net.ask("desk");
      assert.ok(round < begun + sealing, `${me.sealed} of ${kept.size} answers were sealed from round ${begun} to ${round}`);
      await this.l.page.waitForTimeout(500);
    }
  }

  // nothingLost demands of every answer that was submitted that it arrived, and that
  // the desk took it or said that it was too late.
  nothingLost() {
    for (const [task, answer] of this.said) {
      const last = this.l.sent.findLast((s) => s.path === "answers" && s.body.task === task);
      assert.equal(last?.body.answer, answer, `what arrived last of ${task}`);
      if (last.status !== 200) assert.match(last.code, /^(closed|sealed)$/, JSON.stringify(last));
    }
  }
}

// notePresses notes which task and answer are on the screen when Enter is pressed: a
// task may close at any moment, and another one take its place.
function notePresses(page) {
  return page.addInitScript(() => {
    globalThis.pressed = [];
    addEventListener("keydown", (e) => {
      const task = document.querySelector("[data-items]")?.dataset.task;
      const answer = document.querySelector("input[name=answer]:checked")?.value;
      if (e.key === "Enter" && task && answer) globalThis.pressed.push({ task, answer });
    }, true);
  });
}
