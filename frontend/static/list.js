// @ts-check
// The page of a list: its forms write to this browser's copy first, and the shop is told afterwards. Without this script
// each form goes to the shop by itself.

import { Refused, fromJson, merge } from './crdt.js';
import { edits, sheetOf } from './lines.js';
import { counted, say, unnamed } from './say.js';
import { change, isPending, keptOf } from './store.js';
import { inStep } from './sync.js';

/** @template {Element} [T=HTMLElement] @param {string} selector @param {ParentNode} [within] @returns {T} */
const $ = (selector, within = document) => /** @type {any} */ (within.querySelector(selector));

const sheet = $('[data-list]');
// The page may be the one that fits every list, which a browser has offline.
const id = sheet.dataset.list || location.pathname.split('/')[2];
const fromShop = Boolean(sheet.dataset.list);
const tabs = new BroadcastChannel(`bookend-list-${id}`);
/** Who writes here, as they want to be called; this device remembers it. */
const by = /** @type {HTMLInputElement} */ ($('#by'));
const kinds = new Map([...$('#kind-field').children].map((one) => [/** @type {HTMLOptionElement} */ (one).value, one.textContent ?? '']));

let among = 0;

/** @param {import('./sync.js').Standing} standing @param {string} [why] the name of a text @param {number} [others] */
async function tell(standing, why = '', others = among) {
  const missing = standing === 'offline' && !fromShop && !(await keptOf(id))?.read;
  const text = [missing ? say.missing : say[standing], say[why]].filter(Boolean).join(': ');
  const status = $('#status');
  // The same words again would be read out again.
  if (status.textContent !== text) status.textContent = text;
  status.dataset.standing = standing;
  among = standing === 'offline' ? 0 : others;
  put($('#others'), among ? ` · ${counted(say.others, among)}` : '');
}

const { nudge } = inStep(id, tell, () => {
  tabs.postMessage('changed');
  show();
});

/** Puts a text where another one stands, and leaves it alone where it is the same. @param {Element} element @param {string} text */
function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} row @param {import('./lines.js').Row} line */
function fill(row, line) {
  row.dataset.item = line.item;
  let title = $('.title', row);
  if (!line.isBook && title instanceof HTMLAnchorElement) {
    const plain = document.createElement('span');
    plain.className = 'title';
    plain.dir = 'auto';
    title.replaceWith(plain);
    title = plain;
  }
  if (title instanceof HTMLAnchorElement) title.href = `/books/${line.item}`;
  put(title, line.title);
  for (const named of row.querySelectorAll('.named')) put(named, line.title);
  for (const input of row.querySelectorAll('input')) {
    const value = { item: line.item, count: String(line.count), note: line.note }[input.name];
    if (value !== undefined && input.value !== value && input !== document.activeElement) input.value = value;
  }
  const note = $('.note', row);
  put(note, line.note);
  note.hidden = !line.note;
  const who = $('.by', row);
  put($('bdi', who), line.by);
  who.hidden = !line.by;
}

/** Shows the copy as it is now. */
async function show() {
  const kept = await keptOf(id);
  if (!kept || !(kept.read || isPending(kept))) return;
  const { name, kind, rows } = sheetOf(kept.state, kept.titles);
  const list = $('#lines');
  const there = new Map([...list.children].map((row) => [/** @type {HTMLElement} */ (row).dataset.item ?? '', /** @type {HTMLElement} */ (row)]));
  let at = list.firstElementChild;
  for (const line of rows) {
    let row = there.get(line.item);
    there.delete(line.item);
    if (!row) row = /** @type {HTMLElement} */ ($('li', /** @type {HTMLTemplateElement} */ ($('#line')).content).cloneNode(true));
    fill(row, line);
    // A row that stands where it belongs stays, and keeps the focus.
    if (row === at) at = row.nextElementSibling;
    else list.insertBefore(row, at);
  }
  there.forEach((row) => row.remove());
  $('#empty').hidden = rows.length > 0;
  put($('#kind'), kinds.get(kind) ?? '');
  put($('#name'), name || (kinds.get(kind) ?? ''));
  document.title = `${$('#name').textContent} · Bookend`;
  const [nameField, kindField] = [/** @type {HTMLInputElement} */ ($('#name-field')), /** @type {HTMLSelectElement} */ ($('#kind-field'))];
  if (nameField !== document.activeElement) nameField.value = name;
  if (kindField !== document.activeElement) kindField.value = kind;
  nameBooks(kept, rows);
}

/** Asks the shop what it calls the books that nobody here has a title of. @param {import('./store.js').Kept} kept @param {import('./lines.js').Row[]} rows */
async function nameBooks(kept, rows) {
  const nameless = rows.filter(({ isBook, item, title }) => isBook && !kept.titles.has(item) && title === unnamed(item));
  for (const { item } of nameless.slice(0, 20)) {
    const title = (await asked(`/lookup?id=${item}`))[0]?.title;
    if (!title) return;
    await change(id, ({ titles }) => titles.set(item, title));
    await show();
  }
}

/** What the shop answers within the time that somebody waits for a form; nothing where it does not. @param {string} path @returns {Promise<{id: number, title: string}[]>} */
async function asked(path) {
  try {
    const answer = await fetch(path, { signal: AbortSignal.timeout(1_500) });
    return answer.ok ? (await answer.json()).item : [];
  } catch {
    return [];
  }
}

/** A title becomes its book, where the shop has it and answers. @param {FormData} data */
async function byTitle(data) {
  const words = String(data.get('what')).trim();
  if (/^[0-9]*$/.test(words) || $('#status').dataset.standing === 'offline') return;
  const books = await asked(`/search?limit=100&q=${encodeURIComponent(words)}`);
  const book = books.find(({ title }) => title.toLowerCase() === words.toLowerCase());
  if (!book) return;
  data.set('what', String(book.id));
  data.set('title', book.title);
}

/** @param {HTMLFormElement} form */
async function submitted(form) {
  const data = new FormData(form);
  const what = String(data.get('do'));
  if (what === 'add') {
    by.defaultValue = localStorage.by = by.value;
    form.reset();
    await byTitle(data);
  }
  const row = form.closest('li');
  const next = row?.nextElementSibling ?? row?.previousElementSibling;
  try {
    const kept = await change(id, ({ state, actor }) => edits[what](state, actor, data, Date.now()));
    tell(isPending(kept) ? 'saving' : 'saved');
  } catch (error) {
    if (error instanceof Refused) return tell('refused', error.message);
    throw error;
  }
  tabs.postMessage('changed');
  await show();
  // What had the focus may be gone; whoever works without a mouse goes on from where it was.
  if (what === 'remove') (next ? $('.remove button', next) : $('#what')).focus();
  if (what === 'note') $('summary', /** @type {Element} */ (row)).focus();
  nudge();
  navigator.storage?.persist?.();
}

document.addEventListener('submit', (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!(String(new FormData(form).get('do')) in edits)) return;
  event.preventDefault();
  submitted(form);
});
// A number that was changed counts without a button.
document.addEventListener('change', (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  if (input.name === 'count') input.form?.requestSubmit();
});
tabs.addEventListener('message', async () => {
  await show();
  const kept = await keptOf(id);
  if (kept && isPending(kept)) nudge();
  else if (kept?.read) tell('saved');
});

async function begin() {
  by.defaultValue = localStorage.by ?? '';
  if (fromShop) {
    const rows = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#lines [data-item]'));
    await change(id, (kept) => {
      merge(kept.state, fromJson(JSON.parse(sheet.dataset.state ?? '')));
      kept.read = true;
      for (const row of rows) {
        const [item, title] = [row.dataset.item ?? '', $('.title', row).textContent ?? ''];
        if (title !== unnamed(item)) kept.titles.set(item, title);
      }
    });
  }
  await show();
  document.documentElement.dataset.ready = '';
  nudge();
}

begin();
