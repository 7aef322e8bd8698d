// The outbox: deeds wait in the browser until the desk has taken or refused them. They
// go out one by one in the order in which they were done, from one tab at a time, and
// the same bytes again after a failure; so each counts once.
//
// A deed is { labeller, kind: answer | skip | withdraw, task, program, draft, path,
// body, state: waiting | kept | refused, why, tried, undone, final, sealed, at }. What
// was taken back is undone; what cannot be is final.
import { judgementText } from "./keys.js";

const longest = 30_000;
const walletRefusal = 4001;

// remembered is how many deeds that are over stay for the list and for undo.
export const remembered = 20;

export class Outbox {
  #running = false;
  #again = false;
  #fails = 0;
  #timer;

  waiting = 0; // deeds
  oldest = 0; // when the first of them was done

  // settled is called with each deed that the desk has taken or refused, changed
  // whenever something moved, and emptied when nothing waits any more.
  constructor(store, session, { settled, changed, emptied }) {
    Object.assign(this, { store, session, settled, changed, emptied });
    addEventListener("online", () => this.flush());
    addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.flush());
  }

  deeds() {
    return this.store.deeds(this.session.labeller);
  }

  // add keeps a deed and starts to send it.
  async add(deed) {
    const kept = await this.store.addDeed({ ...deed, labeller: this.session.labeller, state: "waiting", tried: 0, at: Date.now() });
    this.flush();
    return kept;
  }

  // takeBack undoes an answer or a skip: one that was never sent is just not sent, for
  // any other the desk is told.
  async takeBack(deed) {
    const unsent = (d) => d.state === "waiting" && !d.tried;
    const now = await this.store.change(deed.seq, (d) => (unsent(d) ? { undone: true, state: "kept" } : { undone: true }));
    if (!now.tried) {
      this.flush();
    } else if (now.state !== "refused") {
      await this.add({ kind: "withdraw", task: deed.task, program: deed.program, path: "withdraw", body: { task: deed.task.id }, of: deed.seq });
    }
  }

  // flush sends what waits, now. Calls while it runs make it look once more.
  async flush() {
    clearTimeout(this.#timer);
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    try {
      do {
        this.#again = false;
        await this.#alone(() => this.#sendAll());
      } while (this.#again);
    } finally {
      this.#running = false;
    }
  }

  // #alone keeps other tabs from sending the same at the same time.
  #alone(act) {
    return navigator.locks ? navigator.locks.request(`desk:outbox:${this.session.labeller}`, act) : act();
  }

  async #sendAll() {
    for (let sent = 0; ; sent++) {
      const waiting = (await this.deeds()).filter((d) => d.state === "waiting");
      this.waiting = waiting.length;
      this.oldest = waiting[0]?.at ?? 0;
      this.changed();
      if (!waiting.length) return sent && this.#end();
      if (!navigator.onLine) return;
      try {
        await this.#send(waiting[0]);
        this.#fails = 0;
      } catch (e) {
        this.#later(e);
        return;
      }
    }
  }

  async #send(deed) {
    const marked = await this.store.change(deed.seq, { tried: deed.tried + 1 });
    // Undone in this moment, before it was sent.
    if (marked.state !== "waiting") return;
    try {
      await this.session.call("POST", marked.path, marked.body);
      this.settled(await this.store.change(deed.seq, { state: "kept" }));
    } catch (e) {
      if (e.code === "time_claim" && !marked.shortened) return this.#shorten(marked);
      if (e.later !== false) throw e;
      // A withdrawal that is refused leaves what it was to take back as it is.
      if (marked.of) await this.store.change(marked.of, { undone: false, final: true, sealed: e.code === "sealed" });
      this.settled(await this.store.change(deed.seq, { state: "refused", code: e.code, why: e.message }));
    }
  }

  // #shorten claims no more time than since the task came to this page: a draft may
  // remember time from an earlier lease.
  async #shorten(deed) {
    const most = Math.max(1, deed.at - deed.task.since);
    const body = { ...deed.body, millis: Math.min(deed.body.millis, most) };
    body.signature = await this.session.key.sign(await judgementText(deed.program, body.task, body.answer, body.comment, body.millis));
    await this.store.change(deed.seq, { body, shortened: true });
  }

  #later(e) {
    this.changed();
    if (e.code === walletRefusal) return; // the wallet asks again when there is more to send
    const wait = Math.min(longest, 1000 * 2 ** this.#fails++) * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => this.flush(), wait);
  }

  // #end forgets deeds of long ago.
  async #end() {
    this.emptied();
    const over = (await this.deeds()).filter((d) => d.state !== "waiting");
    if (over.length > 3 * remembered) await this.store.remove(over.slice(0, -2 * remembered).map((d) => d.seq));
  }
}
