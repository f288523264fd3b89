// @ts-check
// The page with all lists: shows the ones that this browser knows, and puts a chosen book on one of them.

import { edits, sheetOf } from './lines.js';
import { counted, say } from './say.js';
import { allKept, change } from './store.js';

const section = /** @type {HTMLElement} */ (document.querySelector('#known'));
const template = /** @type {HTMLTemplateElement} */ (section.querySelector('template'));
const list = /** @type {HTMLElement} */ (section.querySelector('.known'));
const book = document.querySelector('.trail a')?.textContent ?? '';

for (const { id, state, titles, read } of await allKept()) {
  if (!read) continue;
  const { name, rows } = sheetOf(state, titles);
  const row = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const link = row.querySelector('a');
  const form = row.querySelector('form');
  const words = name || say.unnamed;
  if (link) {
    link.href = `/lists/${id}`;
    link.textContent = words;
    const hint = row.querySelector('.hint');
    if (hint) hint.textContent = counted(say.titles, rows.length);
  }
  if (form) {
    /** @type {HTMLElement} */ (form.querySelector('button')).textContent = words;
    form.dataset.list = id;
  }
  list.append(row);
  section.hidden = false;
}

list.addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const data = new FormData(form);
  data.set('title', book);
  const id = form.dataset.list ?? '';
  await change(id, ({ state, actor, titles }) => {
    edits.add(state, actor, data, Date.now());
    titles.set(String(data.get('what')), book);
  });
  location.assign(`/lists/${id}`);
});
document.documentElement.dataset.ready = '';
