/** @import { App } from "../app.js" */

/**
 * Follows a link of the page without loading it anew.
 * @param {App} app
 * @param {string} path
 */
export const go = (app, path) => (/** @type {MouseEvent} */ event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  app.router.go(path);
};
