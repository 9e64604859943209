// Browser tests: the real binary, the real page, Debian's Chromium. `make test` builds the binary and says where both are.
import { defineConfig } from "@playwright/test";

import { PLAIN_HOST } from "./support/person.js";

for (const name of ["SNUG_BIN", "CHROMIUM"]) {
  if (!process.env[name]) throw new Error(`${name} is not set: run the browser tests with \`make test\` or \`scripts/test browser\``);
}

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.js",
  outputDir: "../../test-results",
  reporter: "list",
  // No retries: a test that needs one is broken. Every test has its own server, so that they can run side by side.
  retries: 0,
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  timeout: 90_000,
  globalTimeout: 20 * 60_000,
  expect: { timeout: 15_000 },
  use: {
    browserName: "chromium",
    actionTimeout: 15_000,
    navigationTimeout: 15_000,
    locale: "en-GB",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM,
      args: [
        "--no-sandbox", // CI runs as root
        "--disable-dev-shm-usage", // containers give /dev/shm 64 MiB
        // Loopback only, whatever the page or Chromium asks for; under one name too, as a plain address of the house has one.
        `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1 , MAP * ~NOTFOUND , EXCLUDE 127.0.0.1`,
      ],
    },
  },
});
