// What went wrong, as values the page can act on.

/** The server refused: nothing was stored. `code` is stable, `message` is a sentence in English. */
export class Refused extends Error {
  /** @param {import("../wire/types.js").ErrorBody} body */
  constructor(body) {
    super(body.message);
    this.name = "Refused";
    this.code = body.code;
    this.field = body.field ?? null;
    this.retryAfterMs = body.retry_after_ms ?? null;
  }
}

/** No answer came: the line was cut or the server cannot be reached. Whether it was stored is not known. */
export class NoAnswer extends Error {
  constructor() {
    super("no answer");
    this.name = "NoAnswer";
  }
}
