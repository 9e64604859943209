import { t } from "../core/i18n.js";
import { openDialog } from "./dialog.js";
import { choice, field, form } from "./form.js";

/** @import { App } from "../app.js" */

/** @param {App} app */
export function openCreateRoom(app) {
  openDialog({
    title: t("create.title"),
    content: (close) => [
      form({
        fields: [
          field({ name: "name", label: t("create.name"), hint: t("create.name_hint"), input: { maxlength: 64, autocomplete: "off", placeholder: t("create.name_example") } }),
          field({ name: "topic", label: t("create.topic"), hint: t("create.topic_hint"), input: { maxlength: 250, autocomplete: "off" } }),
          choice({
            name: "visibility",
            label: t("create.visibility"),
            value: "public",
            options: [
              { value: "public", label: t("visibility.public"), hint: t("visibility.public_hint") },
              { value: "private", label: t("visibility.private"), hint: t("visibility.private_hint") },
            ],
          }),
        ],
        submit: t("create.submit"),
        onSubmit: async ({ name = "", topic = "", visibility }) => {
          await app.do.createRoom({ name, topic, visibility: visibility === "private" ? "private" : "public" });
          close("elsewhere");
        },
      }),
    ],
  });
}
