// The two hashes of a Substrate chain that ethers lacks, and its storage keys.
import { blake2b } from "@noble/hashes/blake2b";
import { concat, getBytes, hexlify } from "ethers";

export const blake2b256 = (bytes) => hexlify(blake2b(bytes, { dkLen: 32 }));

const mask = (1n << 64n) - 1n;
const rotate = (v, n) => ((v << n) | (v >> (64n - n))) & mask;
const [p1, p2, p3, p4, p5] = [
  0x9e3779b185ebca87n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x85ebca77c2b2ae63n, 0x27d4eb2f165667c5n,
];
const round = (acc, lane) => (rotate((acc + lane * p2) & mask, 31n) * p1) & mask;

// xxh64 of bytes, as a number.
function xxh64(bytes, seed) {
  const word = (at, size) => bytes.slice(at, at + size).reduceRight((n, b) => (n << 8n) | BigInt(b), 0n);
  let at = 0, h = (seed + p5) & mask;
  if (bytes.length >= 32) {
    let v = [seed + p1 + p2, seed + p2, seed, seed - p1].map((x) => x & mask);
    for (; at + 32 <= bytes.length; at += 32) v = v.map((acc, i) => round(acc, word(at + 8 * i, 8)));
    h = v.reduce((sum, acc, i) => (sum + rotate(acc, [1n, 7n, 12n, 18n][i])) & mask, 0n);
    for (const acc of v) h = (((h ^ round(0n, acc)) * p1) + p4) & mask;
  }
  h = (h + BigInt(bytes.length)) & mask;
  for (; at + 8 <= bytes.length; at += 8) h = (rotate(h ^ round(0n, word(at, 8)), 27n) * p1 + p4) & mask;
  if (at + 4 <= bytes.length) {
    h = (rotate(h ^ ((word(at, 4) * p1) & mask), 23n) * p2 + p3) & mask;
    at += 4;
  }
  for (; at < bytes.length; at++) h = (rotate(h ^ ((BigInt(bytes[at]) * p5) & mask), 11n) * p1) & mask;
  h = ((h ^ (h >> 33n)) * p2) & mask;
  h = ((h ^ (h >> 29n)) * p3) & mask;
  return h ^ (h >> 32n);
}

function twox128(text) {
  const bytes = new TextEncoder().encode(text), out = new Uint8Array(16);
  [0n, 1n].forEach((seed) => new DataView(out.buffer).setBigUint64(8 * Number(seed), xxh64(bytes, seed), true));
  return out;
}

// storageKey of an item of the subnets' pallet. A key is bytes as they are, or
// { blake2: bytes } under blake2_128concat.
export function storageKey(item, ...keys) {
  const hashed = (key) => concat([blake2b(getBytes(key.blake2), { dkLen: 16 }), key.blake2]);
  return concat([twox128("SubtensorModule"), twox128(item), ...keys.map((k) => (k.blake2 ? hashed(k) : k))]);
}
