import { t } from "../core/i18n.js";
import { openDialog } from "./dialog.js";
import { field, form } from "./form.js";

/** @import { App } from "../app.js" */
/** @import { Membership } from "../wire/types.js" */

/** @param {App} app @param {Membership} room */
export function openRename(app, room) {
  openDialog({
    title: t("details.rename"),
    class: "small",
    content: (close) => [
      form({
        fields: [field({ name: "name", label: t("create.name"), input: { value: room.name ?? "", maxlength: 64, autocomplete: "off" } })],
        submit: t("save"),
        onSubmit: async ({ name = "" }) => {
          await app.do.renameRoom(room.id, name);
          close();
        },
      }),
    ],
  });
}

/** @param {App} app @param {Membership} room */
export function openTopic(app, room) {
  openDialog({
    title: t("details.topic"),
    class: "small",
    content: (close) => [
      form({
        fields: [field({ name: "topic", label: t("details.topic"), hint: t("create.topic_hint"), input: { value: room.topic, maxlength: 250, autocomplete: "off" } })],
        submit: t("save"),
        onSubmit: async ({ topic = "" }) => {
          await app.do.setTopic(room.id, topic);
          close();
        },
      }),
    ],
  });
}
