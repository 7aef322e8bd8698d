// Twenty items by keyboard alone: two are undone, the page is loaded again in the
// middle, the line is lost for five. Every answer arrives once, signed, and is sealed.
import assert from "node:assert/strict";
import { Labeller } from "./browser.mjs";

export async function twenty(browser, harness) {
  const l = await Labeller.open(browser, harness.url);
  await l.signIn();
  await l.choose("spam");
  const want = new Map();
  const label = async (count) => {
    for (let i = 0; i < count; i++) {
      const key = want.size % 3 === 0 ? "2" : "1";
      want.set(await l.answer(key), key === "2" ? "spam" : "ham");
    }
  };
  await label(6);
  await undoTwo(l, want);
  await label(2);
  await unheard(l, () => label(1));
  await reload(l, want);
  await label(2);
  await offline(l, () => label(5));
  await label(20 - want.size);
  await l.settle();

  assert.equal(want.size, 20);
  await arrivedOnce(l, harness, want);
  await sealed(l, harness, want);
  await l.close();
}

// undoTwo takes two answers back, changes one, and submits both again.
async function undoTwo(l, want) {
  await l.settle();
  const [fifth, sixth] = [...want.keys()].slice(-2);
  await l.undo();
  assert.equal(await l.task(), sixth, "undo shows the last task");
  await l.undo();
  assert.equal(await l.task(), fifth, "undo again shows the one before");
  assert.equal(await l.chosen(), want.get(fifth), "the answer is still chosen");
  const other = want.get(fifth) === "spam" ? ["1", "ham"] : ["2", "spam"];
  await l.answer(other[0]);
  want.set(fifth, other[1]);
  assert.equal(await l.task(), sixth);
  await l.after(() => l.press("Enter"));
  assert.ok(!want.has(await l.task()));
}

// unheard lets an answer arrive, but not the desk's word on it: the page sends it again.
async function unheard(l, work) {
  await l.settle();
  let lost = 0;
  await l.page.route("**/api/v1/answers", async (route) => {
    const heard = await route.fetch();
    assert.equal(heard.status(), 200);
    lost++;
    await route.abort();
  }, { times: 1 });
  await work();
  await l.settle();
  assert.equal(lost, 1);
}

// reload loads the page while an answer is chosen and a comment half written, and then
// takes back what was submitted before.
async function reload(l, want) {
  await l.press("2");
  await l.press("c");
  await l.type("half a comm");
  const task = await l.task();
  const last = [...want.keys()].at(-1);
  await l.page.reload();
  await l.page.locator(".pane").first().waitFor();
  while ((await l.task()) !== task) await l.after(() => l.press("]"));
  assert.equal(await l.chosen(), "spam");
  assert.equal(await l.page.inputValue("#comment"), "half a comm");
  await l.undo();
  assert.equal(await l.task(), last, "undo works across a reload");
  await l.after(() => l.press("Enter"));
  assert.equal(await l.task(), task);
  await l.press("c");
  await l.press("End");
  await l.type("ent, “ü”");
  await l.after(() => l.press("Control+Enter"));
  want.set(task, "spam");
}

async function offline(l, work) {
  await l.settle();
  const before = l.sent.length;
  await l.context.setOffline(true);
  await l.see("The desk cannot be reached");
  await work();
  await l.see("5 to be sent");
  // What is taken back before it is sent is never sent.
  const last = await l.undo();
  assert.notEqual(last, await l.task());
  await l.see("4 to be sent");
  await l.after(() => l.press("Enter"));
  await l.see("5 to be sent");
  assert.equal(l.sent.length, before, "nothing can have been sent");
  await l.axe("the task without a connection");
  await l.shot("offline");
  await l.page.goto(`${l.url}/#/recent`);
  await l.see("waiting to be sent");
  assert.equal(await l.page.getByText("waiting to be sent").count(), 5);
  await l.context.setOffline(false);
  await l.settle();
  await l.page.waitForFunction(() => [...document.querySelectorAll(".state")].every((s) => s.textContent === "kept"));
  await l.page.goto(`${l.url}/#/label/spam`);
  await l.page.locator(".pane").first().waitFor();
  assert.equal(l.sent.length, before + 5, "five were sent, each once");
}

// arrivedOnce looks at what went over the line and what the desk counts.
async function arrivedOnce(l, harness, want) {
  for (const s of l.sent) assert.equal(s.status, 200, JSON.stringify(s));
  const answers = l.sent.filter((s) => s.path === "answers");
  assert.equal(new Set(answers.map((s) => s.body.task)).size, 20);
  // Three were taken back, and so were sent twice; one of them with another answer.
  assert.equal(answers.length, 23);
  assert.equal(l.sent.filter((s) => s.path === "withdraw").length, 3);
  const { programs } = await (await fetch(`${harness.url}/api/v1/ledger`)).json();
  const own = programs.find((p) => p.name === "spam").labellers.filter((x) => x.answered === 20);
  assert.equal(own.length, 1, "the ledger counts twenty answers");
  assert.match(own[0].labeller, /^p256:0[23][0-9a-f]{64}$/);
  for (const [task, answer] of want) assert.equal(answers.findLast((s) => s.body.task === task).body.answer, answer);
  l.labeller = own[0].labeller;
}

// sealed moves the chain on to the round before the last one of all hand-outs: every answer is a sealed item with a right signature, the
// list says so, and nothing can be taken back any more. Then the gold is told.
async function sealed(l, harness, want) {
  const { items } = await harness.call("/round", { round: 8 });
  const own = items.filter((i) => i.labeller === l.labeller);
  assert.equal(own.length, 20);
  assert.deepEqual(new Map(own.map((i) => [i.task, i.answer])), want, "the sealed answers are those that were given");
  for (const i of own) assert.equal(i.wrong, "", `a validator would not count ${i.task}`);
  assert.equal(own.filter((i) => i.comment === "half a comment, “ü”").length, 1);

  await l.press("Control+z");
  await l.see("It is sealed: the miner has committed to it.");
  await harness.call("/mark", { program: "spam", truth: "ham" });
  await l.page.goto(`${l.url}/#/recent`);
  await l.page.getByText("sealed", { exact: true }).first().waitFor();
  const states = await l.page.locator(".state").allTextContents();
  assert.deepEqual(states, Array(20).fill("sealed"), "after sealing the list says only that");
  const right = [...want.values()].filter((a) => a === "ham").length;
  assert.equal(await l.page.getByRole("cell", { name: "right", exact: true }).count(), right);
  await l.shot("sealed");
  await l.page.goto(`${l.url}/#/label/spam`);
  await l.see(`${right} of 20`);
}
