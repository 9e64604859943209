// One stop of the Tab key for a long list; the arrow keys go through it.

/**
 * @param {HTMLElement} feed
 * @param {string} rows selector
 */
export function rove(feed, rows) {
  /** @type {HTMLElement | null} */
  let current = null;
  const make = (/** @type {HTMLElement} */ row) => {
    if (current && current !== row) setStop(current, false);
    current = row;
    setStop(row, true);
  };
  feed.addEventListener("focusin", (event) => {
    const row = event.target instanceof Element ? event.target.closest(rows) : null;
    if (row instanceof HTMLElement) make(row);
  });
  feed.addEventListener("keydown", (event) => {
    const here = event.target;
    if (!(here instanceof HTMLElement) || !here.matches(rows) || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = /** @type {HTMLElement[]} */ ([...feed.querySelectorAll(rows)]);
    const at = all.indexOf(here);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[to]?.focus();
  });
  /** After the list changed: there is always one stop, the newest row if none was chosen. */
  return () => {
    if (current?.isConnected) return;
    const last = [...feed.querySelectorAll(rows)].at(-1);
    if (last instanceof HTMLElement) make(last);
  };
}

/**
 * @param {HTMLElement} row
 * @param {boolean} stop
 */
function setStop(row, stop) {
  row.tabIndex = stop ? 0 : -1;
  for (const button of row.querySelectorAll(".actions button, a.when")) {
    if (button instanceof HTMLElement) button.tabIndex = stop ? 0 : -1;
  }
}
