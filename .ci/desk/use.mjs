// Uses of the desk: every kind of answer, keys switched off, drafts, two labellers,
// and a wallet.
import assert from "node:assert/strict";
import { Labeller } from "./browser.mjs";

// kinds gives an answer of every kind by its keys; the desk takes it.
export async function kinds(browser, harness) {
  for (const program of ["preference", "preference", "tone", "minutes", "review"]) await harness.call("/hand", { program });
  const l = await Labeller.open(browser, harness.url);
  await l.signIn();
  const open = (program) => l.page.goto(`${l.url}/#/label/${program}`).then(() => l.page.locator(`[data-place] strong:text-is("${program}")`).waitFor()).then(() => l.page.locator(".pane").first().waitFor());
  const gives = async (keys, answer) => {
    const task = await l.after(async () => {
      for (const key of keys) await l.press(key);
      await l.press("Enter");
    });
    await l.settle();
    const last = l.sent.filter((s) => s.path === "answers").at(-1);
    assert.deepEqual([last.body.task, last.body.answer, last.status], [task, answer, 200], `keys ${keys}`);
  };
  await open("preference");
  await gives(["a"], "left");
  await gives(["r"], "right");
  await gives(["t"], "tie");
  await gives(["n"], "neither");
  await gives(["Shift+L"], "left");
  await gives(["2"], "right");
  await open("tone");
  await gives(["1", "9"], "warm");
  await gives(["0"], "hearty");
  await open("minutes");
  await gives(["2", ".", "5"], "2.5");
  await l.press("7");
  await l.type(".3");
  await l.press("Enter");
  await l.see("Give a number: 0 to 10, in steps of 0.5.");
  await open("review");
  await gives(["r"], "reject");
  await gives(["3"], "fix:ham");
  await skips(l);
  await l.close();
}

// skips leaves a task, takes that back, does it again, and takes it back again.
async function skips(l) {
  const task = await l.task();
  await l.press("s");
  await l.see("Why do you skip this task?");
  await l.press("Escape");
  assert.equal(await l.task(), task, "Escape does not skip");
  await l.press("s");
  await l.after(() => l.press("2"));
  await l.settle();
  await l.undo();
  assert.equal(await l.task(), task);
  await l.settle();
  await l.after(() => l.press("Control+Shift+z"));
  await l.settle();
  await l.undo();
  await l.settle();
  const sent = l.sent.slice(-4).map((s) => [s.path, s.body.task, s.body.reason, s.status]);
  assert.deepEqual(sent, [["skip", task, "broken", 200], ["withdraw", task, undefined, 200], ["skip", task, "broken", 200], ["withdraw", task, undefined, 200]]);
}

// offKeys: single keys do nothing while one types, nor when they are switched off.
export async function offKeys(browser, harness) {
  const l = await Labeller.open(browser, harness.url);
  await l.signIn();
  await l.choose("spam");
  const task = await l.task();
  const nothing = async () => {
    assert.equal(await l.task(), task);
    assert.equal(await l.chosen(), "");
    assert.equal(await l.page.locator("dialog[open]").count(), 0);
  };
  await l.press("c");
  await l.type("s1?2[]cg");
  await l.press("Enter");
  await l.press("Control+z");
  await nothing();
  await l.press("Escape");
  await l.press("Enter");
  await l.see("Choose an answer first.");

  await l.press("?");
  await l.see("Single-key shortcuts");
  await l.page.getByLabel("Single-key shortcuts").focus();
  await l.press("Space");
  await l.press("Escape");
  for (const again of [false, true]) {
    if (again) await l.page.reload();
    await l.page.locator(".pane").first().waitFor();
    while ((await l.task()) !== task) await l.after(() => l.page.getByRole("button", { name: "Next" }).click());
    for (const key of ["1", "2", "s", "?", "]", "[", "c", "g"]) await l.press(key);
    await nothing();
    assert.equal(await l.page.locator("kbd:not(.always):visible").count(), 0, "keys that do nothing are not printed");
  }
  // By Tab, arrows and Ctrl+Enter one can still do all.
  await l.page.getByRole("radio", { name: "ham" }).focus();
  await l.press("ArrowRight");
  assert.equal(await l.chosen(), "spam");
  await l.after(() => l.press("Control+Enter"));
  await l.press("Escape");
  await l.see("Choose what to label");
  await l.close();
}

// drafts: what was chosen, written and spent is there after a reload, on each task.
export async function drafts(browser, harness) {
  const l = await Labeller.open(browser, harness.url);
  await l.signIn();
  await l.choose("spam");
  const want = new Map();
  for (const [key, words] of [["1", "first < second"], ["2", "second\nline"], ["1", ""]]) {
    await l.press(key);
    await l.page.fill("#comment", words);
    await l.press("Escape");
    want.set(await l.task(), [await l.chosen(), words]);
    await l.after(() => l.press("]"));
  }
  await l.see(/^0:0[1-9]$/); // the time runs
  // A desk that was started anew knows no sessions; the page signs in again.
  await l.page.evaluate(() => Object.keys(sessionStorage).forEach((name) => sessionStorage.setItem(name, "of before")));
  await l.page.reload();
  await l.page.locator(".pane").first().waitFor();
  for (let i = 0; i < 8; i++) {
    const draft = want.get(await l.task());
    if (draft) assert.deepEqual([await l.chosen(), await l.page.inputValue("#comment")], draft);
    want.delete(await l.task());
    if (i < 7) await l.after(() => l.press("]"));
  }
  assert.equal(want.size, 0, "every task with a draft came back");

  await l.press("1");
  await l.page.fill("#comment", "not <b>plain</b>");
  await l.press("Control+Enter");
  await l.see("A comment is plain text");
  assert.equal(l.sent.length, 0);
  await l.close();
}

// double: two labellers have the same task, since a lease ended; the second answer is
// refused, in words.
export async function double(browser, harness) {
  const first = await Labeller.open(browser, harness.url);
  await first.signIn();
  await first.choose("minutes");
  const second = await Labeller.open(browser, harness.url);
  await second.signIn();
  await second.page.goto(`${second.url}/#/label/minutes`);
  await second.see("There is nothing to label here at the moment.");
  await second.axe("a program without open tasks");
  await second.shot("empty");

  await harness.call("/clock", { seconds: 11 * 60 });
  await second.page.reload();
  await second.page.locator(".pane").first().waitFor();
  const task = await first.task();
  while ((await second.task()) !== task) await second.after(() => second.press("]"));
  await second.answer("4");
  await second.settle();
  await first.answer("5");
  await first.see("An answer was not taken: Another labeller answered this task first.");
  await harness.call("/clock", { seconds: 0 });
  await first.page.goto(`${first.url}/#/recent`);
  const row = first.page.getByRole("row").filter({ hasText: "refused" });
  assert.match(await row.textContent(), /5.*refused.*Another labeller answered this task first/);
  await first.axe("the list with a refusal");
  await first.shot("refused");
  assert.deepEqual(second.sent.map((s) => s.status), [200]);
  assert.deepEqual(first.sent.map((s) => s.status), [409]);
  await Promise.all([first.close(), second.close()]);
}

// closing: tasks whose time is over go, with what was begun on them; it is said before.
// The first one has eight seconds: the page must be there before they are over.
export async function closing(browser, harness) {
  for (let i = 0; i < 3; i++) await harness.call("/hand", { program: "minutes" });
  const l = await Labeller.open(browser, harness.url);
  const closes = new Map();
  await l.page.route("**/api/v1/tasks", async (route) => {
    const response = await route.fetch();
    const { tasks } = await response.json();
    for (const t of tasks) {
      if (!closes.has(t.id)) closes.set(t.id, new Date(Date.now() + (closes.size ? 58 : 8) * 1000).toISOString());
      t.closes = closes.get(t.id);
    }
    await route.fulfill({ response, json: { tasks } });
  });
  await l.signIn();
  await l.page.goto(`${l.url}/#/label/minutes`);
  await l.page.locator(".pane").waitFor();
  const task = await l.task();
  await l.page.fill("#number", "4");
  await l.after(() => l.see("A task has closed."));
  assert.equal(await l.page.inputValue("#number"), "");
  await l.see(/^This task closes in 0:\d\d\.$/);
  assert.ok(await l.page.evaluate((id) => !Object.keys(localStorage).some((name) => name.includes(id)), task), "its draft is gone");
  assert.equal(l.sent.length, 0);
  await l.close();
}

// wallet signs in and answers with a browser wallet, which once says no.
export async function wallet(browser, harness) {
  const { wallet: address } = await harness.call("/state");
  let refuse = false;
  let asked = [];
  const init = async (page) => {
    await page.exposeFunction("walletSigns", async (hex) => {
      const text = Buffer.from(hex.slice(2), "hex").toString();
      asked.push(text);
      return refuse ? "" : (await harness.call("/wallet", { text })).signature;
    });
    await page.addInitScript((account) => {
      globalThis.ethereum = {
        async request({ method, params }) {
          if (method === "eth_requestAccounts" || method === "eth_accounts") return [account.toLowerCase()];
          if (method !== "personal_sign" || params[1] !== account) throw new Error(`${method} ${params}`);
          const signature = await globalThis.walletSigns(params[0]);
          if (!signature) throw Object.assign(new Error("User rejected the request."), { code: 4001 });
          return signature;
        },
      };
    }, address);
  };
  const l = await Labeller.open(browser, harness.url, { init });
  await l.tabTo("Use a browser wallet");
  await l.press("Enter");
  await l.see("Choose what to label");
  assert.ok(asked[0].startsWith(`${new URL(l.url).host} wants you to sign in with your Ethereum account:\n${address}\n`), asked[0]);
  await l.choose("spam");
  refuse = true;
  const task = await l.task();
  await l.press("1");
  await l.press("Enter");
  await l.see("Not submitted: the wallet did not sign.");
  assert.equal(await l.task(), task);
  refuse = false;
  asked = [];
  assert.equal(await l.after(() => l.press("Enter")), task);
  await l.settle();
  assert.match(asked[0], new RegExp(`^Assay judgement\nprogram: spam\ntask: ${task}\nanswer: ham\ncomment: 0x[0-9a-f]{64}\nmillis: \\d+$`));
  assert.deepEqual(l.sent.map((s) => s.status), [200]);
  await l.page.reload();
  await l.page.locator(".pane").first().waitFor();
  assert.equal(asked.length, 1, "a reload asks the wallet nothing");
  await l.close();
}
