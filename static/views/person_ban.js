import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { admin } from "../net/admin.js";
import { openDialog } from "./dialog.js";
import { field, form, select } from "./form.js";
import { toast } from "./toast.js";

/** @import { User } from "../wire/types.js" */

/** Days, and 0 until somebody lifts it. */
const SPANS = [0, 1, 7, 30];
const DAY_MS = 86_400_000;

/**
 * @param {User} user
 * @param {() => Promise<void>} changed
 */
export const openBan = (user, changed) =>
  openDialog({
    title: t("person.ban_title", { name: user.display_name }),
    content: (close) => [
      h("p", { class: "dialog-text" }, t("person.ban_text")),
      form({
        fields: [
          select({
            name: "until",
            label: t("person.ban_span"),
            options: SPANS.map((days) => ({ value: String(days), label: days === 0 ? t("person.ban_open") : t("invites.days", { count: days }) })),
          }),
          field({ name: "reason", label: t("person.ban_reason"), hint: t("person.ban_reason_hint"), input: { maxlength: 500, autocomplete: "off" } }),
        ],
        submit: t("person.ban_yes"),
        danger: true,
        onSubmit: async ({ until: days = "0", reason = "" }) => {
          await admin.ban(user.id, { reason, ...(days === "0" ? {} : { until: Date.now() + Number(days) * DAY_MS }) });
          close();
          toast(t("person.banned"));
          await changed();
        },
      }),
    ],
  });
