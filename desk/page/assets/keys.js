// The labeller's key: one made in this page, or that of a browser wallet. Either has a
// name, the account for the login text, and signs texts to hex.
import { checksummed } from "./keccak.js";

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const algorithm = { name: "ECDSA", namedCurve: "P-256" };

export const bytesOf = (text) => new TextEncoder().encode(text);
export const hexOf = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

// canMakeKeys is false where the page is not from a secure origin.
export const canMakeKeys = () => globalThis.isSecureContext && !!globalThis.crypto?.subtle && !!globalThis.indexedDB;

// pageKey opens the key of this page; it makes one if told to, and is undefined if
// there is none. The private half cannot be taken out of the browser.
export async function pageKey(store, make) {
  let pair = await store.key();
  if (!pair && make) {
    pair = await store.addKey(await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]));
    navigator.storage?.persist?.().catch(() => {});
  }
  if (!pair) return undefined;
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const labeller = `p256:${point[64] & 1 ? "03" : "02"}${hexOf(point.slice(1, 33))}`;
  const sign = async (text) => {
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, bytesOf(text));
    return `0x${lowS(hexOf(new Uint8Array(signature)))}`;
  };
  return { kind: "page", labeller, account: labeller, noun: "page key", sign };
}

// lowS brings the second half of a signature r || s into the lower half of the order,
// as of two signatures that both fit only one is taken.
function lowS(signature) {
  const s = BigInt(`0x${signature.slice(64)}`);
  const low = s > order / 2n ? order - s : s;
  return signature.slice(0, 64) + low.toString(16).padStart(64, "0");
}

// walletKey asks the wallet for an account. With a labeller given it asks nothing, and
// is undefined if the wallet does not show that account of itself.
export async function walletKey(labeller) {
  const wallet = globalThis.ethereum;
  if (!wallet?.request) return undefined;
  const accounts = await wallet.request({ method: labeller ? "eth_accounts" : "eth_requestAccounts" });
  const address = accounts?.map((a) => String(a).toLowerCase()).find((a) => /^0x[0-9a-f]{40}$/.test(a) && (!labeller || a === labeller));
  if (!address) return undefined;
  const account = checksummed(address);
  const sign = (text) => wallet.request({ method: "personal_sign", params: [`0x${hexOf(bytesOf(text))}`, account] });
  return { kind: "wallet", labeller: address, account, noun: "Ethereum account", sign };
}

// judgementText is what a labeller signs of an answer.
export async function judgementText(program, task, answer, comment, millis) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(comment)));
  return `Assay judgement\nprogram: ${program}\ntask: ${task}\nanswer: ${answer}\ncomment: 0x${hexOf(digest)}\nmillis: ${millis}`;
}

// loginText is an EIP-4361 message, and for a page key one of the same layout.
export function loginText(key, desk, nonce, time) {
  return [
    `${location.host} wants you to sign in with your ${key.noun}:`,
    key.account,
    "",
    `Label for miner ${desk.miner}.`,
    "",
    `URI: ${location.origin}`,
    "Version: 1",
    `Chain ID: ${desk.chain_id}`,
    `Nonce: ${nonce}`,
    `Issued At: ${new Date(time).toISOString()}`,
  ].join("\n");
}
