// For admins: invite links, for whom and where to they lead, and how far.
import { fill, h } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { effect, signal } from "../core/signal.js";
import { admin } from "../net/admin.js";
import { invitesAs, mayBring } from "../state/may.js";
import { Listing } from "../state/listing.js";
import { act } from "./act.js";
import { card, entry, listed } from "./card.js";
import { linkBox } from "./copy_box.js";
import { checks, form, select } from "./form.js";
import { ago, date, exact, listOf } from "./format.js";
import { icon } from "./icons.js";
import { roomTitle } from "./room_label.js";

/** @import { App } from "../app.js" */
/** @import { Invite, PlaceRole } from "../wire/types.js" */

/** Days, and 0 for ever. */
const LIFETIMES = [7, 30, 1, 0];
/** How often, and 0 for any number of times. */
const USES = [0, 1, 5, 25];
const DAY_S = 86_400;

/** @param {App} app */
export function invitesCard(app) {
  const made = h("div", { class: "made", role: "status" });
  const invites = new Listing(admin.invites);
  const revoke = async (/** @type {Invite} */ invite) => {
    await act(admin.revokeInvite(invite.id), t("invites.revoked"));
    await invites.load();
  };
  void invites.load();
  return card(
    t("invites.title"),
    h("p", { class: "hint" }, t("invites.text")),
    inviteForm(app, (url) => {
      fill(made, h("p", { class: "hint" }, t("invites.once")), linkBox(url));
      made.querySelector("input")?.focus();
      void invites.load();
    }),
    made,
    listed(invites, (invite) => row(app, invite, () => void revoke(invite)), t("invites.none")),
  );
}

/**
 * @param {App} app
 * @param {(url: string) => void} made
 */
function inviteForm(app, made) {
  const as = invitesAs(app.session.me.peek());
  const role = signal(/** @type {PlaceRole} */ ("member"));
  const roles = select({
    name: "role",
    label: t("invites.role"),
    options: as.map((value) => ({ value, label: t(`place_role.${value}`) })),
    onChange: (value) => (role.value = as.find((one) => one === value) ?? "member"),
  });
  const lifetime = select({ name: "expires_in_s", label: t("invites.lifetime"), options: LIFETIMES.map((days) => ({ value: String(days), label: days === 0 ? t("invites.for_ever") : t("invites.days", { count: days }) })) });
  const uses = select({ name: "uses", label: t("invites.how_often"), options: USES.map((count) => ({ value: String(count), label: count === 0 ? t("invites.unlimited") : t("invites.uses", { count }) })) });
  const rooms = checks({ name: "rooms", label: t("invites.rooms") });
  effect(() => {
    const me = app.session.me.value;
    const guests = role.value === "guest";
    // Everybody but guests lands in the default rooms anyway.
    const open = app.rooms.visible.value.filter((room) => mayBring(room, me, role.value) && (guests || !room.is_default));
    rooms.offer(open.map((room) => ({ value: String(room.id), label: roomTitle(app, room) })));
    rooms.hint(guests ? t("invites.rooms_guest") : t("invites.rooms_hint"));
    rooms.element.hidden = open.length === 0;
  });
  const element = form({
    fields: [roles, lifetime, uses, rooms],
    submit: t("invites.make"),
    onSubmit: async ({ expires_in_s: days = "0", uses: most = "0", rooms: chosen = "" }) => {
      const form = { role: role.peek(), rooms: chosen.split(" ").filter((id) => id !== "").map(Number) };
      if (form.role === "guest" && form.rooms.length === 0) {
        rooms.complain(t("invites.rooms_guest"));
        rooms.focus();
        return;
      }
      const invite = await admin.makeInvite({ ...form, ...(days === "0" ? {} : { expires_in_s: Number(days) * DAY_S }), ...(most === "0" ? {} : { uses: Number(most) }) });
      made(invite.url);
    },
  });
  element.classList.add("in-columns");
  return element;
}

/**
 * @param {App} app
 * @param {Invite} invite
 * @param {() => void} revoke
 */
function row(app, invite, revoke) {
  const named = invite.rooms.map((id) => app.rooms.get(id)).flatMap((room) => (room ? [roomTitle(app, room)] : []));
  const hidden = invite.rooms.length - named.length;
  const rooms = [...named, ...(hidden > 0 ? [t("invites.other_rooms", { count: hidden })] : [])];
  const [name, when] = [app.people.name(invite.created_by), ago(invite.created_at)];
  return entry({
    sign: icon("link"),
    title: [t("invites.by", { name, when }), h("span", { class: "badge" }, t(`place_role.${invite.role}`))],
    facts: [
      invite.used === 0 ? t("invites.unused") : t("invites.used", { count: invite.used }),
      invite.uses_left === null ? null : t("invites.left", { count: invite.uses_left }),
      invite.expires_at === null ? t("invites.never_expires") : h("span", { title: exact(invite.expires_at) }, t("invites.expires", { when: date(invite.expires_at) })),
      rooms.length > 0 ? t("invites.into", { rooms: listOf(rooms) }) : null,
    ],
    action: h("button", { class: "button", type: "button", "aria-label": t("invites.revoke_named", { name, when }), onclick: revoke }, t("invites.revoke")),
  });
}
