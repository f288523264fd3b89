// How long a page takes that was seen before, when the shop is out of reach: hanging, or gone.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { opened } from './lighthouse_visit.mjs';

const SLOWER = 4;
const RELOADS = 5;
const READY_MS = 1_000;
const SHOWN_MS = 3_500;

/** Notes in every page when its script has taken over, in milliseconds since the navigation began. */
const notesReady = () => {
  const note = () => {
    if (document.documentElement?.hasAttribute('data-ready')) globalThis.readyAt ??= performance.now();
  };
  new MutationObserver(note).observe(document, { attributes: true, childList: true, subtree: true });
};

/** Reloads a page again and again; how long each took until it was ready. */
async function reloads(page) {
  const took = [];
  while (took.length < RELOADS) {
    await page.reload({ waitUntil: 'domcontentloaded' });
    await page.waitForFunction(() => globalThis.readyAt !== undefined);
    took.push(await page.evaluate(() => globalThis.readyAt));
  }
  return took.toSorted((a, b) => a - b);
}

/** @param {string} what @param {number[]} took in milliseconds, the fastest first @param {number} most */
function row(what, took, most) {
  const holds = took[Math.floor(took.length / 2)] <= most;
  const said = (ms) => `${(ms / 1000).toFixed(2)} s`;
  return { row: `| ${what} | ≤ ${most / 1000} s ${holds ? '✓' : '✗'} | ${said(took[Math.floor(took.length / 2)])} | ${said(took.at(-1))} |`, holds };
}

/** Does something to replicas by their process ids, and undoes it. */
async function signalled(runDirectory, names, signal) {
  for (const name of names) process.kill(Number(await readFile(join(runDirectory, `${name}.pid`), 'utf8')), signal);
}

/** Pages while the frontend, or what is behind it, hangs; then offline, with a slower processor. */
export async function outOfReach(browser, shop, runDirectory, { list }) {
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(notesReady);
  const seen = [['home', '/'], ['book', '/books/1'], ['list', list]];
  await opened(page, `${shop}/`);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller)
      await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
  });
  for (const [, path] of seen) await opened(page, shop + path);
  const rows = [];
  for (const [what, names] of [['the frontend hangs', ['frontend']], ['all catalogs hang', ['catalogA', 'catalogB']]]) {
    await opened(page, `${shop}/books/1`);
    await signalled(runDirectory, names, 'SIGSTOP');
    try {
      rows.push(row(`${what}: book, until ready`, await reloads(page), SHOWN_MS));
    } finally {
      await signalled(runDirectory, names, 'SIGCONT');
    }
  }
  await signalled(runDirectory, ['frontend'], 'SIGKILL');
  await page.emulateCPUThrottling(SLOWER);
  for (const [name, path] of seen) {
    await opened(page, shop + path);
    rows.push(row(`offline, a processor ${SLOWER} × slower: ${name}, until ready`, await reloads(page), READY_MS));
  }
  await page.close();
  return rows;
}
