// Drives the labelling desk's page in a browser, against a real desk and then on a real
// subnet. Usage: node check.mjs HARNESS ASSAY DIR. DIR is a folder to work in. Exits with
// 1 at the first thing that is wrong.
import { openBrowser, openHarness } from "./browser.mjs";
import { twenty } from "./twenty.mjs";
import { closing, double, drafts, kinds, offKeys, wallet } from "./use.mjs";
import { hostile, screens, phone } from "./screens.mjs";
import { scored } from "./scored.mjs";

const [binary, assay, dir] = process.argv.slice(2);
if (!dir) throw new Error("usage: node check.mjs HARNESS ASSAY DIR");

// A browser that hangs must not hang who waits for it.
const patience = setTimeout(() => {
  console.error("desk: FAILED: no end after ten minutes");
  process.exit(1);
}, 600_000);

const harness = await openHarness(binary, `${dir}/desk`);
const browser = await openBrowser();
const only = process.env.ONLY ? process.env.ONLY.split(",") : undefined;

async function run(check, ...args) {
  if (only && !only.includes(check.name)) return;
  const start = performance.now();
  try {
    await check(browser, ...args);
  } catch (e) {
    console.error(`desk: FAILED: ${check.name}: ${e.stack}`);
    process.exit(1);
  }
  console.log(`desk: ${check.name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

for (const check of [screens, phone, hostile, offKeys, drafts, double, kinds, closing, wallet, twenty]) await run(check, harness);
await run(scored, assay, `${dir}/net`);
await browser.close();
await harness.close();
clearTimeout(patience);
