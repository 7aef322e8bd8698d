// Calls of the desk's HTTP API, and the labeller's session.
import { loginText } from "./keys.js";

// Refused is an answer of the desk that says no. Asking the same again helps only if it
// says later: the desk is busy or has a fault.
export class Refused extends Error {
  constructor(status, { code, message, cure }) {
    super(plainWords[code] ?? ([message, cure].filter(Boolean).map(sentence).join(" ") || `The desk answered ${status}.`));
    this.code = code ?? "";
    this.later = status >= 500 || (status === 429 && this.code !== "quota");
  }
}

// The desk's cures are for programs; people are told in these words.
const plainWords = {
  answered: "Another labeller answered this task first.",
  closed: "The time of this task is over.",
  sealed: "It is sealed: the miner has committed to it.",
  not_yours: "The task is with another labeller now.",
  unknown_task: "The desk no longer has this task.",
  unknown_program: "The miner no longer labels for this program.",
  quota: "Your answers of this day are used up. Go on tomorrow (UTC), or with another program.",
  busy: "The desk is busy, or waits for tasks that you hold or let lapse.",
  not_invited: "This desk is for invited labellers. Ask the miner to add your name to its list.",
  internal: "The desk has a fault of its own.",
};

const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".");

// Unreachable is no answer, or none of the desk's.
export class Unreachable extends Error {
  constructor() {
    super("The desk cannot be reached.");
    this.later = true;
  }
}

let heard = () => {};
let skew = 0; // by how many milliseconds the desk's clock is ahead of this one

// deskTime is the desk's time, as well as it is known.
export const deskTime = () => Date.now() + skew;

// onHearing is told after each call whether the desk was reached.
export function onHearing(listener) {
  heard = listener;
}

// call asks the desk; body is sent as JSON when there is one.
export async function call(method, path, body, token) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  let status, answer;
  try {
    const response = await fetch(`/api/v1/${path}`, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", credentials: "omit", redirect: "error", signal: AbortSignal.timeout(20_000),
    });
    status = response.status;
    skew = (Date.parse(response.headers.get("Date")) || Date.now()) - Date.now();
    answer = await response.json();
  } catch {
    heard(false);
    throw new Unreachable();
  }
  heard(true);
  if (status !== 200) throw new Refused(status, answer?.error ?? {});
  return answer;
}

// Session is a labeller's: it signs in when it must, and once more when the desk has
// forgotten it.
export class Session {
  #signing;

  constructor(key, desk) {
    this.key = key;
    this.desk = desk;
    this.slot = `desk:token:${key.labeller}`;
    this.token = sessionStorage.getItem(this.slot);
  }

  get labeller() {
    return this.key.labeller;
  }

  async login() {
    // Calls that find themselves signed out at once sign in once.
    this.#signing ??= this.#login().finally(() => (this.#signing = undefined));
    return this.#signing;
  }

  async #login() {
    const { nonce } = await call("POST", "nonce", {});
    const message = loginText(this.key, this.desk, nonce, deskTime());
    const signature = await this.key.sign(message);
    const { token } = await call("POST", "login", { labeller: this.labeller, message, signature });
    this.token = token;
    sessionStorage.setItem(this.slot, token);
  }

  // call is one of the calls that need to know who asks.
  async call(method, path, body) {
    if (!this.token) await this.login();
    const used = this.token;
    try {
      return await call(method, path, body, used);
    } catch (e) {
      if (e.code !== "unauthorised") throw e;
      if (this.token === used) this.token = null;
      if (!this.token) await this.login();
      return call(method, path, body, this.token);
    }
  }
}
