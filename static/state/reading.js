// Where the "New" line stands in the open room, and when what is on the screen counts as read. Pure.

/**
 * @typedef {{ room: number, after: number | null }} Mark
 *   `after`: the "New" line stands behind this message; null where there is none
 */

/**
 * @param {number} room
 * @param {number} read
 * @param {number} last
 * @returns {Mark} on opening a room: where I left
 */
export const markOnOpen = (room, read, last) => ({ room, after: last > read ? read : null });

/**
 * A message came. The line stays where it is; a new one is drawn only where nobody is looking.
 * @param {Mark} mark
 * @param {{ looking: boolean, read: number, last: number }} now
 * @returns {Mark}
 */
export function markOnNews(mark, { looking, read, last }) {
  if (looking || last <= read) return mark;
  // A line that was passed and read long ago makes room for the new one.
  return mark.after === null || mark.after < read ? { ...mark, after: read } : mark;
}

/**
 * @param {{ focused: boolean, visible: boolean, bottomSeen: boolean, lastShown: number, read: number }} now
 * @returns {number | null} the number to mark as read
 */
export function readNow({ focused, visible, bottomSeen, lastShown, read }) {
  return focused && visible && bottomSeen && lastShown > read ? lastShown : null;
}
