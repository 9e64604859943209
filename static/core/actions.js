// One listener for a whole list: the element that was meant says so in `data-do`.

/**
 * @param {HTMLElement} root
 * @param {Record<string, (element: HTMLElement, event: Event) => void>} actions
 * @param {keyof HTMLElementEventMap} [type]
 */
export function delegate(root, actions, type = "click") {
  root.addEventListener(type, (event) => {
    const from = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (!(from instanceof HTMLElement) || !root.contains(from)) return;
    actions[from.dataset.do ?? ""]?.(from, event);
  });
}
