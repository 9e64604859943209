// Who may not come into a room, for those who look after it.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { rest } from "../net/rest.js";
import { Listing } from "../state/listing.js";
import { avatar } from "./avatar.js";
import { entry, listed } from "./card.js";
import { openDialog } from "./dialog.js";
import { explain } from "./explain.js";
import { ago, exact } from "./format.js";

/** @import { App } from "../app.js" */
/** @import { Membership, RoomBan } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {Membership} room
 */
export const openBans = (app, room) =>
  openDialog({
    title: t("bans.title"),
    content: () => {
      const bans = new Listing(() => rest.roomBans(room.id));
      const said = h("p", { class: "hint", role: "status" });
      const lift = async (/** @type {RoomBan} */ { user }) => {
        try {
          await app.do.unbanMember(room.id, user.id);
          said.textContent = t("bans.lifted", { name: user.display_name });
        } catch (error) {
          said.textContent = explain(error);
        }
        await bans.load();
      };
      const row = (/** @type {RoomBan} */ ban) =>
        entry({
          sign: avatar(ban.user, { size: "small" }),
          title: ban.user.display_name,
          facts: [`@${ban.user.username}`, h("span", { title: exact(ban.at) }, t("bans.by", { name: app.people.name(ban.banned_by), when: ago(ban.at) }))],
          action: h("button", { class: "button", type: "button", "aria-label": t("bans.lift_named", { name: ban.user.display_name }), onclick: () => void lift(ban) }, t("bans.lift")),
        });
      void bans.load();
      return [h("p", { class: "dialog-text" }, t("bans.text")), listed(bans, row, t("bans.none")), said];
    },
  });
