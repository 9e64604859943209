// The side panel of a room: what it is about, who is in it, what can be changed.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect, untracked } from "../core/signal.js";
import { personPath } from "../core/router.js";
import { mayAdd, mayArchive, mayLeave, mayModerate, mayRename, maySetTopic, maySetVisibility } from "../state/may.js";
import { avatar } from "./avatar.js";
import { confirmDialog } from "./dialog.js";
import { explain } from "./explain.js";
import { go } from "./go.js";
import { icon } from "./icons.js";
import { mayManage, openMember } from "./member_dialog.js";
import { openAddPeople } from "./new_direct.js";
import { openBans } from "./room_bans.js";
import { openRename, openTopic } from "./room_forms.js";
import { roomTitle } from "./room_label.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */
/** @import { Member, Membership } from "../wire/types.js" */

/**
 * @param {App} app
 * @param {number} roomId
 */
export function details(app, roomId) {
  const about = h("section", { class: "details-section" });
  const people = h("section", { class: "details-section" });
  const more = h("section", { class: "details-section" });
  const run = (/** @type {Promise<unknown>} */ work) => void work.catch((error) => toast(explain(error), "problem"));

  effect(() => {
    const room = app.rooms.get(roomId);
    if (!room) return;
    const me = app.session.me.value;
    fill(about, ...aboutOf(app, room));
    fill(
      more,
      mayRename(room, me) ? action("pencil", t("details.rename"), () => openRename(app, room)) : null,
      maySetVisibility(room, me)
        ? room.kind === "public"
          ? action("lock", t("details.make_private"), () => ask(app, room, "private", run))
          : action("hash", t("details.make_public"), () => ask(app, room, "public", run))
        : null,
      mayModerate(room, me) ? action("ban", t("bans.title"), () => openBans(app, room)) : null,
      mayArchive(room, me)
        ? room.archived
          ? action("archive", t("details.unarchive"), () => run(app.do.setArchived(roomId, false)))
          : action("archive", t("details.archive"), () => askArchive(app, room, run))
        : null,
      mayLeave(room) ? action("leave", t("details.leave"), () => askLeave(app, room, run), "danger") : null,
    );
    more.hidden = more.childElementCount === 0;
  });
  effect(() => {
    const room = app.rooms.get(roomId);
    const members = app.members.of(roomId);
    if (!room) return;
    // After a new line the list may be old: it was dropped, and is asked for again.
    if (!members && app.connection.line.value.is === "open") untracked(() => run(app.do.loadMembers(roomId)));
    fill(people, ...peopleOf(app, room, members, run));
  });
  const close = () => app.prefs.setDetails(false);
  return h(
    "aside",
    { class: "details", "aria-label": t("details.title") },
    h("header", { class: "details-head" }, h("h2", null, t("details.title")), h("button", { class: "icon-button", type: "button", "aria-label": t("close"), onclick: close }, icon("close"))),
    h("div", { class: "details-body" }, about, people, more),
  );
}

/**
 * @param {App} app
 * @param {Membership} room
 */
function aboutOf(app, room) {
  if (room.kind === "direct") return [h("p", { class: "details-text" }, t("details.direct"))];
  const edit = maySetTopic(room, app.session.me.value)
    ? h("button", { class: "small-button", type: "button", onclick: () => openTopic(app, room) }, icon("pencil"), room.topic === "" ? t("details.topic_add") : t("details.topic_edit"))
    : null;
  return [
    h("h3", null, t("details.topic")),
    h("p", { class: room.topic === "" ? "details-text faint" : "details-text" }, room.topic === "" ? t("details.topic_none") : room.topic),
    edit,
    h("p", { class: "details-text faint" }, room.kind === "public" ? t("visibility.public_hint") : t("visibility.private_hint")),
  ];
}

/**
 * @param {App} app
 * @param {Membership} room
 * @param {readonly Member[] | undefined} members
 * @param {(work: Promise<unknown>) => void} run
 */
function peopleOf(app, room, members, run) {
  const online = app.people.online.value;
  const me = app.session.me.value;
  const sorted = [...(members ?? [])].sort(
    (one, other) => Number(online.has(other.user.id)) - Number(online.has(one.user.id)) || one.user.display_name.localeCompare(other.user.display_name),
  );
  return [
    h(
      "div",
      { class: "section-head" },
      h("h3", null, members ? t("people", { count: members.length }) : t("details.people")),
      mayAdd(room, me) ? h("button", { class: "icon-button", type: "button", "aria-label": t("members.add"), title: t("members.add"), onclick: () => openAddPeople(app, room.id) }, icon("plus")) : null,
    ),
    h("ul", { class: "people-list" }, ...sorted.map((member) => person(app, room, members ?? [], member, run))),
  ];
}

/**
 * @param {App} app
 * @param {Membership} room
 * @param {readonly Member[]} members
 * @param {Member} member
 * @param {(work: Promise<unknown>) => void} run
 */
function person(app, room, members, member, run) {
  const user = app.people.get(member.user.id) ?? member.user;
  const isMe = user.id === app.session.myId;
  const online = app.people.online.value.has(user.id);
  const button = (/** @type {import("./icons.js").IconName} */ sign, /** @type {string} */ label, /** @type {() => void} */ onclick) =>
    h("button", { class: "icon-button", type: "button", "aria-label": label, title: label, onclick }, icon(sign));
  const mayWrite = !isMe && !app.session.isGuest && user.active && !(room.kind === "direct" && room.people.length <= 2);
  return h(
    "li",
    { class: "person" },
    avatar(user, { size: "small", online }),
    h(
      "span",
      { class: "person-text" },
      h("span", { class: "person-name" }, h("a", { href: personPath(user.id), onclick: go(app, personPath(user.id)) }, user.display_name), isMe ? h("span", { class: "faint" }, ` ${t("you")}`) : null),
      h("small", null, `@${user.username}`, room.kind !== "direct" && member.role !== "member" ? ` · ${t(`role.${member.role}`)}` : "", h("span", { class: "visually-hidden" }, `, ${online ? t("presence.online") : t("presence.offline")}`)),
    ),
    mayWrite ? button("mail", t("members.write", { name: user.display_name }), () => run(app.do.openDirect([user.id]))) : null,
    room.kind !== "direct" && mayManage(app, room, members, { ...member, user }) ? button("dots", t("members.manage", { name: user.display_name }), () => openMember(app, room, { ...member, user }, run)) : null,
  );
}

/**
 * @param {import("./icons.js").IconName} name
 * @param {string} label
 * @param {() => void} onclick
 * @param {string} [tone]
 */
const action = (name, label, onclick, tone = "") => h("button", { class: `row-button ${tone}`, type: "button", onclick }, icon(name), label);

/** @param {App} app @param {Membership} room @param {"public" | "private"} to @param {(work: Promise<unknown>) => void} run */
const ask = (app, room, to, run) =>
  confirmDialog({
    title: to === "private" ? t("details.make_private") : t("details.make_public"),
    text: to === "private" ? t("details.private_text") : t("details.public_text"),
    yes: to === "private" ? t("details.make_private") : t("details.make_public"),
    onYes: () => run(app.do.setVisibility(room.id, to)),
  });

/** @param {App} app @param {Membership} room @param {(work: Promise<unknown>) => void} run */
const askArchive = (app, room, run) =>
  confirmDialog({
    title: t("details.archive_title", { room: roomTitle(app, room) }),
    text: t("details.archive_text"),
    yes: t("details.archive"),
    danger: true,
    onYes: () => run(app.do.setArchived(room.id, true)),
  });

/** @param {App} app @param {Membership} room @param {(work: Promise<unknown>) => void} run */
const askLeave = (app, room, run) =>
  confirmDialog({
    title: t("details.leave_title", { room: roomTitle(app, room) }),
    text: room.kind === "private" ? t("details.leave_private") : t("details.leave_public"),
    yes: t("details.leave"),
    danger: true,
    onYes: () => run(app.do.leave(room.id)),
  });
