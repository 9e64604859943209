// The frame of the signed-in page: rooms at the side (a drawer on a phone), the open one in the middle.
import { fill, h, setAttribute } from "../core/dom.js";
import { t } from "../core/i18n.js";
import { computed, effect, scope, signal, untracked } from "../core/signal.js";
import { banner } from "./banner.js";
import { icon } from "./icons.js";
import { skeleton } from "./intro.js";
import { keys } from "./keys.js";
import { nowhere, roomView } from "./room.js";
import { people } from "./people.js";
import { person } from "./person.js";
import { roomTitle } from "./room_label.js";
import { isOfThePlace, settings } from "./settings.js";
import { sidebar } from "./sidebar.js";
import { keepTitle } from "./title.js";
import { toast } from "./toast.js";

/** @import { App } from "../app.js" */

/** @param {App} app */
export function shell(app) {
  const drawer = signal(false);
  const middle = h("div", { class: "middle" });
  const side = h("div", { class: "drawer", id: "rooms" }, sidebar(app, { onGo: () => (drawer.value = false) }));
  const veil = h("div", { class: "veil", onclick: () => (drawer.value = false) });
  /** @type {{ toEnd: () => void, focus: () => void } | null} */
  let open = null;

  /** What is shown: rooms by their id alone, so that a link to a message does not build the room anew. */
  const shown = computed(() => {
    const route = app.router.route.value;
    if (route.at === "settings") return isOfThePlace(route.section) && !app.session.runsThePlace ? "forbidden" : `settings ${route.section} ${route.user}`;
    if (route.at === "people") return `people ${route.user}`;
    if (!app.rooms.known.value) return "loading";
    if (route.at !== "room") return "home";
    return `room ${route.room} ${app.rooms.get(route.room) ? "" : "missing"}`;
  });
  effect(() => {
    const what = shown.value;
    return untracked(() => {
      if (what === "home") {
        goHome(app);
        const [element, end] = scope(() => noRooms(app, menuButton(app, drawer)));
        fill(middle, element);
        return end;
      }
      if (what === "loading") {
        fill(middle, loading());
        return undefined;
      }
      // Where the details lie over the messages, they would hide the room that was just chosen.
      if (window.matchMedia("(max-width: 70rem)").matches) app.prefs.setDetails(false);
      const [view, end] = scope(() => viewOf(app, what, menuButton(app, drawer)));
      fill(middle, view.element);
      open = view;
      // On a touch screen the focus in a room would bring the keyboard up; elsewhere it only tells where one is.
      if (!what.startsWith("room") || window.matchMedia("(any-pointer: fine)").matches) view.focus();
      return () => {
        open = null;
        end();
      };
    });
  });
  effect(() => {
    const isOpen = drawer.value;
    const held = !isOpen && document.documentElement.classList.contains("drawer-open") && side.contains(document.activeElement);
    document.documentElement.classList.toggle("drawer-open", isOpen);
    if (isOpen) untracked(() => side.querySelector("a, button") instanceof HTMLElement && /** @type {HTMLElement} */ (side.querySelector("a, button")).focus());
    // Where the drawer is closed without going anywhere, the focus returns to what opened it.
    const opener = middle.querySelector(".menu-button");
    if (held && opener instanceof HTMLElement) opener.focus();
  });
  effect(() => {
    app.router.route.value;
    drawer.value = false;
  });
  window.matchMedia("(max-width: 46rem)").addEventListener("change", () => (drawer.value = false));

  keepTitle(app);
  tellOfChanges(app);
  keys(app, {
    order: () => [...side.querySelectorAll("a[data-room]")].map((link) => Number(/** @type {HTMLElement} */ (link).dataset["room"])),
    toEnd: () => open?.toEnd(),
    focusComposer: () => open?.focus(),
    closeDrawer: () => {
      const was = drawer.peek();
      drawer.value = false;
      return was;
    },
  });
  return h(
    "div",
    { class: "shell" },
    h("a", { class: "skip", href: "#main", onclick: skip }, t("skip")),
    side,
    veil,
    middle,
    banner(app),
  );
}

/**
 * @param {App} app
 * @param {string} what
 * @param {HTMLElement} button opens the drawer on a phone
 */
function viewOf(app, what, button) {
  const route = app.router.route.peek();
  if (what === "forbidden") return nowhere(app, button, t("error.forbidden"));
  if (route.at === "settings") return settings(app, button, route.section, route.user);
  if (route.at === "people") return route.user === null ? people(app, button) : person(app, button, route.user);
  return roomView(app, route.at === "room" ? route.room : 0, button);
}

/**
 * Says what others changed about oneself while one looks.
 * @param {App} app
 */
function tellOfChanges(app) {
  let { role } = app.session.me.peek();
  effect(() => {
    const { role: now } = app.session.me.value;
    if (now !== role) toast(t("role_now", { role: t(`place_role.${now}`) }));
    role = now;
  });
  effect(() => {
    const room = app.rooms.lost.value;
    if (room) toast(t("room_lost", { room: roomTitle(app, room) }));
  });
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/**
 * @param {App} app
 * @param {import("../core/signal.js").Signal<boolean>} drawer
 */
function menuButton(app, drawer) {
  const button = h("button", { class: "icon-button menu-button", type: "button", "aria-label": t("sidebar.open"), "aria-controls": "rooms" }, icon("menu"));
  button.addEventListener("click", () => (drawer.value = !drawer.peek()));
  effect(() => setAttribute(button, "aria-expanded", String(drawer.value)));
  effect(() => {
    button.classList.toggle("has-news", app.rooms.unread.value > 0);
  });
  return button;
}

/** @param {App} app */
function goHome(app) {
  const all = app.rooms.visible.peek();
  const last = app.desk.recent.peek().find((id) => all.some((room) => room.id === id));
  const first = last ?? all.find((room) => room.is_default)?.id ?? all[0]?.id;
  if (first !== undefined) app.router.go(`/room/${first}`, { replace: true });
}

const loading = () => h("div", { class: "room" }, h("main", { class: "room-main loading", id: "main", tabindex: "-1", "aria-busy": "true" }, skeleton()));

/**
 * @param {App} app
 * @param {HTMLElement} button
 */
const noRooms = (app, button) =>
  h(
    "div",
    { class: "room" },
    h(
      "main",
      { class: "room-main", id: "main", tabindex: "-1" },
      h("header", { class: "room-head" }, button, h("div", { class: "room-title" }, h("h1", null, app.session.place.peek()))),
      h("div", { class: "empty" }, h("h2", null, t("no_rooms.title")), h("p", null, app.session.isGuest ? t("no_rooms.guest") : t("no_rooms.text"))),
    ),
  );
