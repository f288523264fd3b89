// @ts-check
// The observed-remove map of counters with fields, as browsers keep it: the twin of `crates/crdt`, held to the same vectors
// (`crates/crdt/tests/vectors`). What an edit means is said there; here is no storage, no network and no page.

/** @typedef {string} Actor 32 hexadecimal digits in lower case; as texts they are in the order of their numbers. */
/** @typedef {Map<Actor, number>} Version of each actor the number of its last edit that was seen */
/** @typedef {Map<string, {stamp: number, value: string}>} Fields */
/** @typedef {{n: number, net: number, fields: Fields}} Entry */
/** @typedef {Map<string, Map<Actor, Entry>>} Items */
/** @typedef {{vv: Version, items: Items}} State */
/** @typedef {{since: Version, vv: Version, live: Map<string, Map<Actor, number>>, items: Items}} Delta */
/** @typedef {{count: number, fields?: Record<string, string>}} Line */

/** The most that one entry can count, up or down, and that an edit can make an item show. */
export const MAX_COUNT = 1e6;
const MOST = Number.MAX_SAFE_INTEGER;

/** An edit that was refused: `count`, `not_there`, `stamp` or `exhausted`; or what was read and is none. Nothing changed. */
export class Refused extends Error {}

/** The delta begins after what is known here: `since` of `actor`, of whom `known` are known. */
export class Gap extends Error {
  /** @param {Actor} actor @param {number} since @param {number} known */
  constructor(actor, since, known) {
    super(`the delta begins at edit ${since} of ${actor}, of whom ${known} are known here`);
    this.actor = actor;
    this.since = since;
    this.known = known;
  }
}

/** @returns {State} an object that nobody has written */
export const empty = () => ({ vv: new Map(), items: new Map() });

/** @param {Version} vv @param {Actor} actor */
const seen = (vv, actor) => vv.get(actor) ?? 0;

/** @param {Version} vv @param {Version} other */
function join(vv, other) {
  let more = false;
  for (const [actor, n] of other) {
    if (n > seen(vv, actor)) {
      vv.set(actor, n);
      more = true;
    }
  }
  return more;
}

/** Orders texts as their UTF-8 does, in which UTF-16 differs beyond the first plane. @param {string} a @param {string} b */
function compareTexts(a, b) {
  const [x, y] = [[...a], [...b]];
  for (let at = 0; at < x.length && at < y.length; at++) {
    const by = Number(x[at].codePointAt(0)) - Number(y[at].codePointAt(0));
    if (by) return by;
  }
  return x.length - y.length;
}

/** Of two entries under one dot, which no honest history has. @param {Entry} a @param {Entry} b */
function compareEntries(a, b) {
  const rows = (/** @type {Entry} */ entry) => [...entry.fields].sort(([one], [other]) => compareTexts(one, other));
  const [x, y] = [rows(a), rows(b)];
  let by = a.net - b.net;
  for (let at = 0; !by && at < x.length && at < y.length; at++) {
    const [[name, field], [otherName, other]] = [x[at], y[at]];
    by = compareTexts(name, otherName) || field.stamp - other.stamp || compareTexts(field.value, other.value);
  }
  return by || x.length - y.length;
}

/** @param {Map<Actor, Entry> | undefined} item */
const sum = (item) => [...(item?.values() ?? [])].reduce((all, entry) => all + entry.net, 0);

/** The field with the largest stamp, and of those the one of the largest actor. @param {Map<Actor, Entry>} item @param {string} name */
function winner(item, name) {
  /** @type {[Actor, {stamp: number, value: string}] | undefined} */
  let best;
  for (const [actor, { fields }] of item) {
    const field = fields.get(name);
    if (field && (!best || field.stamp > best[1].stamp || (field.stamp === best[1].stamp && actor > best[0]))) {
      best = [actor, field];
    }
  }
  return best;
}

/** How many of an item are shown, never below zero. @param {State} state @param {string} id */
export const count = (state, id) => Math.max(0, sum(state.items.get(id)));

/** Everything that is shown. @param {State} state @returns {Map<string, Line>} */
export function lines(state) {
  const shown = new Map();
  for (const [id, item] of state.items) {
    if (sum(item) <= 0) continue;
    const names = new Set([...item.values()].flatMap((entry) => [...entry.fields.keys()]));
    const fields = [...names].map((name) => [name, winner(item, name)?.[1].value]);
    shown.set(id, { count: sum(item), ...(names.size ? { fields: Object.fromEntries(fields) } : {}) });
  }
  return shown;
}

/** What the actor counts, and its fields that are shown: what its next entry takes over. @param {State} state @param {Actor} actor @param {string} id */
function own(state, actor, id) {
  const item = state.items.get(id);
  const entry = item?.get(actor);
  const fields = [...(entry?.fields ?? [])].filter(([name]) => item && winner(item, name)?.[0] === actor);
  return { net: entry?.net ?? 0, fields: /** @type {Fields} */ (new Map(fields)) };
}

/** @param {Version} vv @param {Actor} actor */
function next(vv, actor) {
  if (seen(vv, actor) >= MOST) throw new Refused('exhausted');
  return seen(vv, actor) + 1;
}

/** @param {State} state @param {Actor} actor @param {string} id @param {Entry} entry */
function write(state, actor, id, entry) {
  let item = state.items.get(id);
  if (!item) state.items.set(id, (item = new Map()));
  item.set(actor, entry);
  state.vv.set(actor, entry.n);
}

/** Adds `by` to an item, or takes away. @param {State} state @param {Actor} actor @param {string} id @param {number} by @returns {number | null} the number of the edit, if it was one */
export function add(state, actor, id, by) {
  const after = count(state, id) + by;
  if (by === 0) return null;
  if (after <= 0) return remove(state, actor, id);
  // Where concurrent edits have left less than nothing, the first unit stands alone, so that it is shown.
  const below = sum(state.items.get(id)) < 0;
  const { net, fields } = below ? { net: 0, fields: new Map() } : own(state, actor, id);
  if (after > MAX_COUNT || Math.abs(net + by) > MAX_COUNT) throw new Refused('count');
  const n = next(state.vv, actor);
  if (below) state.items.delete(id);
  write(state, actor, id, { n, net: net + by, fields });
  return n;
}

/** Removes all that was seen of an item. @param {State} state @param {Actor} actor @param {string} id @returns {number | null} */
export function remove(state, actor, id) {
  if (!state.items.has(id)) return null;
  const n = next(state.vv, actor);
  state.items.delete(id);
  state.vv.set(actor, n);
  return n;
}

/** Sets a field of an item that is shown, later than the value that it replaces. @param {State} state @param {Actor} actor @param {string} id @param {string} name @param {string} value @param {number} stamp */
export function set(state, actor, id, name, value, stamp) {
  const item = state.items.get(id);
  if (!item || sum(item) <= 0) throw new Refused('not_there');
  const before = winner(item, name);
  const at = Math.max(stamp, before ? before[1].stamp + 1 : 0);
  if (at > MOST) throw new Refused('stamp');
  const n = next(state.vv, actor);
  const { net, fields } = own(state, actor, id);
  fields.set(name, { stamp: at, value });
  write(state, actor, id, { n, net, fields });
  return n;
}

/** Puts these in the place of everything that `context` had seen. @param {State} state @param {Actor} actor @param {Version} context @param {Record<string, Line>} wanted @param {number} stamp */
export function put(state, actor, context, wanted, stamp) {
  if (stamp > MOST) throw new Refused('stamp');
  /** @type {State} */
  const edited = { vv: new Map(state.vv), items: retained(state.items, (_, who, { n }) => n > seen(context, who)).items };
  join(edited.vv, context);
  const n = next(edited.vv, actor);
  for (const [id, line] of Object.entries(wanted)) {
    const { net, fields } = own(edited, actor, id);
    if (!(line.count >= 1 && line.count <= MAX_COUNT) || Math.abs(net + line.count) > MAX_COUNT) throw new Refused('count');
    for (const [name, value] of Object.entries(line.fields ?? {})) {
      if ((fields.get(name)?.stamp ?? 0) <= stamp) fields.set(name, { stamp, value });
    }
    write(edited, actor, id, { n, net: net + line.count, fields });
  }
  edited.vv.set(actor, n);
  Object.assign(state, edited);
  return n;
}

/** The entries that are kept, and whether any went. @param {Items} items @param {(id: string, actor: Actor, entry: Entry) => boolean} keep */
function retained(items, keep) {
  let dropped = false;
  /** @type {Items} */
  const kept = new Map();
  for (const [id, item] of items) {
    const left = [...item].filter(([actor, entry]) => keep(id, actor, entry));
    dropped ||= left.length < item.size;
    if (left.length) kept.set(id, new Map(left));
  }
  return { items: kept, dropped };
}

/** @param {State} state @param {Version} vv @param {(id: string, actor: Actor, n: number) => boolean} holds @param {Items} entries */
function joinAll(state, vv, holds, entries) {
  const kept = retained(state.items, (id, actor, { n }) => n > seen(vv, actor) || holds(id, actor, n));
  state.items = kept.items;
  let changed = kept.dropped;
  for (const [id, item] of entries) {
    for (const [actor, entry] of item) {
      const mine = state.items.get(id)?.get(actor);
      const taken = mine?.n === entry.n ? compareEntries(entry, mine) > 0 : entry.n > seen(state.vv, actor);
      if (!taken) continue;
      if (!state.items.has(id)) state.items.set(id, new Map());
      state.items.get(id)?.set(actor, { ...entry, fields: new Map(entry.fields) });
      changed = true;
    }
  }
  // Only now: what was seen here before decides about every entry above.
  return join(state.vv, vv) || changed;
}

/** Makes `state` the join of both. @param {State} state @param {State} other @returns whether that changed it */
export const merge = (state, other) =>
  joinAll(state, other.vv, (id, actor, n) => other.items.get(id)?.get(actor)?.n === n, other.items);

/** What `state` has beyond `known`, `null` if that is all. @param {State} state @param {Version} known @returns {Delta | null} */
export function deltaSince({ vv, items }, known) {
  if ([...vv].every(([actor, n]) => n <= seen(known, actor))) return null;
  /** @type {Delta} */
  const delta = { since: new Map(), vv: new Map(vv), live: new Map(), items: new Map() };
  for (const [actor, n] of vv) {
    const since = Math.min(n, seen(known, actor));
    if (since) delta.since.set(actor, since);
  }
  for (const [id, item] of items) {
    const isOld = (/** @type {[Actor, Entry]} */ [actor, { n }]) => n <= seen(delta.since, actor);
    const [live, fresh] = [[...item].filter(isOld), [...item].filter((row) => !isOld(row))];
    if (live.length) delta.live.set(id, new Map(live.map(([actor, { n }]) => [actor, n])));
    if (fresh.length) delta.items.set(id, new Map(fresh));
  }
  return delta;
}

/** Joins with the state that the delta was made of; throws {@link Gap} where that builds on what is missing here. @param {State} state @param {Delta} delta */
export function mergeDelta(state, delta) {
  for (const [actor, since] of [...delta.since].sort()) {
    const known = seen(state.vv, actor);
    if (since > known) throw new Gap(actor, since, known);
  }
  const holds = (/** @type {string} */ id, /** @type {Actor} */ actor, /** @type {number} */ n) =>
    delta.live.get(id)?.get(actor) === n || delta.items.get(id)?.get(actor)?.n === n;
  return joinAll(state, delta.vv, holds, delta.items);
}

// ---- JSON: actors in order, each named once and then meant by its place. What is read is checked.

/** @param {Items} items @param {Actor[]} actors */
function itemsToJson(items, actors) {
  const row = (/** @type {[Actor, Entry]} */ [actor, { n, net, fields }]) => {
    const all = [...fields].map(([name, { stamp, value }]) => [name, [stamp, value]]);
    return [actors.indexOf(actor), n, net, ...(all.length ? [Object.fromEntries(all)] : [])];
  };
  return Object.fromEntries([...items].map(([id, item]) => [id, [...item].sort(byActor).map(row)]));
}

/** @param {[Actor, unknown]} one @param {[Actor, unknown]} other */
const byActor = ([one], [other]) => (one < other ? -1 : 1);

/** @param {State} state */
export function toJson({ vv, items }) {
  const rows = [...vv].sort(byActor);
  return { vv: rows, items: itemsToJson(items, rows.map(([actor]) => actor)) };
}

/** @param {Delta | null} delta */
export function deltaToJson(delta) {
  if (!delta) return null;
  const rows = [...delta.vv].sort(byActor);
  const actors = rows.map(([actor]) => actor);
  const dots = (/** @type {Map<Actor, number>} */ live) => [...live].sort(byActor).map(([actor, n]) => [actors.indexOf(actor), n]);
  return {
    seen: rows.map(([actor, n]) => [actor, seen(delta.since, actor), n]),
    live: Object.fromEntries([...delta.live].map(([id, live]) => [id, dots(live)])),
    items: itemsToJson(delta.items, actors),
  };
}

/** @param {unknown} holds @param {string} field @returns {asserts holds} */
function check(holds, field) {
  if (!holds) throw new Refused(field);
}

/** @param {any} n @param {number} least @param {number} [most] */
const isWhole = (n, least, most = MOST) => Number.isSafeInteger(n) && n >= least && n <= most;

/** @param {any} rows @param {string} field @param {number} length @returns {any[][]} */
function readRows(rows, field, length) {
  check(Array.isArray(rows) && rows.every((row) => Array.isArray(row) && row.length === length), field);
  const isActor = (/** @type {any} */ actor) => typeof actor === 'string' && /^[0-9a-f]{32}$/.test(actor);
  check(rows.every(([actor], at) => isActor(actor) && (at === 0 || rows[at - 1][0] < actor)), field);
  return rows;
}

/** @param {any} json @param {string[]} names */
function checkNames(json, names) {
  check(json && typeof json === 'object' && !Array.isArray(json), 'object');
  check(Object.keys(json).sort().join() === [...names].sort().join(), 'fields');
}

/** @param {any} json @param {Actor[]} actors @param {Version} since @param {Version} vv @returns {Items} */
function readItems(json, actors, since, vv) {
  check(json && typeof json === 'object' && !Array.isArray(json), 'items');
  const items = new Map();
  for (const [id, rows] of Object.entries(json)) {
    check(Array.isArray(rows) && rows.length, id);
    const item = new Map();
    for (const row of rows) {
      check(Array.isArray(row) && (row.length === 3 || row.length === 4), id);
      const [index, n, net, fields = {}] = row;
      check(isWhole(index, 0) && index < actors.length && !item.has(actors[index]), id);
      const actor = actors[index];
      check(isWhole(n, seen(since, actor) + 1, seen(vv, actor)) && isWhole(net, -MAX_COUNT, MAX_COUNT), id);
      check(fields && typeof fields === 'object' && !Array.isArray(fields), id);
      const read = Object.entries(fields).map(([name, field]) => {
        check(Array.isArray(field) && field.length === 2 && isWhole(field[0], 0) && typeof field[1] === 'string', id);
        return [name, { stamp: field[0], value: field[1] }];
      });
      item.set(actor, { n, net, fields: new Map(/** @type {any} */ (read)) });
    }
    items.set(id, item);
  }
  return items;
}

/** @param {any} json @returns {State} */
export function fromJson(json) {
  checkNames(json, ['vv', 'items']);
  const vv = new Map(/** @type {[Actor, number][]} */ (readRows(json.vv, 'vv', 2)));
  check([...vv.values()].every((n) => isWhole(n, 1)), 'vv');
  return { vv, items: readItems(json.items, [...vv.keys()], new Map(), vv) };
}

/** @param {any} json @returns {Delta} */
export function deltaFromJson(json) {
  checkNames(json, ['seen', 'live', 'items']);
  const rows = readRows(json.seen, 'seen', 3);
  check(rows.every(([, since, upto]) => isWhole(since, 0) && isWhole(upto, 1) && since <= upto), 'seen');
  const actors = rows.map(([actor]) => actor);
  const since = new Map(rows.filter(([, from]) => from > 0).map(([actor, from]) => [actor, from]));
  const vv = new Map(rows.map(([actor, , upto]) => [actor, upto]));
  const items = readItems(json.items, actors, since, vv);
  check(json.live && typeof json.live === 'object' && !Array.isArray(json.live), 'live');
  const live = new Map();
  for (const [id, dots] of Object.entries(json.live)) {
    check(Array.isArray(dots) && dots.length, id);
    const read = new Map();
    for (const dot of dots) {
      check(Array.isArray(dot) && dot.length === 2 && isWhole(dot[0], 0) && dot[0] < actors.length, id);
      const actor = actors[dot[0]];
      check(isWhole(dot[1], 1, seen(since, actor)) && !items.get(id)?.has(actor) && !read.has(actor), id);
      read.set(actor, dot[1]);
    }
    live.set(id, read);
  }
  return { since, vv, live, items };
}
