// Does something and says how it went.
import { explain } from "./explain.js";
import { toast } from "./toast.js";

/**
 * @param {Promise<unknown>} work
 * @param {string} done what to say where it went well
 * @returns {Promise<boolean>} whether it did
 */
export async function act(work, done) {
  try {
    await work;
    toast(done);
    return true;
  } catch (error) {
    toast(explain(error), "problem");
    return false;
  }
}
