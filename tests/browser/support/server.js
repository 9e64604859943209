// The real binary in a folder of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const START_MS = 20_000;
const STOP_MS = 5_000;

export class Server {
  /** @type {import("node:child_process").ChildProcess | null} */
  #process = null;
  /** What it said since it was made, for the report of a failure. */
  #said = "";

  /** Where it listens, for example `http://127.0.0.1:40123`; another one after every start. */
  address = "";
  /** The address of the wizard; null where the place is set up. @type {string | null} */
  setup = null;

  /**
   * @param {string} folder for the data
   * @param {Readonly<Record<string, string>>} settings as variables, beside the address and the folder
   */
  constructor(folder, settings) {
    this.folder = folder;
    this.settings = settings;
  }

  /** A server with an empty data folder, started. @param {Readonly<Record<string, string>>} [settings] */
  static async start(settings = {}) {
    const server = new Server(await mkdtemp(join(tmpdir(), "snug-browser-")), settings);
    try {
      await server.start();
    } catch (error) {
      // Nobody else would: a server that did not start is in nobody's hands.
      await server.#kill();
      await rm(server.folder, { recursive: true, force: true });
      throw error;
    }
    return server;
  }

  /** Starts it and waits until it says that it is ready. */
  async start() {
    const binary = process.env["SNUG_BIN"];
    if (!binary) throw new Error("SNUG_BIN does not say where the server is: run `scripts/test`, which builds it");
    const child = spawn(binary, ["--bind", "127.0.0.1:0", "--data-dir", join(this.folder, "data")], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...withoutSettings(process.env), ...this.settings },
    });
    this.#process = child;
    this.setup = null;
    child.stderr?.on("data", (chunk) => (this.#said += chunk));
    await new Promise((ready, failed) => {
      const late = setTimeout(() => failed(new Error(`the server was not ready after ${START_MS} ms:\n${this.#said}`)), START_MS);
      const fail = (/** @type {Error} */ error) => (clearTimeout(late), failed(error));
      child.once("error", fail);
      child.once("exit", (code) => fail(new Error(`the server ended with ${code}:\n${this.#said}`)));
      createInterface({ input: /** @type {import("node:stream").Readable} */ (child.stdout) }).on("line", (line) => {
        this.#said += `${line}\n`;
        const wizard = /^Set up your place: (http:\S+)$/.exec(line);
        if (wizard) this.setup = wizard[1] ?? null;
        const address = /^(?:Snug is ready at http:\/\/|It listens on )(127\.0\.0\.1:\d+)\/?$/.exec(line);
        if (address) {
          this.address = `http://${address[1]}`;
          clearTimeout(late);
          ready(null);
        }
      });
    });
  }

  /** The address of the wizard, which is printed right after or right before the one where it is ready. */
  async setupAddress() {
    const deadline = Date.now() + START_MS;
    while (this.setup === null) {
      if (Date.now() > deadline) throw new Error(`no set-up address was printed:\n${this.#said}`);
      await new Promise((later) => setTimeout(later, 10));
    }
    return new URL(this.setup);
  }

  /** Asks it to end, as an operator would, and insists that it does so within 5 seconds and without an error. */
  async stop() {
    const child = this.#process;
    if (!child) return;
    this.#process = null;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await gone;
      clearTimeout(late);
    }
    if (child.signalCode === "SIGKILL") throw new Error(`the server did not end within ${STOP_MS} ms of SIGTERM:\n${this.#said}`);
    if (child.exitCode !== 0) throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}:\n${this.#said}`);
  }

  /** What a power cut does. */
  async crash() {
    if (!this.#process) throw new Error("the server is not running");
    await this.#kill();
  }

  async #kill() {
    const child = this.#process;
    this.#process = null;
    // Without a pid it never ran; with an exit code it is gone already.
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** Ends it and removes its folder, also where ending it failed. */
  async end() {
    try {
      await this.stop();
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}

/**
 * Neither a developer's own settings nor the tests' variables are for the server under test; it refuses those it does not know.
 * @param {NodeJS.ProcessEnv} environment
 */
function withoutSettings(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("SNUG_")));
}
