// Values that tell who read them when they change. Effects run once per turn of the event loop's microtasks, however many values
// changed before: a burst of a hundred events draws once. An effect runs only if something it read is really different now.

/**
 * @typedef {object} Source what can be read
 * @property {Set<Observer>} observers
 * @property {number} version counts its changes
 * @property {() => void} refresh brings it up to date
 */

/** @typedef {{ stale: () => void, sources: Map<Source, number> }} Observer with the version of each source that it has seen */

/** @type {Observer | null} */
let reading = null;
/** @type {Array<() => void> | null} */
let owned = null;
/** @type {Set<() => void>} */
let queue = new Set();
let scheduled = false;

/**
 * @template T
 * @typedef {{ readonly value: T, peek: () => T }} Readable
 */

/**
 * @template T
 * @typedef {{ value: T, peek: () => T }} Signal
 */

/** @param {Source} source */
function track(source) {
  if (!reading) return;
  source.observers.add(reading);
  reading.sources.set(source, source.version);
}

/** @param {Source} source */
function notify(source) {
  for (const observer of [...source.observers]) observer.stale();
}

/** @param {Observer} observer */
function forget(observer) {
  for (const source of observer.sources.keys()) source.observers.delete(observer);
  observer.sources.clear();
}

/** @param {Observer} observer */
function hasNews(observer) {
  for (const [source, seen] of observer.sources) {
    source.refresh();
    if (source.version !== seen) return true;
  }
  return false;
}

/**
 * @template T
 * @param {Observer | null} observer
 * @param {() => T} work
 * @returns {T}
 */
function observe(observer, work) {
  const before = reading;
  reading = observer;
  try {
    return work();
  } finally {
    reading = before;
  }
}

/**
 * Reads signals without being told of their changes.
 * @template T
 * @param {() => T} work
 * @returns {T}
 */
export const untracked = (work) => observe(null, work);

/**
 * @template T
 * @param {T} initial
 * @returns {Signal<T>}
 */
export function signal(initial) {
  let current = initial;
  /** @type {Source} */
  const self = { observers: new Set(), version: 0, refresh: () => {} };
  return {
    get value() {
      track(self);
      return current;
    },
    set value(next) {
      if (Object.is(next, current)) return;
      current = next;
      self.version += 1;
      notify(self);
    },
    peek: () => current,
  };
}

/**
 * A value made from others, made again only when it is needed after one of them changed.
 * @template T
 * @param {() => T} make
 * @returns {Readable<T>}
 */
export function computed(make) {
  /** @type {T | undefined} */
  let current;
  let [made, dirty] = [false, true];
  /** @type {Observer} */
  const observer = {
    sources: new Map(),
    stale() {
      if (dirty) return;
      dirty = true;
      notify(self);
    },
  };
  /** @type {Source} */
  const self = {
    observers: new Set(),
    version: 0,
    refresh() {
      if (!dirty) return;
      if (!made || hasNews(observer)) {
        forget(observer);
        const next = observe(observer, make);
        if (!made || !Object.is(next, current)) self.version += 1;
        [current, made] = [next, true];
      }
      dirty = false;
    },
  };
  const peek = () => {
    self.refresh();
    return /** @type {T} */ (current);
  };
  return {
    get value() {
      self.refresh();
      track(self);
      return peek();
    },
    peek,
  };
}

/**
 * Runs now and again after each change of what it read. What it returns runs before the next time and at the end.
 * @param {() => void | (() => void)} work
 * @returns {() => void} ends it
 */
export function effect(work) {
  /** @type {void | (() => void)} */
  let cleanup;
  let ended = false;
  const run = () => {
    if (ended) return;
    cleanup?.();
    forget(observer);
    const outer = owned;
    owned = null;
    try {
      cleanup = observe(observer, work);
    } finally {
      owned = outer;
    }
  };
  const runIfNews = () => {
    if (!ended && hasNews(observer)) run();
  };
  /** @type {Observer} */
  const observer = { sources: new Map(), stale: () => schedule(runIfNews) };
  const end = () => {
    if (ended) return;
    ended = true;
    forget(observer);
    queue.delete(runIfNews);
    cleanup?.();
  };
  owned?.push(end);
  run();
  return end;
}

/** @param {() => void} run */
function schedule(run) {
  queue.add(run);
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(flush);
}

/** Runs the effects that wait. The page never needs to call it; tests do. */
export function flush() {
  scheduled = false;
  for (let round = 0; queue.size > 0; round += 1) {
    if (round > 100) throw new Error("effects keep changing what they read");
    const now = queue;
    queue = new Set();
    for (const run of now) {
      try {
        run();
      } catch (error) {
        // One broken view must not stop the others from drawing.
        reportError(error);
      }
    }
  }
}

/**
 * Everything begun inside ends together: effects, and what `onEnd` was given.
 * @template T
 * @param {() => T} work
 * @returns {[T, () => void]} what it made, and its end
 */
export function scope(work) {
  const outer = owned;
  /** @type {Array<() => void>} */
  const mine = [];
  owned = mine;
  try {
    const made = untracked(work);
    return [made, () => mine.splice(0).reverse().forEach((end) => end())];
  } finally {
    owned = outer;
  }
}

/** @param {() => void} end runs when the surrounding scope ends */
export function onEnd(end) {
  owned?.push(end);
}
