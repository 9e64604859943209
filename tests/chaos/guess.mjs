// Whether guessing at the sign-in tells which names there are: by the answer, or by the time that it takes.
//
//   SNUG_BIN=target/release/snug node tests/chaos/guess.mjs [TRIES]
//
// So many tries (200) each with a wrong password for names that somebody has and for names that nobody has, in turns, the limiter
// raised. All must be 401 with the same body, and the medians of their times must be within 5 ms. Prints what it counted as JSON.
import { Server } from "../browser/support/server.js";

const TRIES = Number(process.argv[2] ?? 200);
const MOST_MS = 5;
/** The first tries warm things up, and are not counted. */
const WARM_UP = 10;

/** @param {number[]} times */
const median = (times) => times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? NaN;

/** @param {Server} server @param {string} path @param {object} body */
function posts(server, path, body) {
  return fetch(`${server.address}/api/v1${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.address },
    body: JSON.stringify(body),
  });
}

const server = await Server.start({ SNUG_LIMITS_SIGN_IN_PER_MINUTE: "1000000" });
try {
  const code = new URLSearchParams((await server.setupAddress()).hash.slice(1)).get("code");
  const person = { username: "olga", display_name: "Olga", password: "herring under fur coat" };
  const made = await posts(server, "/setup", { code, place_name: "Acme", sign_up: "open", ...person });
  if (made.status !== 201) throw new Error(`the wizard answered ${made.status}`);
  for (const username of ["anna", "boris", "clara"]) {
    const joined = await posts(server, "/sign-up", { ...person, username });
    if (joined.status !== 201) throw new Error(`sign-up answered ${joined.status}`);
  }
  const names = { known: ["olga", "anna", "boris", "clara"], unknown: ["oleg", "anton", "berta", "claus"] };
  const times = { known: /** @type {number[]} */ ([]), unknown: /** @type {number[]} */ ([]) };
  const answers = new Set();
  for (let round = 0; round < WARM_UP + TRIES; round++) {
    // In turns, and not always in the same order: what slows the machine down for a while slows both.
    for (const kind of /** @type {("known" | "unknown")[]} */ (round % 2 ? ["known", "unknown"] : ["unknown", "known"])) {
      const username = names[kind][round % 4];
      const begun = performance.now();
      const answer = await posts(server, "/sign-in", { username, password: "not the password" });
      const body = await answer.text();
      if (round >= WARM_UP) times[kind].push(performance.now() - begun);
      answers.add(`${answer.status} ${body}`);
    }
  }
  const [known, unknown] = [median(times.known), median(times.unknown)];
  const apart = Math.abs(known - unknown);
  const same = answers.size === 1 && [...answers].every((answer) => answer.startsWith("401 "));
  const counted =
    `${TRIES} tries each: ${answers.size} different answer${answers.size === 1 ? "" : "s"}; ` +
    `median ${known.toFixed(2)} ms for known and ${unknown.toFixed(2)} ms for unknown names, ${apart.toFixed(2)} ms apart (at most ${MOST_MS})`;
  console.log(JSON.stringify({ counted, known_ms: known, unknown_ms: unknown, answers: [...answers] }));
  if (!same || !(apart <= MOST_MS)) process.exitCode = 1;
} finally {
  await server.end();
}
