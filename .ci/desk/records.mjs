// What the records of a subnet's validators say of the answers of one miner.
import assert from "node:assert/strict";
import { hotkeyOf } from "./localnet.mjs";

// Answers are sealed six rounds after they were asked for and judged seven later, or some
// more where a validator has to ask again.
const soonest = 5;
const latest = 30;

// revealed are the answers that were judged, by task, in the explanations of all records.
function revealed(explained) {
  const out = new Map();
  for (const x of explained.flatMap((e) => e.items)) {
    const id = x.uri?.match(/^urn:assay:task:([0-9a-f]{64})$/)?.[1];
    if (x.draw === "task" && id) out.set(`0x${id}`, [...(out.get(`0x${id}`) ?? []), x]);
  }
  return out;
}

// untilJudged waits until sealed answers are judged, by the records as they grow.
export async function untilJudged(net, answers) {
  const { round: sealed } = await net.ask("desk");
  for (;;) {
    await new Promise((later) => setTimeout(later, 1000));
    const { round } = await net.ask("desk");
    if (round < sealed + soonest) continue;
    const found = revealed(await net.explained());
    const left = [...answers.keys()].filter((task) => !found.has(task));
    if (!left.length) return;
    assert.ok(round < sealed + latest, `sealed by round ${sealed} and in round ${round} not judged (a validator that had no time to ask in does not judge): ${left}`);
  }
}

// inTheRecords demands that the records hold these answers of the miner, each once, and
// no others, that each was judged, and that who reads the labels finds them as well.
export async function inTheRecords(net, program, answers) {
  const explained = await net.explained();
  const found = revealed(explained);
  for (const [task, answer] of answers) assert.deepEqual(found.get(task)?.map((x) => x.answer), [answer], `answers to ${task} that were judged`);
  assert.equal(found.size, answers.size, "nothing was judged that was not answered");

  const lines = new Map((await net.provenance(program, `${net.dir}-labels`)).map((line) => [line.item_id, line]));
  const labellers = new Set();
  for (const x of [...found.values()].flat()) {
    const line = lines.get(x.id);
    const own = line?.judgements.filter((j) => hotkeyOf(j.miner) === explained[0].hotkey);
    assert.deepEqual(own?.map((j) => j.answer), [x.answer], `answers to ${x.id} that its label tells of`);
    labellers.add(own[0].labeller);
    // Of gold the truth is known: an answer that is right does not fail, and one that is
    // wrong does not pass. Of others it is not.
    if (line.gold) assert.notEqual(x.verdict, x.answer === line.label ? "fail" : "pass", JSON.stringify(x));
    assert.equal(x.reason === "truth_unknown", !line.gold, JSON.stringify(x));
  }
  assert.equal(labellers.size, 1, "one labeller gave them");
}
