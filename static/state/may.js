// What I may do, so that nothing is offered that would be refused. The server decides; this only mirrors src/domain/policy.rs.

/** @import { Membership, Member, User } from "../wire/types.js" */

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
