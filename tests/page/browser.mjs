// A real browser for the fake server.
import { chromium } from "@playwright/test";

/** A name that is not localhost: pages there have no Web Locks, no randomUUID and no clipboard, as on a plain address of the house. */
export const PLAIN_HOST = "snug.test";

export const launch = () =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`],
  });

/**
 * @param {import("@playwright/test").Browser} browser
 * @param {string} address
 * @param {string | null} token of a sign-in
 * @param {import("@playwright/test").BrowserContextOptions} [options]
 */
export async function window(browser, address, token, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
  if (token) await context.addCookies([{ name: "snug", value: token, url: address }]);
  const page = await context.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|TrustedHTML|TypeError/.test(message.text())) complaints.push(message.text());
  });
  return { context, page, complaints };
}
