// Pictures of the states that need the real server, to be looked at: LOOK=folder, and what the browser tests need.
import config from "./playwright.config.js";

export default { ...config, testMatch: "look.js", outputDir: "../../test-results-look" };
