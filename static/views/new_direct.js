// A conversation with one person or a few.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect } from "../core/signal.js";
import { openDialog } from "./dialog.js";
import { explain } from "./explain.js";
import { peoplePicker } from "./people_picker.js";

/** @import { App } from "../app.js" */

/** Most people beside oneself. */
const MOST = 8;

/** @param {App} app */
export function openNewDirect(app) {
  openDialog({
    title: t("direct.title"),
    class: "tall",
    content: (close) => {
      const problem = h("p", { class: "form-problem", role: "alert" });
      const open = async () => {
        try {
          await app.do.openDirect([...picker.chosen.peek()]);
          close("elsewhere");
        } catch (error) {
          problem.textContent = explain(error);
        }
      };
      const picker = peoplePicker(app, { most: MOST, without: new Set([app.session.myId]), label: t("direct.who"), onEnter: open });
      const button = h("button", { class: "button primary", type: "button", onclick: open }, t("direct.submit"));
      effect(() => {
        button.disabled = picker.chosen.value.length === 0;
      });
      return [h("p", { class: "dialog-text" }, t("direct.text", { count: MOST })), picker.element, problem, h("div", { class: "buttons" }, button)];
    },
  });
}

/**
 * @param {App} app
 * @param {number} room
 */
export function openAddPeople(app, room) {
  openDialog({
    title: t("members.add"),
    class: "tall",
    content: (close) => {
      const problem = h("p", { class: "form-problem", role: "alert" });
      const already = new Set((app.members.of(room) ?? []).map(({ user }) => user.id));
      const add = async () => {
        try {
          for (const id of picker.chosen.peek()) await app.do.addMember(room, id);
          close();
        } catch (error) {
          problem.textContent = explain(error);
        }
      };
      const picker = peoplePicker(app, { most: 50, without: already, label: t("members.who"), onEnter: add });
      const button = h("button", { class: "button primary", type: "button", onclick: add }, t("members.add_submit"));
      effect(() => {
        button.disabled = picker.chosen.value.length === 0;
      });
      return [picker.element, problem, h("div", { class: "buttons" }, button)];
    },
  });
}
