// The browser, the harness, and what the checks of the desk's page have in common.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { dirname, resolve } from "node:path";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

// openHarness starts the desk; call asks its second port.
export async function openHarness(binary, dir) {
  const child = spawn(binary, [dir], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const gone = new Promise((_, reject) => child.once("exit", (code) => reject(new Error(`the harness ended with ${code}`))));
  gone.catch(() => {});
  const line = await Promise.race([new Promise((told) => createInterface({ input: child.stdout }).once("line", told)), gone]);
  const [url, control] = line.split(" ");
  const call = async (path, body) => {
    const response = await fetch(control + path, body && { method: "POST", body: JSON.stringify(body) });
    assert.equal(response.status, 200, `${path}: ${response.statusText}`);
    return response.json();
  };
  const close = () => new Promise((ended) => {
    child.once("exit", ended);
    child.stdin.end();
  });
  return { url, call, close };
}

export async function openBrowser() {
  const path = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
  assert.ok(path, "there is no chromium in /usr/bin");
  return chromium.launch({ executablePath: path, args: ["--no-sandbox"] });
}

// Labeller is one browser profile with the desk's page open. Errors, dialogs and
// breaches of the Content-Security-Policy are failures, checked by close.
export class Labeller {
  faults = [];
  sent = []; // every call that changes something, with its answer's status and, where it was refused, code

  static async open(browser, url, { init, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options });
    const l = new Labeller();
    Object.assign(l, { context, url, page: await context.newPage() });
    l.#watch();
    await l.page.addInitScript(() => document.addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`)));
    if (init) await init(l.page);
    await l.page.goto(url);
    return l;
  }

  #watch() {
    const { page } = this;
    page.on("pageerror", (e) => this.faults.push(`error: ${e.message}`));
    page.on("dialog", (d) => {
      this.faults.push(`dialog: ${d.message()}`);
      d.dismiss();
    });
    page.on("popup", (p) => this.faults.push(`popup: ${p.url()}`));
    // That a call was refused or the line is lost is what some checks are about.
    page.on("console", (m) => m.type() === "error" && !/Failed to load resource/.test(m.text()) && this.faults.push(`console: ${m.text()}`));
    page.on("response", async (r) => {
      const path = new URL(r.url()).pathname.split("/").pop();
      if (r.request().method() !== "POST" || !["answers", "withdraw", "skip"].includes(path)) return;
      const sent = { path, body: r.request().postDataJSON(), status: r.status() };
      this.sent.push(sent);
      if (sent.status !== 200) sent.code = await r.json().then(({ error }) => error.code, () => "");
    });
  }

  press = (key) => this.page.keyboard.press(key);
  type = (text) => this.page.keyboard.type(text);

  // signIn makes a key in the page, by keyboard alone.
  async signIn() {
    await this.tabTo("Make a key in this page");
    await this.press("Enter");
    await this.see("Choose what to label");
  }

  // choose opens a program from the list, by keyboard alone.
  async choose(program) {
    await this.tabTo(program);
    await this.press("Enter");
    await this.page.locator(".pane").first().waitFor();
  }

  // tabTo moves the focus to the control of this name.
  async tabTo(name) {
    await this.page.getByText(name, { exact: true }).first().waitFor();
    for (let i = 0; i < 60; i++) {
      await this.press("Tab");
      if ((await this.page.evaluate(() => document.activeElement.textContent.trim())) === name) return;
    }
    assert.fail(`the Tab key does not reach ${name}`);
  }

  see = (words) => this.page.getByText(words).first().waitFor({ timeout: 10_000 });

  // task is the id of the task on the screen.
  task = () => this.page.evaluate(() => document.querySelector("[data-items]")?.dataset.task ?? "");

  // after does something that shows another task, and waits for that.
  async after(act) {
    const before = await this.task();
    await act();
    await this.page.waitForFunction((id) => (document.querySelector("[data-items]")?.dataset.task ?? "") !== id, before, { timeout: 10_000 });
    return before;
  }

  // answer chooses by a key and submits; it returns the task that was answered.
  answer = (key) => this.after(async () => {
    await this.press(key);
    await this.press("Enter");
  });

  undo = () => this.after(() => this.press("Control+z"));

  // settle waits until nothing is left to send.
  async settle() {
    for (const end = Date.now() + 20_000; ; await this.page.waitForTimeout(50)) {
      const waiting = await this.page.evaluate(async () => {
        const done = (request) => new Promise((ok) => (request.onsuccess = () => ok(request.result)));
        const db = await done(indexedDB.open("assay-desk"));
        const deeds = await done(db.transaction("deeds").objectStore("deeds").getAll());
        db.close();
        return deeds.filter((d) => d.state === "waiting").length;
      });
      if (!waiting) return;
      assert.ok(Date.now() < end, `${waiting} deeds still wait to be sent`);
    }
  }

  chosen = () => this.page.evaluate(() => document.querySelector("input[name=answer]:checked")?.value ?? "");

  // axe demands that a screen has no fault that axe knows.
  async axe(screen) {
    await this.page.evaluate(axeSource);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    const found = violations.map((v) => `${v.impact} ${v.id}: ${v.help}\n    ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join("\n    ")}`);
    assert.deepEqual(found, [], `axe on ${screen}:\n${found.join("\n")}`);
  }

  async shot(name) {
    if (process.env.SHOTS) await this.page.screenshot({ path: `${process.env.SHOTS}/desk-${name}.png` });
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.faults, [], "the page had faults");
  }
}
