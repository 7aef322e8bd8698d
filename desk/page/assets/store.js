// What the page keeps in the browser: the key and the deeds (answers, skips and what
// was taken back) in IndexedDB, drafts and settings in localStorage.

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Store is the database. A deed is durable when its promise is fulfilled.
export class Store {
  static async open() {
    const request = indexedDB.open("assay-desk", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys");
      request.result.createObjectStore("deeds", { keyPath: "seq", autoIncrement: true }).createIndex("labeller", "labeller");
    };
    return new Store(await done(request));
  }

  constructor(db) {
    this.db = db;
  }

  async #with(name, mode, act) {
    const transaction = this.db.transaction(name, mode, { durability: "strict" });
    const finished = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    const [result] = await Promise.all([act(transaction.objectStore(name)), finished]);
    return result;
  }

  key() {
    return this.#with("keys", "readonly", (s) => done(s.get("page")));
  }

  // addKey keeps the first key that any tab made, and returns it.
  addKey(pair) {
    return this.#with("keys", "readwrite", async (s) => {
      const first = await done(s.get("page"));
      if (!first) await done(s.put(pair, "page"));
      return first ?? pair;
    });
  }

  // deeds are a labeller's, oldest first.
  deeds(labeller) {
    return this.#with("deeds", "readonly", (s) => done(s.index("labeller").getAll(labeller)));
  }

  // addDeed keeps a new deed and gives it its number.
  async addDeed(deed) {
    deed.seq = await this.#with("deeds", "readwrite", (s) => done(s.add(deed)));
    return deed;
  }

  // change gives a deed new values for some of its fields, which may be a function of
  // the deed as it is now, whatever other tabs wrote, and returns the whole.
  change(seq, fields) {
    return this.#with("deeds", "readwrite", async (s) => {
      const deed = await done(s.get(seq));
      if (!deed) return undefined;
      Object.assign(deed, typeof fields === "function" ? fields(deed) : fields);
      await done(s.put(deed));
      return deed;
    });
  }

  remove(seqs) {
    return this.#with("deeds", "readwrite", (s) => Promise.all(seqs.map((seq) => done(s.delete(seq)))));
  }
}

const draftPrefix = "desk:draft:";
const draftAge = 7 * 24 * 3600 * 1000;

// Drafts are what was chosen and written but not submitted, by labeller and task.
export class Drafts {
  constructor(labeller) {
    this.prefix = `${draftPrefix}${labeller}:`;
  }

  get(task) {
    return read(this.prefix + task) ?? { answer: "", comment: "", millis: 0 };
  }

  put(task, draft) {
    write(this.prefix + task, { ...draft, at: Date.now() });
  }

  drop(task) {
    localStorage.removeItem(this.prefix + task);
  }

  // sweep forgets drafts that nobody came back to.
  static sweep() {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(draftPrefix) && !(read(name)?.at > Date.now() - draftAge)) localStorage.removeItem(name);
    }
  }
}

// setting reads a setting, or writes it when a value is given.
export function setting(name, value) {
  if (value === undefined) return read(`desk:set:${name}`);
  write(`desk:set:${name}`, value);
  return value;
}

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

// write keeps a value if there is room; the page works on without.
function write(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    /* full or forbidden */
  }
}
