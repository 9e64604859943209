// Public rooms: what there is, and joining.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect, signal } from "../core/signal.js";
import { find } from "../state/fuzzy.js";
import { openCreateRoom } from "./create_room.js";
import { openDialog } from "./dialog.js";
import { explain } from "./explain.js";
import { icon } from "./icons.js";

/** @import { App } from "../app.js" */
/** @import { ListedRoom } from "../wire/types.js" */

/** @param {App} app */
export function openBrowse(app) {
  app.directory.rooms.value = null;
  openDialog({
    title: t("browse.title"),
    class: "tall",
    content: (close) => {
      const typed = signal("");
      const problem = signal("");
      app.do.browse().catch((error) => (problem.value = explain(error)));
      const list = h("ul", { class: "browse-list" });
      const input = h("input", {
        class: "input",
        type: "search",
        placeholder: t("browse.filter"),
        "aria-label": t("browse.filter"),
        oninput: () => (typed.value = input.value),
      });
      const note = h("p", { class: "dialog-text", role: "status" });
      effect(() => {
        const rooms = app.directory.rooms.value;
        const open = (rooms ?? []).filter((room) => !room.archived).sort((one, other) => one.name.localeCompare(other.name));
        const found = find(typed.value, open, (room) => ({ texts: [room.name, room.topic], bonus: 0 }));
        fill(list, ...found.map((room) => row(app, room, close, (text) => (problem.value = text))));
        note.textContent = problem.value || (rooms && found.length === 0 ? t("browse.none") : "");
      });
      const create = () => {
        close();
        openCreateRoom(app);
      };
      return [input, note, list, h("div", { class: "buttons" }, h("button", { class: "button", type: "button", onclick: create }, icon("plus"), t("create.title")))];
    },
  });
}

/**
 * @param {App} app
 * @param {ListedRoom} room
 * @param {(went?: "elsewhere") => void} close
 * @param {(text: string) => void} complain
 */
function row(app, room, close, complain) {
  const joined = app.rooms.all.value.has(room.id);
  const go = async () => {
    try {
      if (joined) app.do.openRoom(room.id);
      else await app.do.join(room.id);
      close("elsewhere");
    } catch (error) {
      complain(explain(error));
    }
  };
  return h(
    "li",
    { class: "browse-row" },
    h("span", { class: "sign" }, icon("hash")),
    h(
      "span",
      { class: "browse-text" },
      h("b", null, room.name),
      h("small", null, [t("people", { count: room.members }), joined ? t("browse.joined") : "", room.topic].filter((text) => text !== "").join(" · ")),
    ),
    h(
      "button",
      { class: joined ? "button" : "button primary", type: "button", "aria-label": joined ? t("browse.open_named", { name: room.name }) : t("browse.join_named", { name: room.name }), onclick: go },
      joined ? t("browse.open") : t("browse.join"),
    ),
  );
}
