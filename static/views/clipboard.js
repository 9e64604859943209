// Copies text: by the clipboard where the browser has one, by selecting it where it has not (plain http in the house).
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { openDialog } from "./dialog.js";
import { toast } from "./toast.js";

/**
 * @param {string} text
 * @param {string} done what to say
 */
export async function copyText(text, done) {
  if ((await byClipboard(text)) || bySelection(text)) toast(done);
  else showToCopy(text);
}

/** @param {string} text */
async function byClipboard(text) {
  try {
    // Undefined on plain http, whatever the types say.
    const clipboard = /** @type {Clipboard | undefined} */ (navigator.clipboard);
    if (!clipboard) return false;
    await clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} text */
function bySelection(text) {
  const from = document.activeElement;
  const area = h("textarea", { class: "visually-hidden", readonly: true, value: text, "aria-hidden": "true" });
  (from?.closest("dialog") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (from instanceof HTMLElement) from.focus();
  return copied;
}

/** @param {string} text */
function showToCopy(text) {
  openDialog({
    title: t("copy.by_hand"),
    class: "small",
    content: () => {
      const input = h("input", { class: "input", readonly: true, value: text, "aria-label": t("copy.by_hand"), data: { focus: "" } });
      input.addEventListener("focus", () => input.select());
      return [input];
    },
  });
}
