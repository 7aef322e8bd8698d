// Keccak-256 for the checksum in Ethereum addresses (EIP-55).

const mask = (1n << 64n) - 1n;
const turn = (x, n) => (n ? ((x << n) | (x >> (64n - n))) & mask : x);

// The round constants are bits of an LFSR with x^8 + x^6 + x^5 + x^4 + 1, and the
// offsets of rho are triangular numbers along pi's walk.
function constants() {
  const rounds = [];
  let register = 1;
  for (let round = 0; round < 24; round++) {
    let constant = 0n;
    for (let j = 0; j < 7; j++) {
      if (register & 1) constant ^= 1n << ((1n << BigInt(j)) - 1n);
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    }
    rounds.push(constant);
  }
  const walk = [];
  for (let t = 0, x = 1, y = 0; t < 24; t++) {
    walk.push([x + 5 * y, BigInt((((t + 1) * (t + 2)) / 2) % 64)]);
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return { rounds, walk };
}

function permute(a, { rounds, walk }) {
  for (const constant of rounds) {
    const column = [0, 1, 2, 3, 4].map((x) => a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]);
    for (let i = 0; i < 25; i++) a[i] ^= column[(i + 4) % 5] ^ turn(column[(i + 1) % 5], 1n);
    let moved = a[1];
    for (let t = 0; t < 24; t++) {
      const [, offset] = walk[t];
      const [target] = walk[(t + 1) % 24];
      [a[target], moved] = [turn(moved, offset), a[target]];
    }
    for (let y = 0; y < 25; y += 5) {
      const row = a.slice(y, y + 5);
      for (let x = 0; x < 5; x++) a[y + x] = row[x] ^ (~row[(x + 1) % 5] & mask & row[(x + 2) % 5]);
    }
    a[0] ^= constant;
  }
}

// keccak256 hashes bytes to 64 hex digits.
export function keccak256(bytes) {
  const rate = 136;
  const padded = new Uint8Array((Math.floor(bytes.length / rate) + 1) * rate);
  padded.set(bytes);
  padded[bytes.length] ^= 1;
  padded[padded.length - 1] ^= 0x80;
  const view = new DataView(padded.buffer);
  const state = new Array(25).fill(0n);
  const fixed = constants();
  for (let at = 0; at < padded.length; at += rate) {
    for (let i = 0; i < rate / 8; i++) state[i] ^= view.getBigUint64(at + 8 * i, true);
    permute(state, fixed);
  }
  const out = new DataView(new ArrayBuffer(32));
  for (let i = 0; i < 4; i++) out.setBigUint64(8 * i, state[i], true);
  return [...new Uint8Array(out.buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");
}

// checksummed writes an address with the capitals of EIP-55.
export function checksummed(address) {
  const digits = address.slice(2).toLowerCase();
  const hash = keccak256(new TextEncoder().encode(digits));
  return `0x${[...digits].map((c, i) => (parseInt(hash[i], 16) >= 8 ? c.toUpperCase() : c)).join("")}`;
}
