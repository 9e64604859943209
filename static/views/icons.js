// Line drawings on a 24 grid. Decoration: the words next to them, or the label of their button, say what they mean.
import { svg } from "../core/dom.js";

const PATHS = {
  hash: "M9 4 7 20M17 4l-2 16M4.5 9h16M3.5 15h16",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 7h16M4 12h16M4 17h10",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM16.2 16.2 20 20",
  send: "M5 12h13M12.5 6l6 6-6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  back: "M19 12H5M11 6l-6 6 6 6",
  check: "M5 12.5 10 17.5 19 7",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4.5l3 1.7",
  alert: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v5M12 16v.1",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1",
  copy: "M9 9h10v11H9zM15 9V5H5v11h4",
  people: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 19.5c0-3.3 2.7-5.5 6-5.5s6 2.2 6 5.5M16 4.8a3.5 3.5 0 0 1 0 6.4M17.5 14.3c2.2.7 3.5 2.6 3.5 5.2",
  person: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20c0-3.6 3.1-6 7-6s7 2.4 7 6",
  gear: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
  compass: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM15 9l-1.8 4.2L9 15l1.8-4.2z",
  archive: "M4 5h16v4H4zM5.5 9v10h13V9M10 13h4",
  leave: "M14 5h5v14h-5M10 8l-4 4 4 4M6 12h9",
  device: "M4 5h16v11H4zM9 20h6M12 16v4",
  pencil: "M5 19l1-4L16 5l3 3L9 18zM14 7l3 3",
  keyboard: "M3 7h18v10H3zM7 10.5h.1M10.5 10.5h.1M14 10.5h.1M17.5 10.5h.1M8 14h8",
  retry: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4",
  trash: "M5 7h14M9 7V4.5h6V7M7 7l1 13h8l1-13",
  mail: "M4 6h16v12H4zM4 7l8 6 8-6",
  globe: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM4 12h16M12 4c2.5 2.3 3.6 5 3.6 8s-1.1 5.7-3.6 8c-2.5-2.3-3.6-5-3.6-8S9.5 6.3 12 4z",
  panel: "M4 5h16v14H4zM14.5 5v14",
  key: "M8 11.5a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM11 12.5 19 4.5M16 7.5l2.5 2.5",
  shield: "M12 3.5 5 6v5.5c0 4.3 2.9 7.3 7 9 4.1-1.7 7-4.7 7-9V6z",
  dots: "M5.5 12h.1M12 12h.1M18.5 12h.1",
  ban: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM6.5 6.5l11 11",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  log: "M6 4h12v16H6zM9 8h6M9 12h6M9 16h4",
  house: "M4 11.5 12 4l8 7.5M6 10v10h12V10",
};

/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name */
export const icon = (name) => svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, svg("path", { d: PATHS[name] }));
