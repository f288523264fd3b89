// @ts-check
// The lists that this browser knows, in IndexedDB. A change reads, edits and writes in one transaction, and transactions of
// all tabs follow each other: so all tabs write as one actor, and no two edits ever get the same number.

import { empty } from './crdt.js';

/**
 * @typedef {object} Kept
 * @property {string} id the list
 * @property {string} actor under whose name this browser writes; new with each record, so that no number comes twice
 * @property {import('./crdt.js').State} state
 * @property {number} sent how many of the actor's edits the shop is known to have
 * @property {boolean} read whether the shop's state has ever been read
 * @property {Map<string, string>} titles what the shop calls the books
 */

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open('bookend', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('lists', { keyPath: 'id' });
    asked.onsuccess = () => {
      // A tab with a later version of this script wants to change the tables.
      asked.result.onversionchange = () => asked.result.close();
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

/** @returns {string} 128 random bits, of which the first is set */
function newActor() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] |= 0x80;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} id @returns {Kept} */
const fresh = (id) => ({ id, actor: newActor(), state: empty(), sent: 0, read: false, titles: new Map() });

/** Changes what is kept of a list, or does nothing where `edit` throws. It is on disk when this is done. @param {string} id @param {(kept: Kept) => void} edit @returns {Promise<Kept>} */
export async function change(id, edit) {
  const database = await open();
  return new Promise((resolve, reject) => {
    // Strictly: a number that the shop has heard of must never be given again, also after a power cut.
    const transaction = database.transaction('lists', 'readwrite', { durability: 'strict' });
    const store = transaction.objectStore('lists');
    const asked = store.get(id);
    /** @type {Kept} */
    let kept;
    /** @type {unknown} */
    let failed;
    asked.onsuccess = () => {
      try {
        kept = asked.result ?? fresh(id);
        edit(kept);
        store.put(kept);
      } catch (error) {
        failed = error;
        transaction.abort();
      }
    };
    transaction.oncomplete = () => resolve(kept);
    transaction.onabort = () => reject(failed ?? transaction.error);
  });
}

/** @template T @param {(store: IDBObjectStore) => IDBRequest<T>} ask @returns {Promise<T>} */
async function read(ask) {
  const store = (await open()).transaction('lists').objectStore('lists');
  return new Promise((resolve, reject) => {
    const asked = ask(store);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/** @param {string} id @returns {Promise<Kept | undefined>} */
export const keptOf = (id) => read((store) => store.get(id));

/** @returns {Promise<Kept[]>} */
export const allKept = () => read((store) => store.getAll());

/** Whether the shop is not known to have all that was done here. @param {Kept} kept */
export const isPending = ({ state, actor, sent }) => (state.vv.get(actor) ?? 0) > sent;
