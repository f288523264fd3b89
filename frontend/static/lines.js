// @ts-check
// What is on a list and what people do to it, as edits of a map of counters. The same names as in `lists/edit.rs`.

import { Refused, add, count, lines, remove, set } from './crdt.js';
import { unnamed } from './say.js';

/** @typedef {import('./crdt.js').State} State */
/** @typedef {{item: string, count: number, isBook: boolean, title: string, note: string, by: string}} Row */

const ABOUT = '@list';
const MOST_COPIES = 100;

/** What a text stands for as a line: the number of a book, or words. @param {FormDataEntryValue | null} text */
export function itemOf(text) {
  const words = oneLine(text);
  if (!words || words.startsWith('@') || words.length > 120) throw new Refused('no_line');
  return isBook(words) ? String(Number(words)) : words;
}

/** @param {string} item */
const isBook = (item) => /^[0-9]{1,10}$/.test(item) && Number(item) < 2 ** 32;

/** @param {FormDataEntryValue | null} text */
const oneLine = (text) => String(text ?? '').split(/[\s\p{Cc}]+/u).filter(Boolean).join(' ');

/** The list to be read. @param {State} state @param {Map<string, string>} titles */
export function sheetOf(state, titles) {
  const shown = lines(state);
  const { name = '', kind = 'wish' } = shown.get(ABOUT)?.fields ?? {};
  /** @type {Row[]} */
  const rows = [];
  for (const [item, line] of shown) {
    if (item.startsWith('@') || !item) continue;
    const book = isBook(item);
    const title = book ? (titles.get(item) ?? line.fields?.title ?? unnamed(item)) : item;
    rows.push({ item, count: line.count, isBook: book, title, note: line.fields?.note ?? '', by: (line.fields?.by ?? '').slice(0, 40) });
  }
  const order = (/** @type {Row} */ a, /** @type {Row} */ b) =>
    Number(b.isBook) - Number(a.isBook) || (a.isBook ? Number(a.item) - Number(b.item) : a.item.localeCompare(b.item));
  return { name, kind, rows: rows.sort(order) };
}

/**
 * What each form does to the map of counters.
 * @type {Record<string, (state: State, actor: string, form: FormData, stamp: number) => void>}
 */
export const edits = {
  add(state, actor, form, stamp) {
    const item = itemOf(form.get('what'));
    if (count(state, item)) return;
    add(state, actor, item, 1);
    const title = form.get('title');
    if (title) set(state, actor, item, 'title', String(title), stamp);
    const by = oneLine(form.get('by')).slice(0, 40);
    if (by) set(state, actor, item, 'by', by, stamp);
  },
  count(state, actor, form) {
    const [item, wanted] = [itemOf(form.get('item')), Number(form.get('count'))];
    if (!(Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST_COPIES)) throw new Refused('no_count');
    if (count(state, item)) add(state, actor, item, wanted - count(state, item));
  },
  note(state, actor, form, stamp) {
    const item = itemOf(form.get('item'));
    if (count(state, item)) change(state, actor, item, 'note', oneLine(form.get('note')).slice(0, 300), stamp);
  },
  remove(state, actor, form) {
    remove(state, actor, itemOf(form.get('item')));
  },
  about(state, actor, form, stamp) {
    if (!count(state, ABOUT)) add(state, actor, ABOUT, 1);
    change(state, actor, ABOUT, 'name', oneLine(form.get('name')).slice(0, 80), stamp);
    change(state, actor, ABOUT, 'kind', String(form.get('kind')), stamp);
  },
};

/** @param {State} state @param {string} actor @param {string} item @param {string} field @param {string} value @param {number} stamp */
function change(state, actor, item, field, value, stamp) {
  if ((lines(state).get(item)?.fields?.[field] ?? '') !== value) set(state, actor, item, field, value, stamp);
}
