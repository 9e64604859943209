// One list of things, one list of elements: kept in step by key, with as few moves as an ordered walk needs.

/** @type {WeakMap<Element, Map<string, HTMLElement>>} */
const known = new WeakMap();

/**
 * @template T
 * @param {Element} parent holds these children and no others
 * @param {readonly T[]} items
 * @param {{ key: (item: T) => string, create: (item: T) => HTMLElement, update?: (element: HTMLElement, item: T) => void }} how
 */
export function patchList(parent, items, how) {
  const before = known.get(parent) ?? new Map();
  /** @type {Map<string, HTMLElement>} */
  const after = new Map();
  for (const item of items) {
    const key = how.key(item);
    if (after.has(key)) continue;
    let element = before.get(key);
    if (!element) element = how.create(item);
    else how.update?.(element, item);
    after.set(key, /** @type {HTMLElement} */ (element));
  }
  for (const [key, element] of before) if (!after.has(key)) element.remove();
  let at = parent.firstChild;
  for (const element of after.values()) {
    if (element === at) at = at.nextSibling;
    else parent.insertBefore(element, at);
  }
  known.set(parent, after);
}
