// One member of a room: their role in it, and taking them out.
import { h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { mayBan, mayRemove, roomRolesFor } from "../state/may.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { choice, form } from "./form.js";
import { icon } from "./icons.js";
import { roomTitle } from "./room_label.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */
/** @import { Member, Membership, User } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {Membership} room
 * @param {readonly Member[]} members
 * @param {Member} member
 */
export function mayManage(app, room, members, member) {
  const me = app.session.me.value;
  return roomRolesFor(room, me, members, member).length > 1 || mayRemove(room, me, member) || mayBan(room, me, member.user, member.role);
}

/**
 * @param {App} app
 * @param {Membership} room
 * @param {Member} member
 * @param {(work: Promise<unknown>) => void} run
 */
export function openMember(app, room, member, run) {
  const { user } = member;
  const me = app.session.me.peek();
  const roles = roomRolesFor(room, me, app.members.all.peek().get(room.id) ?? [], member);
  openDialog({
    title: t("members.manage_title", { name: user.display_name, room: roomTitle(app, room) }),
    content: (close) => {
      const then = (/** @type {() => void} */ ask) => () => {
        close();
        ask();
      };
      return [
        roles.length > 1
          ? form({
              fields: [choice({ name: "role", label: t("members.role"), value: member.role, options: roles.map((role) => ({ value: role, label: t(`role.${role}`), hint: t(`role.${role}_hint`) })) })],
              submit: t("save"),
              onSubmit: async ({ role: chosen }) => {
                const role = roles.find((one) => one === chosen);
                if (role && role !== member.role) await app.do.setRoomRole(room.id, user.id, role);
                close();
                toast(t("saved"));
              },
            })
          : null,
        h(
          "div",
          { class: "dialog-actions" },
          mayRemove(room, me, member) ? h("button", { class: "row-button", type: "button", onclick: then(() => askRemove(app, room, user, run)) }, icon("leave"), t("members.remove")) : null,
          mayBan(room, me, user, member.role) ? h("button", { class: "row-button danger", type: "button", onclick: then(() => askBan(app, room, user, run)) }, icon("ban"), t("members.ban")) : null,
        ),
      ];
    },
  });
}

/** @param {App} app @param {Membership} room @param {User} user @param {(work: Promise<unknown>) => void} run */
const askRemove = (app, room, user, run) =>
  confirmDialog({
    title: t("members.remove_title", { name: user.display_name }),
    text: t("members.remove_text", { room: roomTitle(app, room) }),
    yes: t("members.remove"),
    danger: true,
    onYes: () => run(app.do.removeMember(room.id, user.id)),
  });

/** @param {App} app @param {Membership} room @param {User} user @param {(work: Promise<unknown>) => void} run */
const askBan = (app, room, user, run) =>
  confirmDialog({
    title: t("members.ban_title", { name: user.display_name, room: roomTitle(app, room) }),
    text: t("members.ban_text"),
    yes: t("members.ban"),
    danger: true,
    onYes: () => run(app.do.banMember(room.id, user.id)),
  });
