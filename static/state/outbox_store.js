// Keeps the outbox through a reload: IndexedDB, or memory where there is none.

/** @import { Store } from "./outbox.js" */
/** @import { Unsent } from "./pending.js" */

const TABLE = "outbox";

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/**
 * @param {IDBFactory | undefined} factory
 * @returns {Promise<Store>}
 */
export async function openStore(factory) {
  try {
    if (!factory) return memoryStore();
    const request = factory.open("snug", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "client_id" });
    return databaseStore(await done(request));
  } catch {
    // Private windows of some browsers refuse it. What is written then lives as long as the page.
    return memoryStore();
  }
}

/**
 * @param {IDBDatabase} database
 * @returns {Store}
 */
function databaseStore(database) {
  database.onversionchange = () => database.close();
  const table = (/** @type {IDBTransactionMode} */ mode) => database.transaction(TABLE, mode).objectStore(TABLE);
  return {
    all: async () => {
      /** @type {Unsent[]} */
      const all = await done(table("readonly").getAll());
      return all.sort((one, other) => one.order - other.order);
    },
    put: async (unsent) => void (await done(table("readwrite").put(unsent))),
    remove: async (clientId) => done(table("readwrite").delete(clientId)),
    clear: async (user) => {
      /** @type {Unsent[]} */
      const all = await done(table("readonly").getAll());
      const mine = all.filter((unsent) => unsent.user === user);
      await Promise.all(mine.map(({ client_id }) => done(table("readwrite").delete(client_id))));
    },
  };
}

/** @returns {Store} */
export function memoryStore() {
  /** @type {Map<string, Unsent>} */
  const kept = new Map();
  return {
    all: async () => [...kept.values()].sort((one, other) => one.order - other.order),
    put: async (unsent) => void kept.set(unsent.client_id, unsent),
    remove: async (clientId) => void kept.delete(clientId),
    clear: async (user) => {
      for (const unsent of [...kept.values()]) if (unsent.user === user) kept.delete(unsent.client_id);
    },
  };
}
