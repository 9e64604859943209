// What I may do, so that nothing is offered that would be refused. The server decides; this only mirrors src/domain/policy.rs.

/** @import { Membership, Member, PlaceRole, RoomRole, User } from "../wire/types.js" */

/** @param {User} me */
export const runsPlace = (me) => me.role === "owner" || me.role === "admin";

/** @param {Membership} room */
const isNamed = (room) => room.kind === "public" || room.kind === "private";

/** @param {Membership} room @param {User} me */
const owns = (room, me) => isNamed(room) && (room.role === "owner" || runsPlace(me));

/** @param {Membership} room @param {User} me */
export const mayRename = (room, me) => !room.archived && (owns(room, me) || (isNamed(room) && room.role === "moderator"));

/** @param {Membership} room @param {User} me */
export const maySetTopic = (room, me) => !room.archived && isNamed(room) && me.role !== "guest";

/** @param {Membership} room @param {User} me */
export const mayArchive = (room, me) => !room.is_default && owns(room, me);

/** @param {Membership} room @param {User} me */
export const maySetVisibility = (room, me) => mayArchive(room, me) && !room.archived;

/** @param {Membership} room @param {User} me */
export const mayAdd = (room, me) => !room.archived && isNamed(room) && me.role !== "guest";

/** @param {Membership} room */
export const mayLeave = (room) => isNamed(room);

/** @param {Membership} room @param {User} me @param {Member} member */
export function mayRemove(room, me, member) {
  if (!isNamed(room) || member.user.id === me.id) return false;
  if (owns(room, me)) return true;
  return room.role === "moderator" && member.role === "member";
}

/** @param {Membership} room @param {User} me */
export const mayModerate = (room, me) => owns(room, me) || (isNamed(room) && room.role === "moderator");

/**
 * @param {Membership} room
 * @param {User} me
 * @param {readonly Member[]} members
 * @param {Member} member
 * @returns {RoomRole[]} what they may be made; the last owner stays one until there is another
 */
export function roomRolesFor(room, me, members, member) {
  if (!owns(room, me)) return [];
  const otherOwners = members.some(({ user, role }) => role === "owner" && user.id !== member.user.id);
  if (member.role === "owner" && !otherOwners) return [];
  return member.user.role === "guest" ? ["member"] : ["owner", "moderator", "member"];
}

/** @param {Membership} room @param {User} me @param {User} user who is in the room with this role, or is not in it @param {RoomRole | null} role */
export function mayBan(room, me, user, role) {
  if (user.id === me.id) return false;
  return role === "owner" || runsPlace(user) ? owns(room, me) : mayModerate(room, me);
}

// ── People: src/domain/policy/people.rs ──────────────────────────────────────────────────────────────────────────────────────

/** @param {User} me @param {User} user */
const withinReach = (me, user) => me.role === "owner" || (runsPlace(me) && !runsPlace(user));

/**
 * @param {User} me
 * @param {User} user
 * @param {boolean} otherOwners whether the place has an active owner beside them
 * @returns {PlaceRole[]} what they may be made
 */
export function rolesFor(me, user, otherOwners) {
  if (!withinReach(me, user)) return [];
  if (me.role !== "owner") return ["member", "guest"];
  return user.role === "owner" && !otherOwners ? ["owner"] : ["owner", "admin", "member", "guest"];
}

/** @param {User} me @param {User} user */
export const mayShut = (me, user) => withinReach(me, user) && user.id !== me.id;

/** @param {User} me @param {User} user @param {boolean} otherOwners */
export function mayDelete(me, user, otherOwners) {
  if (user.role === "owner" && !otherOwners) return false;
  return user.id === me.id || withinReach(me, user);
}

/** Ends what they have open, and takes what they have lost away. @param {User} me @param {User} user */
export const mayEnd = (me, user) => runsPlace(me) && (user.role !== "owner" || me.role === "owner");

/** @param {User} me @param {User} user */
export const mayReset = (me, user) => withinReach(me, user) || (runsPlace(me) && user.id === me.id);

/** @param {User} me @returns {PlaceRole[]} as what they may let newcomers in */
export const invitesAs = (me) => (me.role === "owner" ? ["member", "guest", "admin"] : runsPlace(me) ? ["member", "guest"] : []);

/** @param {Membership} room @param {User} me @param {PlaceRole} role of who would come in */
export const mayBring = (room, me, role) => mayAdd(room, me) && (role !== "guest" || mayModerate(room, me));
