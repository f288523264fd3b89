// @ts-check
// Plays the vectors of `crates/crdt` with the browsers' twin, and says where it differs. Run by `frontend/tests/twin/main.rs`
// in node, and by the tests in a real browser. `take` and `sweep` are what only the shop does: they are made of states here.

/** A JSON value with its keys in order, so that two can be compared as texts. @param {any} value @returns {any} */
function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (!value || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, ordered(value[key])]));
}

/** @param {any} crdt the module @param {Record<string, any>} files the vectors by name @returns {{steps: number, wrong: string[]}} */
export function check(crdt, files) {
  /** @type {string[]} */
  const wrong = [];
  let steps = 0;
  const same = (/** @type {string} */ where, /** @type {any} */ is, /** @type {any} */ should) => {
    steps += 1;
    const [is_, should_] = [JSON.stringify(ordered(is)), JSON.stringify(ordered(should))];
    if (is_ !== should_) wrong.push(`${where}: ${is_} instead of ${should_}`);
  };
  for (const [name, file] of Object.entries(files)) {
    for (const one of file.cases ?? []) {
      if (one.of === 'object' && one.given.type !== 'elements') same(`${name}, ${one.why}`, { accepted: reads(crdt, one.given) }, one.then);
      if (one.of === 'delta') same(`${name}, ${one.why}`, { accepted: readsDelta(crdt, one.given) }, one.then);
    }
    if (file.type !== 'counters') continue;
    for (const scene of file.scenes) {
      const stage = new Stage(crdt, file.actors);
      scene.steps.forEach((/** @type {any} */ step, /** @type {number} */ at) => {
        const should = { ...step.then };
        // A token's checksum is BLAKE3, which browsers don't have: they give a context back as it is.
        if (step.do.op === 'context') delete should.context;
        same(`${name}, ${scene.title}, step ${at + 1}`, stage.does(step.do), should);
      });
    }
  }
  return { steps, wrong };
}

/** @param {any} crdt @param {any} given */
function reads(crdt, { type, ...state }) {
  if (type !== 'counters') return false;
  try {
    return JSON.stringify(ordered(crdt.toJson(crdt.fromJson(state)))).length > 0;
  } catch {
    return false;
  }
}

/** @param {any} crdt @param {any} given */
function readsDelta(crdt, given) {
  try {
    return crdt.deltaToJson(crdt.deltaFromJson(given)) !== null;
  } catch {
    return false;
  }
}

/** What a scene has on its stage. */
class Stage {
  /** @param {any} crdt @param {Record<string, string>} actors */
  constructor(crdt, actors) {
    this.crdt = crdt;
    this.actors = actors;
    this.replicas = /** @type {Map<string, any>} */ (new Map());
    this.contexts = /** @type {Map<string, Map<string, number>>} */ (new Map([['nothing', new Map()]]));
    this.deltas = /** @type {Map<string, any>} */ (new Map());
  }

  /** @param {string} at */
  at(at) {
    if (!this.replicas.has(at)) this.replicas.set(at, this.crdt.empty());
    return this.replicas.get(at);
  }

  /** @param {any} what @returns {any} */
  does(what) {
    const state = this.at(what.at);
    if (what.op === 'context') {
      this.contexts.set(what.name, new Map(state.vv));
      return {};
    }
    if (what.op === 'delta') {
      const known = this.contexts.get(what.since) ?? this.at(what.since).vv;
      const since = Object.fromEntries(known);
      const delta = this.crdt.deltaToJson(this.crdt.deltaSince(state, known));
      this.deltas.set(what.name, delta);
      return { since, delta };
    }
    let then;
    try {
      then = this.edits(what, state);
    } catch (error) {
      if (error instanceof this.crdt.Refused) then = { error: error.message };
      else if (error instanceof this.crdt.Gap) then = { gap: { actor: error.actor, since: error.since, known: error.known } };
      else throw error;
    }
    const now = this.at(what.at);
    // It is read again from what is sent, so that both ways are gone each time.
    this.replicas.set(what.at, this.crdt.fromJson(JSON.parse(JSON.stringify(this.crdt.toJson(now)))));
    return { ...then, shown: Object.fromEntries(this.crdt.lines(now)), state: { type: 'counters', ...this.crdt.toJson(now) } };
  }

  /** @param {any} what @param {any} state */
  edits(what, state) {
    const { add, remove, set, put, merge, mergeDelta, fromJson, deltaFromJson, count } = this.crdt;
    const actor = this.actors[what.actor];
    switch (what.op) {
      case 'add': return { dot: add(state, actor, what.item, what.by) };
      case 'remove': return { dot: remove(state, actor, what.item) };
      case 'set': return { dot: set(state, actor, what.item, what.field, what.value, what.stamp) };
      case 'put': return { dot: put(state, actor, this.contexts.get(what.context), what.items, what.stamp) };
      case 'merge': return { changed: merge(state, this.at(what.from)) };
      case 'merge_delta': {
        const delta = this.deltas.get(what.delta);
        return { changed: delta ? mergeDelta(state, deltaFromJson(delta)) : false };
      }
      case 'take': {
        const units = Object.entries(what.units);
        if (!units.every(([, by]) => by >= 1 && by <= 1e6)) return { error: 'count' };
        const items = Object.fromEntries(units.map(([item, by]) => [item, [[0, 1, -by]]]));
        return { changed: merge(state, fromJson({ vv: [[actor, 1]], items })) };
      }
      case 'sweep': {
        const hidden = [...state.items.keys()].filter((item) => count(state, item) === 0);
        if (!hidden.length) return { dot: null };
        const n = (state.vv.get(actor) ?? 0) + 1;
        hidden.forEach((item) => state.items.delete(item));
        state.vv.set(actor, n);
        return { dot: n };
      }
      default: throw new Error(`${what.op} is no operation`);
    }
  }
}
