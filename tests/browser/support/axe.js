// axe-core, put into the page as it stands: what it finds wrong is listed in words.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { expect } from "@playwright/test";

const AXE = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** @typedef {{ id: string, help: string, nodes: Array<{ html: string, failureSummary?: string }> }} Violation */

/**
 * @param {import("@playwright/test").Page} page
 * @param {string} state what is looked at, for the report
 */
export async function axeFindsNothing(page, state) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await AXE);
  // Colours that are on their way have no contrast yet. What ends may set off what inherits from it, so this is asked until all is still.
  await page.evaluate(async () => {
    const moving = () => document.getAnimations().filter((animation) => animation.effect?.getTiming().iterations !== Infinity && animation.playState !== "finished");
    const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
    do {
      await Promise.all(moving().map((animation) => animation.finished.catch(() => {})));
      await frame();
      await frame();
    } while (moving().length > 0);
  });
  const violations = await page.evaluate(async () => {
    const { axe } = /** @type {any} */ (window);
    const found = /** @type {{ violations: Violation[] }} */ (await axe.run(document, { resultTypes: ["violations"] }));
    return found.violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })) }));
  });
  const words = violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary}`));
  expect(words, `${state}: axe`).toEqual([]);
}
