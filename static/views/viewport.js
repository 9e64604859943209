// Keeps the page as high as what is seen of it. Where the keyboard of a phone covers the page instead of shrinking it (Safari), the
// composer would be below the keyboard.

/** Smaller differences are the browser's own bars, which `dvh` knows. */
const KEYBOARD_PX = 120;

/** @param {Window} window */
export function keepInView(window) {
  const seen = window.visualViewport;
  if (!seen) return;
  const fit = () => {
    const covered = window.innerHeight - seen.height;
    const { style } = window.document.documentElement;
    // Zooming makes the viewport smaller too, and then the page has to stay as it is.
    if (covered > KEYBOARD_PX && seen.scale < 1.05) {
      style.setProperty("--seen", `${seen.height}px`);
      window.scrollTo(0, 0);
    } else {
      style.removeProperty("--seen");
    }
  };
  seen.addEventListener("resize", fit);
}
