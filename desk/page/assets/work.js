// The work on one program: the tasks that were fetched, which of them is shown, what
// was done, and how to take it back.
import { Drafts } from "./store.js";
import { judgementText } from "./keys.js";
import { remembered } from "./outbox.js";
import { deskTime } from "./session.js";

// ahead is how many tasks are kept in hand, so that one can go on without the desk.
const ahead = 8;

// Leases that end sooner than this many milliseconds are made longer.
const soon = 300_000;
const undoable = new Set(["answer", "skip"]);

// open tasks can still be answered.
const open = (task) => Date.parse(task.closes) > deskTime();

export class Work {
  tasks = [];
  at = 0;
  undone = []; // deeds that redo does again, last first
  gone = new Set(); // tasks that were answered or skipped, or that the desk refused
  why = ""; // why there are no tasks
  #fetching = false;
  #last = Promise.resolve();

  constructor(program, session, outbox, changed) {
    Object.assign(this, { program, session, outbox, changed });
    this.drafts = new Drafts(session.labeller);
  }

  get task() {
    return this.tasks[this.at];
  }

  async start() {
    for (const d of await this.#done()) this.gone.add(d.task.id);
    await this.refill();
  }

  // #done are this program's deeds that stand, oldest first.
  async #done() {
    return (await this.outbox.deeds()).filter((d) => undoable.has(d.kind) && d.program === this.program.name && !d.undone && d.state !== "refused");
  }

  // refill fetches tasks when there are few, and makes leases longer that end soon. The
  // desk lists what it already lent to this labeller first, so those that are on their
  // way back are asked for too and left out.
  async refill() {
    const ending = this.tasks.some((t) => Date.parse(t.leased_until) < deskTime() + soon);
    if (this.#fetching || (this.tasks.length >= ahead && !ending)) return;
    this.#fetching = true;
    try {
      const limit = Math.max(ahead, this.tasks.length) + Math.min(this.outbox.waiting, ahead);
      const { tasks } = await this.session.call("POST", "tasks", { program: this.program.name, limit });
      this.#take(tasks);
      this.why = this.tasks.length ? "" : "There is nothing to label here at the moment. New tasks come with a round; the first ones may take eight rounds to come.";
    } catch (e) {
      this.why = e.message;
    } finally {
      this.#fetching = false;
      this.changed();
    }
  }

  #take(tasks) {
    const listed = new Set(tasks.map((t) => t.id));
    // A lease that ended and is not listed went to another labeller.
    for (const t of this.tasks.filter((t) => Date.parse(t.leased_until) < deskTime() && !listed.has(t.id))) this.#remove(t.id);
    for (const t of tasks.filter(open)) {
      const known = this.tasks.find((k) => k.id === t.id);
      if (known) Object.assign(known, { closes: t.closes, leased_until: t.leased_until });
      else if (!this.gone.has(t.id)) this.tasks.push({ ...t, since: Date.now() });
    }
  }

  // expire drops tasks that closed, and says how many.
  expire() {
    const closed = this.tasks.filter((t) => !open(t));
    for (const t of closed) {
      this.drafts.drop(t.id);
      this.#remove(t.id);
    }
    if (closed.length) this.refill();
    return closed.length;
  }

  // #inTurn does one deed after the other, however fast the keys come.
  #inTurn(act) {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => {});
    return turn;
  }

  // answer signs and submits an answer to the task that is shown.
  answer(answer, comment, millis) {
    const task = this.task;
    return this.#inTurn(() => this.#answer(task, answer, comment, millis));
  }

  async #answer(task, answer, comment, millis) {
    const text = await judgementText(this.program.name, task.id, answer, comment, millis);
    const signature = await this.session.key.sign(text);
    const body = { task: task.id, answer, comment, millis, signature };
    await this.#do({ kind: "answer", task, draft: { answer, comment, millis }, path: "answers", body });
  }

  skip(reason, draft) {
    const task = this.task;
    return this.#inTurn(() => this.#do({ kind: "skip", task, draft, path: "skip", body: { task: task.id, reason } }));
  }

  async #do(deed) {
    await this.outbox.add({ ...deed, program: this.program.name });
    this.undone = [];
    this.#leave(deed.task);
  }

  #leave(task) {
    this.gone.add(task.id);
    this.drafts.drop(task.id);
    this.#remove(task.id);
    this.refill();
  }

  #remove(id) {
    const place = this.tasks.findIndex((t) => t.id === id);
    if (place < 0) return;
    this.tasks.splice(place, 1);
    if (place < this.at || this.at >= this.tasks.length) this.at = Math.max(0, this.at - 1);
    this.changed();
  }

  // undo takes the last answer or skip back and shows its task again; it returns the
  // deed, or nothing if there is none.
  undo() {
    return this.#inTurn(() => this.#undo());
  }

  async #undo() {
    const last = (await this.#done()).slice(-remembered).findLast((d) => !d.sealed && !d.final);
    if (!last) return undefined;
    this.gone.delete(last.task.id);
    this.drafts.put(last.task.id, last.draft);
    this.#remove(last.task.id);
    // Until the desk has heard of this, its lease is not known.
    this.tasks.splice(this.at, 0, { ...last.task, leased_until: "" });
    this.undone.push(last);
    await this.outbox.takeBack(last);
    this.changed();
    return last;
  }

  // redo does again what undo took back, with the signature that it had.
  redo() {
    return this.#inTurn(() => this.#redo());
  }

  async #redo() {
    const { kind, task, program, draft, path, body } = this.undone.pop() ?? {};
    if (!kind) return undefined;
    await this.outbox.add({ kind, task, program, draft, path, body });
    this.#leave(task);
    return kind;
  }

  // settled hears what became of a deed. A refused answer stays refused; a refused
  // withdrawal means that the answer stands.
  settled(deed) {
    if (deed.program !== this.program.name || deed.state !== "refused") return;
    this.gone.add(deed.task.id);
    this.undone = this.undone.filter((d) => d.task.id !== deed.task.id);
    this.#remove(deed.task.id);
  }

  move(step) {
    const to = this.at + step;
    if (to < 0 || to >= this.tasks.length) return false;
    this.at = to;
    this.changed();
    return true;
  }
}
