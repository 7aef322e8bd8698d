// Drives a served devnet with ethers: register, serve, vote, commit, reveal, read
// back, subscribe, and the errors by name. Usage: node check.mjs http://HOST:PORT
// Exits with 1 at the first thing that is not as it should be.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Contract, JsonRpcProvider, Network, NonceManager, Wallet, WebSocketProvider, getBytes, hexlify, toBeHex } from "ethers";
import { blake2b256, storageKey } from "./substrate.mjs";

const url = process.argv[2];
if (!url) throw new Error("usage: node check.mjs http://HOST:PORT");

// ethers asks a dead node for ever.
const patience = setTimeout(() => {
  console.error("ethers: FAILED: no end after two minutes");
  process.exit(1);
}, 120_000);

const here = new URL(".", import.meta.url);
const abi = (path) => JSON.parse(readFileSync(new URL(`../../${path}`, here), "utf8"));
const at = (number) => toBeHex(number, 20);
const files = {
  neuron: [0x804, "chain/abi/neuron.json"],
  metagraph: [0x802, "devnet/abi/metagraph.json"],
  subnet: [0x803, "devnet/abi/subnet.json"],
  staking: [0x805, "devnet/abi/staking.json"],
  mapping: [0x80c, "devnet/abi/mapping.json"],
};

const http = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, polling: true, pollingInterval: 50 });
const network = await http.getNetwork();
const socket = new WebSocketProvider(url.replace(/^http/, "ws"), network);
const netuid = 1;

const bind = (runner) =>
  Object.fromEntries(Object.entries(files).map(([name, [number, file]]) => [name, new Contract(at(number), abi(file), runner)]));
const as = (wallet) => bind(new NonceManager(wallet));
const read = bind(http);

const advance = (blocks) => http.send("dev_advance", [blocks]);

// mined sends a call and makes the block that holds it.
async function mined(contract, method, ...args) {
  const tx = await contract[method](...args);
  await advance(1);
  const receipt = await tx.wait();
  assert.equal(receipt.status, 1, method);
  return receipt;
}

// refused expects the pallet's error in the words of a subtensor node.
async function refused(name, contract, method, ...args) {
  const want = `evm error: Other("dispatch execution failed: ${name}")`;
  for (const how of ["staticCall", "estimateGas"]) {
    await assert.rejects(contract[method][how](...args), (err) => {
      const said = err.error?.message ?? err.info?.error?.message;
      assert.equal(said, want, `${method}.${how}: ${err.message}`);
      return true;
    });
  }
}

const stored = (item, ...keys) => http.call({ to: at(0x807), data: storageKey(item, ...keys) });
const u16 = (...values) => hexlify(new Uint8Array(values.flatMap((v) => [v & 255, v >> 8])));
const accountOf = (address) => blake2b256(new Uint8Array([...new TextEncoder().encode("evm:"), ...getBytes(address)]));

async function person(tao) {
  const wallet = new Wallet(Wallet.createRandom().privateKey, http);
  if (tao) await http.send("dev_fund", [wallet.address, tao * 1e9]);
  return { wallet, account: accountOf(wallet.address), ...as(wallet) };
}

async function basics() {
  assert.equal(typeof network.chainId, "bigint");
  assert.equal((await http.getFeeData()).gasPrice, 20_000_000_000n);
  const block = await http.getBlock("latest", true);
  assert.equal((await http.getBlock(block.hash)).number, block.number);
  assert.equal((await http.getBlock("finalized")).number >= block.number, true);
  assert.deepEqual(await http.getLogs({ fromBlock: 0, toBlock: "latest" }), []);
  assert.notEqual(await http.getCode(at(0x804)), "0x");
  const many = await Promise.all(["web3_clientVersion", "system_name", "net_version"].map((m) => http.send(m, []))); // one batch
  assert.equal(many[2], network.chainId.toString());
}

// heads are told over the socket, and agree with what is polled.
async function heads() {
  const numbers = [];
  const three = new Promise((resolve) => socket.on("block", (n) => numbers.push(n) === 3 && resolve()));
  const pending = new Promise((resolve) => socket.once("pending", resolve));
  await socket.send("eth_blockNumber", []); // the subscriptions are in place once this is answered
  const payer = await person(1);
  const tx = await payer.wallet.sendTransaction({ to: at(0x1234), value: 10n ** 15n });
  assert.equal(await pending, tx.hash);
  await advance(3);
  await three;
  assert.equal((await tx.wait()).status, 1);
  assert.equal(await http.getBalance(at(0x1234)) > 0n, true);
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
  await socket.removeAllListeners();
}

async function registerAndServe() {
  const miner = await person(100), validator = await person(5000);
  assert.equal(await read.mapping.addressMapping(miner.wallet.address), miner.account);
  const before = Number(await read.metagraph.getUidCount(netuid));
  for (const p of [miner, validator]) await mined(p.neuron, "burnedRegister", netuid, p.account);
  assert.equal(Number(await read.metagraph.getUidCount(netuid)), before + 2);
  miner.uid = before;
  validator.uid = before + 1;
  assert.equal(await read.metagraph.getHotkey(netuid, miner.uid), miner.account);
  assert.equal(await stored("Uids", u16(netuid), { blake2: miner.account }), u16(miner.uid));
  await refused("HotKeyAlreadyRegisteredInSubNet", miner.neuron, "burnedRegister", netuid, miner.account);

  const receipt = await mined(miner.neuron, "serveAxon", netuid, 7, (10 << 24) + 5, 9000, 4, 4, 0, 0);
  const axon = await read.metagraph.getAxon(netuid, miner.uid);
  assert.deepEqual([axon.block, axon.version, axon.ip, axon.port, axon.ip_type].map(Number), [receipt.blockNumber, 7, (10 << 24) + 5, 9000, 4]);
  return { miner, validator };
}

// permitted stakes for the validator and waits for an epoch to give it a permit.
async function permitted(validator) {
  await mined(validator.staking, "addStake", validator.account, 4000n * 10n ** 9n, netuid);
  assert.equal(await read.staking.getStake(validator.account, validator.account, netuid), 4000n * 10n ** 9n);
  const tempo = Number("0x" + (await stored("Tempo", u16(netuid))).slice(2).match(/../g).reverse().join(""));
  await advance(tempo);
  assert.equal(await read.metagraph.getValidatorStatus(netuid, validator.uid), true);
  return tempo;
}

async function row(uid, pairs) {
  const want = hexlify(new Uint8Array([pairs.length << 2, ...getBytes(u16(...pairs.flat()))]));
  assert.equal(await stored("Weights", u16(netuid), u16(uid)), want);
}

async function voteOpenly({ miner, validator }) {
  await mined(validator.neuron, "setWeights", netuid, [miner.uid], [5], 0);
  await row(validator.uid, [[miner.uid, 65535]]);
  await refused("SettingWeightsTooFast", validator.neuron, "setWeights", netuid, [miner.uid], [5], 0);
  await refused("CommitRevealDisabled", validator.neuron, "commitWeights", netuid, toBeHex(1, 32));
}

async function commitAndReveal({ miner, validator }, tempo) {
  const uids = [miner.uid], values = [5], salt = [9, 8, 7];
  const vec = (list) => [list.length << 2, ...getBytes(u16(...list))];
  const hash = blake2b256(new Uint8Array([
    ...getBytes(validator.account), ...getBytes(u16(netuid)), ...vec(uids), ...vec(values), ...vec(salt), ...new Array(8).fill(0),
  ]));
  await refused("CommitRevealEnabled", validator.neuron, "setWeights", netuid, uids, values, 0);
  const reveal = ["revealWeights", netuid, uids, values, salt, 0];
  await refused("NoWeightsCommitFound", validator.neuron, ...reveal);
  await mined(validator.neuron, "commitWeights", netuid, hash);
  await refused("RevealTooEarly", validator.neuron, ...reveal);
  await refused("CommittingWeightsTooFast", validator.neuron, "commitWeights", netuid, hash);
  for (let i = 0; i <= tempo; i++) {
    const open = await validator.neuron.revealWeights.staticCall(...reveal.slice(1)).then(() => true, () => false);
    if (open) break;
    await advance(1);
  }
  await mined(validator.neuron, ...reveal);
  await row(validator.uid, [[miner.uid, 65535]]);
}

async function errors({ miner, validator }) {
  const nobody = await person(0), stranger = await person(1);
  const ip = (10 << 24) + 1, serve = (...a) => ["serveAxon", ...a, 4, 0, 0];
  for (const [name, who, ...call] of [
    ["RegistrationNotPermittedOnRootSubnet", miner, "burnedRegister", 0, stranger.account],
    ["SubnetNotExists", miner, "burnedRegister", 7, stranger.account],
    ["NotEnoughBalanceToStake", nobody, "burnedRegister", netuid, nobody.account],
    ["SubnetNotExists", miner, ...serve(7, 1, ip, 80, 4)],
    ["HotKeyNotRegisteredInNetwork", stranger, ...serve(netuid, 1, ip, 80, 4)],
    ["InvalidIpType", miner, ...serve(netuid, 1, ip, 80, 5)],
    ["InvalidIpAddress", miner, ...serve(netuid, 1, 0xffffffff, 80, 4)],
    ["BadOrigin", miner, "setMinAllowedWeights", netuid, 1],
  ]) {
    await refused(name, name === "BadOrigin" ? who.subnet : who.neuron, ...call);
  }
  // With commit-reveal the chain says so before it looks at a vote.
  if (!(await read.subnet.getCommitRevealWeightsEnabled(netuid))) {
    for (const [name, who, ...args] of [
      ["CanNotSetRootNetworkWeights", validator, 0, [1], [1], 0],
      ["WeightVecNotEqualSize", validator, netuid, [1], [1, 2], 0],
      ["MechanismDoesNotExist", validator, 7, [1], [1], 0],
      ["HotKeyNotRegisteredInSubNet", stranger, netuid, [0], [1], 0],
    ]) {
      await refused(name, who.neuron, "setWeights", ...args);
    }
  }
  // What is not there reverts, with a reason that ethers decodes.
  for (const [to, reason] of [[at(0x804), "Unknown selector"], [at(0x809), `Precompile ${at(0x809)} is disabled`]]) {
    await assert.rejects(http.call({ to, data: "0x01020304" }), (err) => {
      assert.equal(err.code, "CALL_EXCEPTION", err.message);
      assert.equal(err.reason, reason);
      return true;
    });
  }
  // A transaction that fails in its block has status 0, and ethers says so.
  const tx = await stranger.neuron.serveAxon(...serve(netuid, 1, ip, 80, 4).slice(1), { gasLimit: 60_000 });
  await advance(1);
  await assert.rejects(tx.wait(), { code: "CALL_EXCEPTION" });
  // What the pool refuses.
  await assert.rejects(nobody.wallet.sendTransaction({ to: at(1), value: 1n, gasLimit: 21000 }), { code: "INSUFFICIENT_FUNDS" });
  await assert.rejects(stranger.wallet.sendTransaction({ to: at(1), nonce: 0, gasLimit: 21000 }), { code: "NONCE_EXPIRED" });
}

try {
  await basics();
  await heads();
  const people = await registerAndServe();
  const tempo = await permitted(people.validator);
  const hidden = await read.subnet.getCommitRevealWeightsEnabled(netuid);
  await (hidden ? commitAndReveal(people, tempo) : voteOpenly(people));
  await errors(people);
  console.log(`ethers: all good, with commit-reveal ${hidden ? "on" : "off"}`);
} catch (err) {
  console.error("ethers: FAILED:", err);
  process.exitCode = 1;
} finally {
  clearTimeout(patience);
  await socket.destroy();
  http.destroy();
}
