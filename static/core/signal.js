// Values that tell who read them when they change. Effects run once per turn of the event loop's microtasks, however many values
// changed before: a burst of a hundred events draws once.

/** @typedef {{ run: () => void, sources: Set<Set<Observer>>, dirty: boolean }} Observer */

/** @type {Observer | null} */
let reading = null;
/** @type {Array<() => void> | null} */
let owned = null;
/** @type {Set<Observer>} */
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

/** @param {Set<Observer>} observers */
function track(observers) {
  if (!reading) return;
  observers.add(reading);
  reading.sources.add(observers);
}

/** @param {Set<Observer>} observers */
function notify(observers) {
  for (const observer of [...observers]) observer.run();
}

/** @param {Observer} observer */
function forget(observer) {
  for (const source of observer.sources) source.delete(observer);
  observer.sources.clear();
}

/**
 * @template T
 * @param {T} initial
 * @returns {Signal<T>}
 */
export function signal(initial) {
  let current = initial;
  /** @type {Set<Observer>} */
  const observers = new Set();
  return {
    get value() {
      track(observers);
      return current;
    },
    set value(next) {
      if (Object.is(next, current)) return;
      current = next;
      notify(observers);
    },
    peek: () => current,
  };
}

/**
 * A value made from others, made again only when it is read after one of them changed.
 * @template T
 * @param {() => T} make
 * @returns {Readable<T>}
 */
export function computed(make) {
  /** @type {T | undefined} */
  let current;
  /** @type {Set<Observer>} */
  const observers = new Set();
  /** @type {Observer} */
  const self = {
    dirty: true,
    sources: new Set(),
    run() {
      if (self.dirty) return;
      self.dirty = true;
      notify(observers);
    },
  };
  const read = () => {
    if (self.dirty) {
      forget(self);
      current = observe(self, make);
      self.dirty = false;
    }
    return /** @type {T} */ (current);
  };
  return {
    get value() {
      track(observers);
      return read();
    },
    peek: read,
  };
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
 * Runs now and again after each change of what it read. What it returns runs before the next time and at the end.
 * @param {() => void | (() => void)} work
 * @returns {() => void} ends it
 */
export function effect(work) {
  /** @type {void | (() => void)} */
  let cleanup;
  let ended = false;
  /** @type {Observer} */
  const self = {
    dirty: false,
    sources: new Set(),
    run() {
      queue.add(self);
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(flush);
    },
  };
  const perform = () => {
    if (ended) return;
    cleanup?.();
    forget(self);
    const outer = owned;
    owned = null;
    try {
      cleanup = observe(self, work);
    } finally {
      owned = outer;
    }
  };
  const end = () => {
    if (ended) return;
    ended = true;
    forget(self);
    queue.delete(self);
    cleanup?.();
  };
  performers.set(self, perform);
  owned?.push(end);
  perform();
  return end;
}

/** @type {WeakMap<Observer, () => void>} */
const performers = new WeakMap();

/** Runs the effects that wait. The page never needs to call it; tests do. */
export function flush() {
  scheduled = false;
  for (let round = 0; queue.size > 0; round += 1) {
    if (round > 100) throw new Error("effects keep changing what they read");
    const now = queue;
    queue = new Set();
    for (const observer of now) {
      try {
        performers.get(observer)?.();
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
