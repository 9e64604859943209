// Just enough of a browser that the page's own modules run in Node, for several people at once: whoever runs a piece of the page is
// known by its asynchronous context, and `fetch` and `WebSocket` carry that person's cookie.
import { AsyncLocalStorage } from "node:async_hooks";
import { WebSocket as Socket } from "ws";

/**
 * One tab of one person.
 * @typedef {object} Tab
 * @property {(path: string, init: RequestInit) => Promise<Response>} fetch
 * @property {() => Record<string, string>} headers who one is, for the handshake of a socket
 * @property {(message: any) => boolean} hears what the server said; false where the tab is to miss it
 * @property {(message: any) => void} says what the page says
 * @property {() => void} changed something came in, or the line was lost
 */

/** @type {AsyncLocalStorage<Tab>} */
const tabs = new AsyncLocalStorage();

/**
 * Runs a piece of the page, and everything it starts, as this tab.
 * @template T
 * @param {Tab} tab
 * @param {() => T} work
 * @returns {T}
 */
export const within = (tab, work) => tabs.run(tab, work);

function mine() {
  const tab = tabs.getStore();
  if (!tab) throw new Error("a piece of the page ran outside of every tab");
  return tab;
}

/** The browser's WebSocket as the page uses it. */
class PageSocket {
  static OPEN = 1;
  /** @type {((event: { data: string }) => void) | null} */
  onmessage = null;
  /** @type {((event: { code: number }) => void) | null} */
  onclose = null;
  #tab = mine();
  #socket;

  /** @param {string} url */
  constructor(url) {
    const tab = this.#tab;
    this.#socket = new Socket(url, { headers: tab.headers() });
    this.#socket.on("message", (data) =>
      within(tab, () => {
        const text = String(data);
        if (tab.hears(JSON.parse(text))) this.onmessage?.({ data: text });
        tab.changed();
      }),
    );
    this.#socket.on("close", (code) =>
      within(tab, () => {
        this.onclose?.({ code });
        tab.changed();
      }),
    );
    this.#socket.on("error", () => {}); // its close follows
  }

  get readyState() {
    return this.#socket.readyState;
  }

  /** @param {string} text */
  send(text) {
    this.#tab.says(JSON.parse(text));
    this.#socket.send(text);
  }

  close() {
    this.#socket.close();
  }
}

/** Nobody else's tabs listen: each is a computer of its own. */
class Silence {
  onmessage = null;
  postMessage() {}
}

/** @param {string} address the server's */
export function become(address) {
  const nothing = () => {};
  const location = { protocol: "http:", host: new URL(address).host, pathname: "/", hash: "", reload: nothing, assign: nothing };
  const window = {
    location,
    document: { hidden: false, addEventListener: nothing, removeEventListener: nothing },
    history: { pushState: nothing, replaceState: nothing },
    addEventListener: nothing,
    removeEventListener: nothing,
    setTimeout: (/** @type {() => void} */ work, /** @type {number} */ ms) => Number(setTimeout(work, ms).unref()),
    clearTimeout,
    setInterval: (/** @type {() => void} */ work, /** @type {number} */ ms) => Number(setInterval(work, ms).unref()),
    clearInterval,
  };
  const stand = { window, WebSocket: PageSocket, BroadcastChannel: Silence, navigator: {}, fetch: (/** @type {string} */ path, /** @type {RequestInit} */ init) => mine().fetch(path, init) };
  for (const [name, value] of Object.entries(stand)) Object.defineProperty(globalThis, name, { value, configurable: true });
}
