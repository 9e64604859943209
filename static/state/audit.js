// The audit log as far as it was read: the newest first, older ones page by page, perhaps only some of them.
import { signal } from "../core/signal.js";

/** @import { AuditRecord } from "../wire/types.js" */
/** @typedef {{ kind?: string, user?: number }} Filter */

/** Everything that is recorded: src/domain/audit.rs. */
export const KINDS = [
  "set_up",
  "signed_up",
  "signed_in",
  "sign_in_failed",
  "signed_out",
  "password_changed",
  "password_reset_made",
  "password_reset_used",
  "session_ended",
  "other_sessions_ended",
  "token_created",
  "token_revoked",
  "second_factor_on",
  "second_factor_off",
  "second_factor_reset",
  "recovery_codes_made",
  "role_set",
  "deactivated",
  "reactivated",
  "banned",
  "unbanned",
  "account_deleted",
  "invite_created",
  "invite_ended",
  "invite_used",
  "room_role_set",
  "member_removed",
  "member_banned",
  "member_unbanned",
  "room_renamed",
  "room_visibility_set",
  "room_archived",
  "place_renamed",
  "sign_up_set",
  "second_factor_rule_set",
  "audit_exported",
];

/** Those that were done to an account, whose name stands in `subject`. */
export const ABOUT_ACCOUNTS = [
  "set_up",
  "signed_up",
  "signed_in",
  "sign_in_failed",
  "signed_out",
  "password_changed",
  "password_reset_made",
  "password_reset_used",
  "session_ended",
  "other_sessions_ended",
  "second_factor_on",
  "second_factor_off",
  "second_factor_reset",
  "recovery_codes_made",
  "role_set",
  "deactivated",
  "reactivated",
  "banned",
  "unbanned",
  "account_deleted",
  "room_role_set",
  "member_removed",
  "member_banned",
  "member_unbanned",
];

/** Records of one page. */
export const PAGE = 50;

export class AuditLog {
  #asked = 0;
  /** @type {Filter} */
  #filter = {};

  /** @param {(which: Filter & { before?: number, limit: number }) => Promise<AuditRecord[]>} fetch */
  constructor(fetch) {
    this.fetch = fetch;
    /** Null until the first answer, and again after another choice. */
    this.records = signal(/** @type {readonly AuditRecord[] | null} */ (null));
    /** Whether there may be older ones. */
    this.more = signal(false);
    this.loading = signal(false);
    this.problem = signal(/** @type {unknown} */ (null));
  }

  /** @param {Filter} filter */
  show(filter) {
    this.#filter = filter;
    this.records.value = null;
    this.more.value = false;
    return this.#ask();
  }

  older() {
    return this.loading.peek() ? Promise.resolve() : this.#ask(this.records.peek()?.at(-1)?.id);
  }

  /** @param {number} [before] */
  async #ask(before) {
    const asked = (this.#asked += 1);
    this.loading.value = true;
    try {
      const page = await this.fetch({ ...this.#filter, ...(before === undefined ? {} : { before }), limit: PAGE });
      if (asked !== this.#asked) return;
      this.records.value = [...(before === undefined ? [] : (this.records.peek() ?? [])), ...page];
      this.more.value = page.length === PAGE;
      this.problem.value = null;
    } catch (error) {
      if (asked === this.#asked) this.problem.value = error;
    } finally {
      if (asked === this.#asked) this.loading.value = false;
    }
  }
}
