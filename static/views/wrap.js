// Puts marks around what is selected, and takes them away again. Undo works where the browser lets an edit be typed.

/**
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {string} mark
 * @returns {{ from: number, to: number, insert: string, start: number, end: number }} what to replace, and the selection after it
 */
export function wrapped(text, start, end, mark) {
  const inside = text.slice(start, end);
  const size = mark.length;
  const isWrapped = text.slice(start - size, start) === mark && text.slice(end, end + size) === mark;
  // `*` inside `**` is not an emphasis of its own.
  const belongs = isWrapped && (mark !== "*" || text[start - 2] !== "*");
  if (belongs && start >= size) return { from: start - size, to: end + size, insert: inside, start: start - size, end: end - size };
  return { from: start, to: end, insert: mark + inside + mark, start: start + size, end: end + size };
}

/**
 * @param {HTMLTextAreaElement} input
 * @param {string} mark
 */
export function wrapSelection(input, mark) {
  const change = wrapped(input.value, input.selectionStart, input.selectionEnd, mark);
  input.setSelectionRange(change.from, change.to);
  if (!document.execCommand("insertText", false, change.insert)) {
    input.setRangeText(change.insert, change.from, change.to);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  input.setSelectionRange(change.start, change.end);
}
