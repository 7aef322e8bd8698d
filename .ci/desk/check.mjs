// Drives the labelling desk's page in a browser against a real desk.
// Usage: node check.mjs HARNESS DIR. Exits with 1 at the first thing that is wrong.
import { openBrowser, openHarness } from "./browser.mjs";
import { twenty } from "./twenty.mjs";
import { closing, double, drafts, kinds, offKeys, wallet } from "./use.mjs";
import { hostile, screens, phone } from "./screens.mjs";

const [binary, dir] = process.argv.slice(2);
if (!dir) throw new Error("usage: node check.mjs HARNESS DIR");

// A browser that hangs must not hang who waits for it.
const patience = setTimeout(() => {
  console.error("desk: FAILED: no end after five minutes");
  process.exit(1);
}, 300_000);

const harness = await openHarness(binary, dir);
const browser = await openBrowser();
const only = process.env.ONLY ? process.env.ONLY.split(",") : undefined;
for (const check of [screens, phone, hostile, offKeys, drafts, double, kinds, closing, wallet, twenty]) {
  if (only && !only.includes(check.name)) continue;
  const start = performance.now();
  try {
    await check(browser, harness);
  } catch (e) {
    console.error(`desk: FAILED: ${check.name}: ${e.stack}`);
    process.exit(1);
  }
  console.log(`desk: ${check.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}
await browser.close();
await harness.close();
clearTimeout(patience);
