// A place that scrolls and stays where the reader is: at the end while following, else at the first line in view.

/** So near the end counts as the end. */
const NEAR = 60;
/** So near the edge of what is held the next page is asked for. */
const AHEAD = 900;

export class Scroller {
  following = true;
  #quiet = false;

  /**
   * @param {HTMLElement} element scrolls
   * @param {HTMLElement} list its rows
   * @param {{ onMove: () => void }} hear
   */
  constructor(element, list, hear) {
    this.element = element;
    this.list = list;
    element.addEventListener(
      "scroll",
      () => {
        if (this.#quiet) this.#quiet = false;
        else this.following = this.fromEnd() < NEAR;
        hear.onMove();
      },
      { passive: true },
    );
    // The composer grows, the keyboard of a phone comes, a font is loaded: who was at the end stays there.
    this.observer = new ResizeObserver(() => {
      if (this.following) this.toEnd();
    });
    this.observer.observe(element);
    this.observer.observe(list);
  }

  end() {
    this.observer.disconnect();
  }

  fromEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight;
  }

  get nearStart() {
    return this.element.scrollTop < AHEAD;
  }

  get nearEnd() {
    return this.fromEnd() < AHEAD;
  }

  toEnd() {
    this.following = true;
    this.#to(this.element.scrollHeight);
  }

  /**
   * @param {HTMLElement} row
   * @param {number} part of the height that stays free above it
   */
  toRow(row, part) {
    const top = row.getBoundingClientRect().top - this.element.getBoundingClientRect().top;
    this.#to(this.element.scrollTop + top - this.element.clientHeight * part);
    this.following = this.fromEnd() < NEAR;
  }

  /**
   * Changes the list without moving what is read.
   * @param {() => void} change
   */
  keep(change) {
    const anchor = this.following ? null : this.#firstInView();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    change();
    if (this.following) this.toEnd();
    else if (anchor?.isConnected) this.#to(this.element.scrollTop + anchor.getBoundingClientRect().top - before);
  }

  /** @param {number} top */
  #to(top) {
    const before = this.element.scrollTop;
    this.element.scrollTop = top;
    // Only a real move is followed by an event that is not the reader's.
    if (this.element.scrollTop !== before) this.#quiet = true;
  }

  /** @returns {Element | null} */
  #firstInView() {
    const top = this.element.getBoundingClientRect().top;
    const rows = this.list.children;
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) <= top) low = middle + 1;
      else high = middle;
    }
    return rows[low] ?? null;
  }
}
