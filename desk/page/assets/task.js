// The task on the screen: what is asked about, the answer's controls, the draft, and
// the time spent on it.
import { byId, clock, el, narrow, say, screen } from "./dom.js";
import { answerControls } from "./answers.js";
import { block, line } from "./text.js";
import { setting } from "./store.js";
import { deskTime } from "./session.js";

// What the desk refuses in a comment: markup, and controls but newline.
const markup = /<[a-z/!?]/i;
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
const commentBytes = 2000;

export class TaskView {
  #shown; // the task on the screen
  #spent = 0; // milliseconds before `from`
  #from = 0; // when the screen was last turned to, 0 while it is not

  // The buttons do what the bench does.
  constructor(work, bench) {
    this.work = work;
    const part = (this.part = screen("task"));
    part("question").textContent = work.program.question;
    document.title = `${work.program.question} – labelling desk`;
    this.answers = answerControls(work.program.answers, work.program.question, () => this.#edited());
    part("answers").replaceWith(this.answers.node);
    part("comment").addEventListener("input", () => this.#edited());
    part("form").addEventListener("submit", (e) => {
      e.preventDefault();
      bench.submit();
    });
    for (const name of ["skip", "redo", "guide"]) part(name).addEventListener("click", () => bench[name]());
    for (const button of byId("main").querySelectorAll("[data-undo]")) button.addEventListener("click", () => bench.undo());
    part("previous").addEventListener("click", () => bench.move(-1));
    part("next").addEventListener("click", () => bench.move(1));
    this.#synchronise();
    this.draw();
  }

  // draw shows the work's current task if it is another one, and what changed around it.
  draw() {
    const { work, part } = this;
    const task = work.task;
    part("work").hidden = !task;
    part("empty").hidden = !!task;
    part("empty-why").textContent = work.why || "Tasks are being fetched.";
    part("place").replaceChildren(el("strong", {}, work.program.name), task ? ` · task ${work.at + 1} of ${work.tasks.length} in hand` : "");
    part("previous").disabled = work.at === 0;
    part("next").disabled = work.at >= work.tasks.length - 1;
    part("redo").disabled = !work.undone.length;
    if (task?.id === this.#shown?.id) return;
    this.#pause();
    this.#shown = task;
    if (task) this.#show(task);
    else part("items").dataset.task = "";
    this.#focus();
  }

  // #focus goes to the text when another task is shown, so that what is typed never
  // lands in the next one; it stays where it is outside of the work.
  #focus() {
    if (narrow()) byId("main").scrollIntoView();
    else scrollTo(0, 0);
    const now = document.activeElement;
    if (now && now !== document.body && !byId("main").contains(now)) return;
    (this.#shown ? this.part("items").querySelector("[tabindex]") : this.part("empty-title")).focus({ preventScroll: true });
  }

  #show(task) {
    const { part } = this;
    const pair = task.subjects.length > 1 && this.work.program.answers.type === "pairwise";
    part("items").dataset.task = task.id;
    part("items").dataset.pair = pair;
    part("sync-row").hidden = !pair;
    part("items").replaceChildren(...task.subjects.map((s, i) => subject(s, pair ? "AB"[i] : "")));
    const draft = this.work.drafts.get(task.id);
    this.answers.set(draft.answer);
    part("comment").value = draft.comment;
    this.#grow();
    this.#wrong("");
    this.#checkComment();
    this.#spent = draft.millis;
    this.resume();
  }

  // value is what would be submitted.
  value() {
    return { answer: this.answers.value(), comment: this.part("comment").value.trimEnd().toWellFormed(), millis: Math.max(1, Math.round(this.spent())) };
  }

  // problem shows and returns why the answer cannot be submitted, or "".
  problem() {
    const why = this.answers.problem();
    this.#wrong(why);
    if (why) return why;
    const comment = this.#checkComment();
    if (comment) this.part("comment").focus();
    return comment;
  }

  #wrong(why) {
    const p = this.part("wrong");
    p.hidden = !why;
    p.textContent = why;
  }

  #checkComment() {
    const { comment } = this.value();
    let why = "";
    if (markup.test(comment)) why = "A comment is plain text: put a space after “<”.";
    else if (control.test(comment)) why = "A comment has no tabs or control characters.";
    else if (new TextEncoder().encode(comment).length > commentBytes) why = `A comment has at most ${commentBytes} bytes.`;
    this.part("comment").setAttribute("aria-invalid", why !== "");
    byId("comment-wrong").textContent = why;
    return why;
  }

  #edited() {
    this.#wrong("");
    this.#checkComment();
    this.#grow();
    this.save();
  }

  #grow() {
    const area = this.part("comment");
    area.rows = Math.min(6, area.value.split("\n").length + Math.floor(area.value.length / 90));
  }

  // save keeps the draft of the task on the screen, while that is in hand.
  save() {
    if (!this.work.tasks.includes(this.#shown)) return;
    const { answer, comment, millis } = this.value();
    this.work.drafts.put(this.#shown.id, { answer, comment, millis });
  }

  spent() {
    return this.#spent + (this.#from ? performance.now() - this.#from : 0);
  }

  // resume lets the time run, if the page can be seen.
  resume() {
    if (this.#shown && !this.#from && document.visibilityState === "visible") this.#from = performance.now();
  }

  // pause stops the time, and keeps the draft.
  pause() {
    this.#spent = this.spent();
    this.#from = 0;
    this.save();
  }

  #pause() {
    if (this.#shown) this.pause();
    this.#spent = 0;
  }

  // progress shows figures: pairs of a name and a value.
  progress(figures) {
    const task = this.#shown;
    const closes = task ? Date.parse(task.closes) - deskTime() : NaN;
    const all = [...figures];
    if (task) all.push(["this task", clock(this.spent())]);
    if (closes >= 0) all.push(["closes in", clock(closes)]);
    const list = this.part("progress");
    if (list.children.length !== all.length) list.replaceChildren(...all.map(() => el("div", {}, el("dt"), el("dd"))));
    all.forEach(([name, value], i) => {
      const [dt, dd] = list.children[i].children;
      if (dt.textContent !== name) dt.textContent = name;
      if (dd.textContent !== value) dd.textContent = value;
      list.children[i].dataset.soon = name === "closes in" && closes < 120_000;
    });
    return closes;
  }

  // #synchronise scrolls the two texts of a pair together, each by the same part of
  // its length, while that is switched on.
  #synchronise() {
    const box = this.part("sync");
    box.checked = setting("sync") ?? true;
    box.addEventListener("change", () => setting("sync", box.checked));
    let led; // the pane that was scrolled by us
    this.part("items").addEventListener("scroll", ({ target }) => {
      if (!box.checked || target === led) {
        led = undefined;
        return;
      }
      for (const other of this.part("items").querySelectorAll(".pane")) {
        const room = other.scrollHeight - other.clientHeight;
        const to = Math.round((target.scrollTop / Math.max(1, target.scrollHeight - target.clientHeight)) * room);
        if (other === target || Math.abs(other.scrollTop - to) < 2) continue;
        led = other;
        other.scrollTop = to;
      }
    }, { capture: true, passive: true });
  }
}

// subject is one text that is asked about.
function subject({ title, author, time, body }, letter) {
  const when = Date.parse(time);
  const facts = [];
  if (author) facts.push(el("span", {}, "by ", line(author)));
  if (when) facts.push(el("time", { datetime: new Date(when).toISOString() }, new Date(when).toISOString().slice(0, 16).replace("T", " ")));
  const heading = el("h2", { id: `item${letter}` }, ...(letter ? [el("span", { class: "letter" }, letter)] : []), title ? line(title, 300) : "Without a title");
  return el("article", { class: "item", "aria-labelledby": `item${letter}` },
    el("header", {}, heading, el("p", { class: "soft" }, ...facts.flatMap((f, i) => (i ? [" · ", f] : [f])))),
    el("div", { class: "pane", tabindex: "0", role: "region", "aria-label": letter ? `Text ${letter}` : "Text" }, ...(body ? block(body) : [el("p", { class: "soft" }, "The text is empty.")])),
  );
}

const told = new Set(); // what sayClosing has said

// sayClosing tells once when the last minute of a task begins or has begun, and once
// when its last five do while it is on the screen.
export function sayClosing(task, left) {
  for (const [from, to] of [[60_000, 0], [300_000, 285_000]]) {
    const name = `${task.id} ${from}`;
    if (left > from || left < to || told.has(name)) continue;
    told.add(name);
    say(`This task closes in ${clock(left)}.`);
  }
}
