// @ts-check
// Keeps this browser's copy of a list in step with the shop's, by deltas. Whether the shop can be reached is found out by
// asking it: a browser that says it is online knows nothing of the shop.

import { deltaFromJson, deltaSince, deltaToJson, fromJson, merge, mergeDelta } from './crdt.js';
import { change, isPending, keptOf } from './store.js';

const PATIENCE_MS = 8_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** How often to look for what others do. */
const LOOK_MS = 15_000;

/** @typedef {'saved' | 'saving' | 'offline' | 'unknown' | 'refused'} Standing */

/** @param {string} id @param {(standing: Standing, why?: string, others?: number) => void} tell @param {() => void} news called when the copy has changed */
export function inStep(id, tell, news) {
  let pause = FIRST_PAUSE_MS;
  let [running, again] = [false, false];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function later(/** @type {number} */ ms) {
    clearTimeout(timer);
    timer = setTimeout(nudge, ms * (0.75 + Math.random() / 2));
  }

  /** Asks the shop now, or once more after the question that is under way. */
  async function nudge() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    again = false;
    clearTimeout(timer);
    try {
      const kept = await keptOf(id);
      if (kept && isPending(kept)) tell('saving');
      // One tab at a time: the others would send the same.
      const locked = navigator.locks?.request(`bookend-list-${id}`, () => exchange(id, news));
      const { pending, others } = await (locked ?? exchange(id, news));
      tell(pending ? 'saving' : 'saved', '', others);
      pause = FIRST_PAUSE_MS;
      later(pending ? 0 : LOOK_MS);
    } catch (error) {
      failed(error);
    } finally {
      running = false;
    }
    if (again) nudge();
  }

  function failed(/** @type {unknown} */ error) {
    if (error instanceof NotTaken && error.status === 404) tell('unknown');
    else if (error instanceof NotTaken && error.status < 500 && error.status !== 429) tell('refused');
    else tell('offline');
    later(pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }

  addEventListener('online', nudge);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && nudge());
  return { nudge };
}

/** The shop answered, and did not take it. */
class NotTaken extends Error {
  /** @param {number} status @param {string} why */
  constructor(status, why) {
    super(why);
    this.status = status;
  }
}

/** Sends what the shop lacks, takes what is missing here; says whether there is more to send, and how many others have the list open. @param {string} id @param {() => void} news */
async function exchange(id, news) {
  const before = (await keptOf(id)) ?? (await change(id, () => {}));
  const { actor, state, sent } = before;
  const own = state.vv.get(actor) ?? 0;
  const delta = own > sent ? deltaToJson(deltaSince(state, new Map([...state.vv, [actor, sent]]))) : undefined;
  const body = JSON.stringify({ actor, since: Object.fromEntries(state.vv), delta });
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(`/api/v1/lists/${id}/sync`, { method: 'POST', headers, body, signal });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new NotTaken(answer.status, problem.detail ?? answer.statusText);
  }
  const synced = await answer.json();
  let changed = !before.read;
  const after = await change(id, (kept) => {
    kept.read = true;
    // Where edits in between are missing there, it says all that it has: the next delta begins at that.
    if (synced.object) {
      const there = fromJson(synced.object);
      changed = merge(kept.state, there) || changed;
      kept.sent = Math.min(kept.sent, there.vv.get(actor) ?? 0);
    } else {
      if (synced.delta) changed = mergeDelta(kept.state, deltaFromJson(synced.delta)) || changed;
      kept.sent = Math.max(kept.sent, own);
    }
  });
  if (!synced.taken && sent === after.sent) throw new NotTaken(503, 'edits of others are missing there');
  if (changed || isPending(before) !== isPending(after)) news();
  return { pending: isPending(after), others: synced.others ?? 0 };
}
