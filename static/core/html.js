// The only door for HTML: message bodies that the server rendered and vouches for enter through the one Trusted Types policy.

/** @typedef {{ createHTML: (html: string) => any }} Policy */

/** @type {Policy} */
const policy = makePolicy();

/** @returns {Policy} */
function makePolicy() {
  /** @type {any} */
  const factory = /** @type {any} */ (globalThis).trustedTypes;
  const rules = { createHTML: (/** @type {string} */ html) => html };
  return factory ? factory.createPolicy("snug", rules) : rules;
}

/**
 * @param {HTMLElement} element
 * @param {string} html a message's `html` from the server, and nothing else
 */
export function setMessageHtml(element, html) {
  element.innerHTML = policy.createHTML(html);
}
