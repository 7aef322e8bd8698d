// The bench is the task screen at work: what its keys and buttons do.
import { byId, narrow, say } from "./dom.js";
import { Work } from "./work.js";
import { TaskView, sayClosing } from "./task.js";
import { askReason } from "./shortcuts.js";
import { setting } from "./store.js";
import { guidelines } from "./guide.js";

export class Bench {
  // figures gives what is shown of the labeller's progress, as pairs of name and value.
  constructor(program, session, outbox, figures) {
    this.figures = figures;
    byId("guide-text").replaceChildren(...guidelines(program.guidelines_html || "<p>There are none.</p>"));
    this.work = new Work(program, session, outbox, () => this.draw());
    this.view = new TaskView(this.work, this);
    this.#showGuide(setting("guide") ?? !narrow());
  }

  start() {
    this.tick();
    return this.work.start();
  }

  // close keeps the draft; nothing of the bench is shown any more.
  close() {
    this.view.pause();
    this.closed = true;
    byId("guide").hidden = true;
    byId("layout").dataset.guide = false;
  }

  draw() {
    if (this.closed) return;
    this.view.draw();
    this.view.progress(this.figures());
  }

  // tick moves the clocks, and lets go of tasks that have closed.
  tick() {
    const left = this.view.progress(this.figures());
    if (this.work.task) sayClosing(this.work.task, left);
    const closed = this.work.expire();
    if (closed) say(closed > 1 ? `${closed} tasks have closed.` : "A task has closed.");
  }

  async submit() {
    const { work, view } = this;
    if (!work.task || this.signing || view.problem()) return;
    const { answer, comment, millis } = view.value();
    view.pause();
    this.signing = true;
    try {
      await work.answer(answer, comment, millis);
    } catch (e) {
      say(e.code === 4001 ? "Not submitted: the wallet did not sign." : `Not submitted: ${e.message}`, true);
    }
    this.signing = false;
    if (this.closed) return;
    view.resume();
    this.draw();
  }

  skip() {
    const { task } = this.work;
    if (!task || this.signing) return;
    askReason(async (reason) => {
      if (this.closed || this.work.task !== task) return;
      await this.work.skip(reason, this.view.value());
      say("Skipped. Undo takes it back.");
      this.draw();
    });
  }

  async undo() {
    if (this.signing) return;
    this.view.save();
    const deed = await this.work.undo();
    say(!deed ? "There is nothing to undo." : deed.kind === "skip" ? "The skip is taken back." : "The answer is taken back. Change it, or submit it again.");
    this.draw();
  }

  async redo() {
    if (this.signing) return;
    const kind = await this.work.redo();
    say(!kind ? "There is nothing to redo." : kind === "skip" ? "Skipped again." : "Submitted again.");
    this.draw();
  }

  move(step) {
    if (this.signing) return;
    this.view.save();
    if (!this.work.move(step)) say(step > 0 ? "This is the last task in hand." : "This is the first task in hand.");
  }

  comment() {
    byId("comment").focus();
  }

  guide() {
    const open = byId("guide").hidden;
    setting("guide", open);
    this.#showGuide(open);
    // On a narrow screen the guidelines stand above the work: who asked is taken there.
    if (open) byId("guide").focus();
    else this.view.part("guide").focus();
  }

  #showGuide(open) {
    byId("guide").hidden = !open;
    byId("layout").dataset.guide = open;
    this.view.part("guide").setAttribute("aria-expanded", open);
  }

  leave() {
    location.hash = "#/";
  }

  // choose says whether the key stands for an answer.
  choose(key) {
    return this.work.task ? this.view.answers.take(key) : false;
  }
}
