// Which tab sends. The one that was written in last takes it over; when it closes, another one follows. Web Locks do this where they
// exist (https and localhost); elsewhere it is a lease in localStorage. Two tabs sending for a moment harms nothing: see outbox.js.

/** @typedef {{ leads: () => boolean, take: () => Promise<void>, start: () => void }} Leading */

/**
 * @param {{ name: string, id: string, locks: LockManager | undefined, storage: Storage | undefined, onLead: () => void, window: Window }} how
 * @returns {Leading}
 */
export function makeLeader({ name, id, locks, storage, onLead, window }) {
  if (locks) return lockLeader(locks, name, onLead);
  if (storage) return leaseLeader(storage, name, id, onLead, window);
  return { leads: () => true, take: async () => {}, start: onLead };
}

/**
 * @param {LockManager} locks
 * @param {string} name
 * @param {() => void} onLead
 * @returns {Leading}
 */
function lockLeader(locks, name, onLead) {
  let leading = false;
  let queued = false;
  const hold = () => {
    leading = true;
    onLead();
    return new Promise(() => {});
  };
  const robbed = () => {
    leading = false;
    queue();
  };
  const queue = () => {
    if (queued) return;
    queued = true;
    locks
      .request(name, () => {
        queued = false;
        return hold();
      })
      .catch(robbed);
  };
  return {
    leads: () => leading,
    start: queue,
    take: () =>
      leading
        ? Promise.resolve()
        : new Promise((resolve) => {
            locks
              .request(name, { steal: true }, () => {
                resolve();
                return hold();
              })
              .catch(robbed);
          }),
  };
}

const LEASE_MS = 6_000;
const RENEW_MS = 2_000;

/**
 * @param {Storage} storage
 * @param {string} name
 * @param {string} id of this tab
 * @param {() => void} onLead
 * @param {Window} window
 * @returns {Leading}
 */
export function leaseLeader(storage, name, id, onLead, window) {
  const key = `snug.lease.${name}`;
  const read = () => {
    try {
      /** @type {{ id: string, until: number } | null} */
      const lease = JSON.parse(storage.getItem(key) ?? "null");
      return lease && lease.until > Date.now() ? lease : null;
    } catch {
      return null;
    }
  };
  const write = () => storage.setItem(key, JSON.stringify({ id, until: Date.now() + LEASE_MS }));
  const renew = () => {
    const lease = read();
    if (lease && lease.id !== id) return;
    write();
    if (!lease) onLead();
  };
  return {
    leads: () => read()?.id === id,
    take: async () => {
      const led = read()?.id === id;
      write();
      if (!led) onLead();
    },
    start: () => {
      renew();
      window.setInterval(renew, RENEW_MS);
      window.addEventListener("pagehide", () => {
        if (read()?.id === id) storage.removeItem(key);
      });
    },
  };
}
