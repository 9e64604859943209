import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { LANGUAGES, pickLanguage, setWords, t, tn } from "../../static/core/i18n.js";
import { ENDINGS } from "../../static/state/farewell.js";

const STATIC = new URL("../../static/", import.meta.url);

/** @param {string} lang @returns {Promise<Record<string, string | Record<string, string>>>} */
const words = async (lang) => JSON.parse(await readFile(new URL(`i18n/${lang}.json`, STATIC), "utf8"));

async function sources() {
  const names = (await readdir(STATIC, { recursive: true })).filter((name) => name.endsWith(".js"));
  return Promise.all(names.map((name) => readFile(new URL(name, STATIC), "utf8")));
}

/** Keys that are put together from a word of the wire, with every value that word can have. */
async function composedKeys() {
  const refusals = await readFile(new URL("../../src/domain/refusal.rs", import.meta.url), "utf8");
  const variants = /pub enum Code \{([\s\S]*?)\n\}/.exec(refusals)?.[1]?.match(/^ {4}[A-Z]\w+,/gm) ?? [];
  const codes = variants.map((variant) => variant.trim().slice(0, -1).replaceAll(/(?<!^)([A-Z])/g, "_$1").toLowerCase());
  assert.ok(codes.length > 30);
  const audit = await readFile(new URL("../../src/domain/audit.rs", import.meta.url), "utf8");
  const kinds = [...audit.matchAll(/^ {4}\w+ = "(\w+)",$/gm)].map(([, kind]) => kind ?? "");
  assert.ok(kinds.length > 30);
  // These say different things by what stands in the details, and nothing without them.
  const withoutPlain = ["room_visibility_set", "sign_up_set", "second_factor_rule_set"];
  const several = {
    signed_up: ["by_invite"],
    sign_in_failed: ["nobody"],
    session_ended: ["all"],
    token_created: ["other"],
    token_revoked: ["other"],
    account_deleted: ["own"],
    room_archived: ["not"],
    room_visibility_set: ["public", "private"],
    sign_up_set: ["open", "invite"],
    second_factor_rule_set: ["optional", "admins", "everyone"],
  };
  const places = ["owner", "admin", "member", "guest"];
  const rooms = ["owner", "moderator", "member"];
  return [
    ...kinds.map((kind) => `audit.kind.${kind}`),
    ...kinds.filter((kind) => !withoutPlain.includes(kind)).map((kind) => `audit.says.${kind}`),
    ...Object.entries(several).flatMap(([kind, others]) => others.map((other) => `audit.says.${kind}.${other}`)),
    ...["read", "write", "admin"].flatMap((access) => [`access.${access}`, `access.${access}_hint`]),
    ...["optional", "admins", "everyone"].flatMap((rule) => [`factor_rule.${rule}`, `factor_rule.${rule}_hint`]),
    ...places.flatMap((role) => [`place_role.${role}`, `place_role.${role}_hint`]),
    ...rooms.flatMap((role) => [`role.${role}`, `role.${role}_hint`]),
    ...["you", "security", "devices", "place", "invites", "audit"].map((section) => `settings.${section}`),
    ...ENDINGS.map((code) => `why.${code}`),
    ...[...codes, "other_epoch"].map((code) => `error.${code}`),
    ...rooms.map((role) => `line.role.${role}`),
    ...["public", "private"].map((visibility) => `line.visibility.${visibility}`),
    ...["", ".4201", ".4202"].map((code) => `banner.given_up${code}`),
  ];
}

test("every language has the same keys, and the same values to fill in", async () => {
  const en = await words("en");
  for (const lang of Object.keys(LANGUAGES)) {
    const other = await words(lang);
    assert.deepEqual(Object.keys(other), Object.keys(en), lang);
    const names = (/** @type {string | Record<string, string> | undefined} */ entry) => [...new Set(JSON.stringify(entry).match(/\{[a-z_]+\}/g))].sort();
    for (const key of Object.keys(en)) {
      assert.deepEqual(names(other[key]), names(en[key]), `${lang} ${key}`);
      assert.equal(typeof other[key], typeof en[key], `${lang} ${key}`);
    }
  }
});

test("every plural has the forms of its language", async () => {
  for (const lang of Object.keys(LANGUAGES)) {
    const forms = new Intl.PluralRules(lang).resolvedOptions().pluralCategories.filter((form) => form !== "many");
    for (const [key, entry] of Object.entries(await words(lang))) {
      if (typeof entry !== "string") assert.deepEqual(Object.keys(entry).sort(), [...forms].sort(), `${lang} ${key}`);
    }
  }
});

test("every key that is used exists, and every key that exists is used", async () => {
  const used = new Set(await composedKeys());
  for (const source of await sources()) {
    for (const [, key] of source.matchAll(/\btn?\(\s*"([^"]+)"/g)) used.add(key ?? "");
    for (const [, key] of source.matchAll(/"((?:banner|error|line)\.[a-z_.]+)"/g)) used.add(key ?? "");
  }
  assert.deepEqual([...used].sort(), Object.keys(await words("en")).sort());
});

test("sentences are filled in, plurals chosen, nodes kept whole", () => {
  setWords("en", { hello: "Hello {name}!", unread: { one: "{count} message", other: "{count} messages" } });
  assert.equal(t("hello", { name: "Maya" }), "Hello Maya!");
  assert.equal(t("unread", { count: 1 }), "1 message");
  assert.equal(t("unread", { count: 5 }), "5 messages");
  assert.equal(t("missing"), "missing");
  const node = /** @type {Node} */ (/** @type {unknown} */ ({ bold: true }));
  assert.deepEqual(tn("hello", { name: node }), ["Hello ", node, "!"]);
});

test("the language is the chosen one, else the browser's first that there is", () => {
  assert.equal(pickLanguage(null, ["fr-FR", "de-AT", "en"]), "de");
  assert.equal(pickLanguage("en", ["de"]), "en");
  assert.equal(pickLanguage("xx", []), "en");
});
