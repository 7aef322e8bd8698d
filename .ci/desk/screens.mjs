// The screens: accessible in every form, on a phone, and with hostile texts.
import assert from "node:assert/strict";
import { Labeller } from "./browser.mjs";

// screens runs axe over each screen and dialog, in light and in dark.
export async function screens(browser, harness) {
  for (const colorScheme of ["light", "dark"]) {
    const l = await Labeller.open(browser, harness.url, { colorScheme });
    const shot = (name) => l.shot(colorScheme === "dark" ? `${name}-dark` : name);
    await l.see("Make a key in this page");
    await l.axe("the start");
    await shot("start");
    await l.signIn();
    await l.axe("the programs");
    await shot("programs");
    await l.choose("spam");
    await l.axe("a task");
    await l.press("2");
    await l.axe("a task with an answer");
    await shot("task");
    await dialogs(l, shot);
    await l.answer("1");
    await l.settle();
    await l.page.goto(`${l.url}/#/recent`);
    await l.see("kept");
    await l.axe("the list");
    await shot("recent");
    await l.page.goto(`${l.url}/#/ledger`);
    await l.see("(you)");
    await l.axe("the ledger");
    await shot("ledger");
    await pair(l, shot);
    await l.close();
  }
}

async function dialogs(l, shot) {
  const before = await l.page.evaluate(() => document.activeElement.className);
  await l.press("?");
  await l.see("Single-key shortcuts");
  await l.axe("the keys");
  await shot("keys");
  await l.press("Escape");
  await l.press("s");
  await l.see("Why do you skip this task?");
  await l.axe("the reasons");
  await shot("skip");
  await l.press("Escape");
  assert.equal(await l.page.evaluate(() => document.activeElement.className), before, "the focus comes back");
  await l.press("g");
  assert.equal(await l.page.locator("#guide").isVisible(), false);
  await l.axe("a task without guidelines");
  await l.press("g");
  assert.equal(await l.page.evaluate(() => document.activeElement.id), "guide");
}

// pair: both sides have the same width, and scroll together while that is on.
async function pair(l, shot) {
  await l.page.goto(`${l.url}/#/label/preference`);
  await l.page.locator(".pane").nth(1).waitFor();
  await l.axe("a pair");
  await shot("pair");
  const wide = () => l.page.locator(".item").evaluateAll((all) => all.map((e) => e.getBoundingClientRect().width));
  const [a, b] = await wide();
  assert.equal(a, b, "equal width");
  const scrolled = (on) => l.page.evaluate(async (on) => {
    const [a, b] = document.querySelectorAll(".pane");
    for (const pane of [a, b]) pane.firstChild.textContent = "long\n".repeat(400);
    document.querySelector("[data-sync]").checked = on;
    b.scrollTop = 0;
    a.scrollTop = 0;
    await new Promise((later) => setTimeout(later, 60));
    a.scrollTop = 700;
    await new Promise((later) => setTimeout(later, 60));
    return b.scrollTop;
  }, on);
  assert.equal(await scrolled(true), 700);
  assert.equal(await scrolled(false), 0);
}

// phone: 360 pixels, touch. Nothing is cut off, and everything can be hit.
export async function phone(browser, harness) {
  const l = await Labeller.open(browser, harness.url, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  const look = async (name) => {
    await l.axe(`${name} on a phone`);
    await fits(l, name);
    await l.shot(`phone-${name}`);
  };
  await l.see("Make a key in this page");
  await look("start");
  await l.page.tap("[data-page]");
  await l.see("Choose what to label");
  await look("programs");
  await l.page.getByRole("link", { name: "spam" }).tap();
  await l.page.locator(".pane").first().waitFor();
  await look("task");
  await l.page.locator(".choice", { hasText: "spam" }).tap();
  await l.after(() => l.page.getByRole("button", { name: "Submit" }).tap());
  await l.page.getByRole("button", { name: "Guidelines" }).tap();
  await look("guidelines");
  await l.page.getByRole("button", { name: "Skip" }).tap();
  await look("skip");
  await l.after(() => l.page.getByRole("button", { name: "I do not know its language" }).tap());
  await l.page.getByRole("button", { name: "Keys" }).tap();
  await look("keys");
  await l.page.getByRole("button", { name: "Close" }).tap();
  await l.page.getByRole("link", { name: "Last 20" }).tap();
  await l.see("skipped: language");
  await look("recent");
  await l.page.goto(`${l.url}/#/label/preference`);
  await l.page.locator(".pane").nth(1).waitFor();
  await look("pair");
  await l.close();
}

// fits demands that nothing is wider than the screen, and that what can be hit has at
// least 24 pixels each way (WCAG 2.5.8; links within a sentence are exempt).
async function fits(l, name) {
  const { over, small } = await l.page.evaluate(() => ({
    over: document.scrollingElement.scrollWidth - innerWidth,
    small: [...document.querySelectorAll("a, button, input, textarea, label:has(input)")]
      .filter((e) => e.checkVisibility() && !e.matches(".unseen, .skip") && !e.closest("p, .guide-text"))
      .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
      .filter(([, r]) => r.width < 24 || r.height < 24).map(([html]) => html),
  }));
  assert.ok(over <= 0, `${name}: the screen is ${over} pixels too narrow`);
  assert.deepEqual(small, [], `${name}: too small to hit`);
}

// hostile: texts that try to run, turn and hide are text. The guidelines' HTML is what
// Markdown makes, and no more.
export async function hostile(browser, harness) {
  for (const width of [1280, 360]) {
    const l = await Labeller.open(browser, harness.url, { viewport: { width, height: 800 } });
    await l.signIn();
    await l.choose("tone");
    let all = "";
    for (let i = 0; i < 4; i++) {
      await safe(l);
      const more = l.page.locator(".more");
      if (await more.count()) {
        await more.click();
        await safe(l);
        assert.equal(await more.count(), 0);
        await l.shot(`hostile-${width}`);
      }
      all += await l.page.locator(".items").textContent();
      if (i < 3) await l.after(() => l.press("]"));
    }
    await l.axe("a hostile text");
    if (width === 1280) assert.ok(all.includes("<script>document.title='owned'</script>"), "it stands there as text");
    if (!(await l.page.locator("#guide").isVisible())) await l.press("g");
    const guide = await l.page.locator("#guide-text").evaluate((g) => ({
      names: [...new Set([...g.querySelectorAll("*")].map((e) => e.localName))].sort().join(" "),
      links: [...g.querySelectorAll("a")].map((a) => `${a.getAttribute("href")} ${a.rel}`),
    }));
    assert.equal(guide.names, "a h3 p span");
    assert.deepEqual(guide.links, ["https://example.org/tone noopener noreferrer nofollow"]);
    assert.doesNotMatch(await l.page.title(), /owned/);
    // Give the tasks back to the next width.
    await harness.call("/hand", { program: "tone", kind: "hostile" });
    await l.close();
  }
}

async function safe(l) {
  const found = await l.page.locator(".items").evaluate((items) => ({
    names: [...new Set([...items.querySelectorAll("*")].map((e) => e.localName))].filter((n) => !"article header h2 p span time div bdi button".split(" ").includes(n)),
    unseen: /[\u0000-\u0008\u000b-\u001f\u00ad\u200b\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u.test(items.textContent),
    over: Math.max(...[document.scrollingElement, ...items.querySelectorAll(".item, .pane")].map((e) => e.scrollWidth - e.clientWidth)),
  }));
  assert.deepEqual(found, { names: [], unseen: false, over: 0 });
}
