// A real subnet in one process, with the desk of its miner `you`, and what anyone can
// read from the records that it leaves.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export class Localnet {
  talk = ""; // what it said on stderr
  #child;
  #over; // its exit code
  #uid; // of the miner `you`, told with the first epoch

  // start runs a subnet in dir until its desk is open.
  static async start(binary, dir, ...flags) {
    const net = new Localnet();
    Object.assign(net, { binary, dir });
    const child = (net.#child = spawn(binary, ["localnet", "--json", "--dir", dir, "--listen", "127.0.0.1:0", "--desk", "127.0.0.1:0", ...flags], { stdio: ["ignore", "pipe", "pipe"] }));
    net.#over = new Promise((ended) => child.once("close", ended));
    // A check that fails must not leave it running.
    process.once("exit", () => child.kill("SIGKILL"));
    net.#uid = new Promise((told) => createInterface({ input: child.stdout }).on("line", (line) => {
      const own = JSON.parse(line).neurons.find((n) => n.profile === "you");
      if (own) told(own.uid);
    }));
    const opened = new Promise((told) => child.stderr.setEncoding("utf8").on("data", (words) => {
      net.talk += words;
      const line = /^desk +(http:\S+)/m.exec(net.talk);
      if (line) told(line[1]);
    }));
    net.desk = await net.#unlessOver(opened);
    return net;
  }

  // #unlessOver waits for something that does not come any more if the subnet ends.
  #unlessOver(awaited) {
    return Promise.race([awaited, this.#over.then((code) => assert.fail(`the localnet ended with ${code}:\n${this.talk}`))]);
  }

  // ask is one of the desk's calls that change nothing.
  async ask(path, token) {
    const response = await fetch(`${this.desk}/api/v1/${path}`, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    assert.equal(response.status, 200, path);
    return response.json();
  }

  // stop interrupts it, as a person would, and waits until it has finished its work.
  async stop() {
    this.#child.kill("SIGINT");
    const code = await this.#over;
    assert.equal(code, 0, `the localnet ended with ${code}:\n${this.talk}`);
  }

  validators = () => readdirSync(this.dir).filter((name) => name.startsWith("validator-")).map((name) => join(this.dir, name));

  async #assay(...args) {
    const { stdout } = await run(this.binary, args, { maxBuffer: 64 << 20 });
    return stdout;
  }

  // explained is the score of the miner `you`, by each validator's record as it is now.
  async explained() {
    const uid = await this.#unlessOver(this.#uid);
    const out = [];
    for (const folder of this.validators()) out.push(JSON.parse(await this.#assay("lab", "explain", folder, "--uid", String(uid), "--json")));
    return out;
  }

  // replay demands that a record gives the same votes again.
  async replay(folder) {
    const report = await this.#assay("lab", "replay", folder);
    assert.match(report, /\bmismatches=0( |$)/m, `${folder} does not replay:\n${report}`);
  }

  // provenance is who said what of each item that got a label.
  async provenance(program, out) {
    await this.#assay("export", "labels", program, "--out", out, this.dir);
    return readFileSync(join(out, "provenance.jsonl"), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  }
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

// hotkeyOf is the key in an SS58 address: a byte of prefix, the key's 32, two of a checksum.
export function hotkeyOf(address) {
  const all = [...address].reduce((n, c) => n * 58n + BigInt(base58.indexOf(c)), 0n);
  return `0x${all.toString(16).padStart(70, "0").slice(2, 66)}`;
}
