// Looks at every kind of page as a slow phone shows it, and says whether what was aimed at holds. Called by lighthouse.sh:
// lighthouse.mjs TOOLS SHOP RUN_DIR REPORTS FIGURES [--publish] [PAGE...]

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { outOfReach } from './lighthouse_offline.mjs';
import { FLAGS, prepared } from './lighthouse_visit.mjs';

const [tools, shop, runDirectory, reports, figures, ...rest] = process.argv.slice(2);
const publish = rest.includes('--publish');
const named = rest.filter((one) => one !== '--publish');
const { resolve } = createRequire(join(tools, 'package.json'));
const load = async (name) => (await import(pathToFileURL(resolve(name)))).default;
const [lighthouse, puppeteer] = [await load('lighthouse'), await load('puppeteer-core')];

/** Timings are medians of so many runs. */
const RUNS = 3;
const AT_LEAST = { performance: 98, accessibility: 100, 'best-practices': 100, seo: 100 };
const AT_MOST = { lcp: 1500, tbt: 50, cls: 0 };

/** What is somebody's own, or helps nobody who searches, is rightly kept from search engines. */
const UNLISTED = ['is-crawlable'];
/** A page that is not there says so with its status, which two audits take for a fault of the page. */
const NOT_THERE = [...UNLISTED, 'http-status-code', 'errors-in-console'];

/** Every kind of page: its name, what is left out there, and where it is. */
const pagesOf = ({ topic, order, list }) => [
  ['home', [], '/'],
  ['search results', UNLISTED, '/find?q=the'],
  ['topic', [], topic],
  ['book', [], '/books/1'],
  ['cart', UNLISTED, '/cart'],
  ['checkout', UNLISTED, '/checkout'],
  ['order', UNLISTED, order],
  ['my orders', UNLISTED, '/orders'],
  ['lists', [], '/lists'],
  ['list', UNLISTED, list],
  ['sign in', UNLISTED, '/sign-in'],
  ['sign up', UNLISTED, '/sign-up'],
  ['about', [], '/about'],
  ['offline', UNLISTED, '/offline'],
  ['404', NOT_THERE, '/nothing/here'],
];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const marked = (text, holds) => `${text} ${holds ? '✓' : '✗'}`;

/** One run of Lighthouse; another one where it could not record the page, which happens now and then. */
async function look(browser, path, skipAudits, onlyCategories, tries = 3) {
  const { lhr, report } = await lighthouse(shop + path, {
    port: Number(new URL(browser.wsEndpoint()).port),
    output: 'html',
    logLevel: 'error',
    disableFullPageScreenshot: true,
    ignoreStatusCode: true,
    skipAudits,
    onlyCategories,
  });
  if (lhr.runtimeError && tries > 1) return look(browser, path, skipAudits, onlyCategories, tries - 1);
  if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
  return { lhr, report };
}

/** What is wrong with a page, audit by audit. */
function faults({ categories, audits }) {
  const failed = Object.values(categories).flatMap(({ id, auditRefs }) =>
    id === 'performance' ? [] : auditRefs.filter(({ weight, id }) => weight > 0 && audits[id]?.score !== null && audits[id]?.score < 1));
  return failed.map(({ id }) => {
    const where = audits[id].details?.items?.map((item) => item.node?.snippet ?? item.description ?? item.source ?? '').filter(Boolean) ?? [];
    return `${id}: ${audits[id].title} ${where.slice(0, 3).join(' | ')}`.trim();
  });
}

/** A page's row of the table, and whether all of it holds. */
async function judged(browser, [name, skip, path]) {
  const first = await look(browser, path, skip, Object.keys(AT_LEAST));
  await writeFile(join(reports, `${name.replaceAll(' ', '-')}.html`), first.report);
  const runs = [first.lhr];
  while (runs.length < RUNS) runs.push((await look(browser, path, skip, ['performance'])).lhr);
  const scores = Object.keys(AT_LEAST).map((id) => {
    const score = Math.round(median(runs.filter(({ categories }) => categories[id]).map(({ categories }) => categories[id].score)) * 100);
    return [String(score), score >= AT_LEAST[id]];
  });
  const of = (audit) => runs.map(({ audits }) => audits[audit].numericValue);
  const [lcp, tbt] = [median(of('largest-contentful-paint')), median(of('total-blocking-time'))];
  const cls = Math.max(...of('cumulative-layout-shift'));
  const timings = [
    [`${(lcp / 1000).toFixed(2)} s`, lcp <= AT_MOST.lcp],
    [`${Math.round(tbt)} ms`, tbt <= AT_MOST.tbt],
    [cls === 0 ? '0' : cls.toFixed(4), cls <= AT_MOST.cls],
  ];
  for (const fault of faults(first.lhr)) console.error(`  ${name}: ${fault}`);
  const cells = [...scores, ...timings];
  return { row: `| ${[name, ...cells.map(([text, holds]) => marked(text, holds))].join(' | ')} |`, holds: cells.every(([, holds]) => holds) };
}

await mkdir(reports, { recursive: true });
const browser = await puppeteer.launch({ executablePath: process.env.CHROME_PATH, args: FLAGS });
const lines = [
  `| page | performance ≥ ${AT_LEAST.performance} | accessibility 100 | best practices 100 | SEO 100 | LCP ≤ 1.5 s | TBT ≤ 50 ms | CLS 0 |`,
  '|---|--:|--:|--:|--:|--:|--:|--:|',
];
let allHold = true;
const take = ({ row, holds }) => {
  lines.push(row);
  if (row) console.log(row);
  allHold &&= holds;
};
try {
  const places = await prepared(browser, shop);
  const all = pagesOf(places);
  const unknown = named.filter((name) => !all.some(([known]) => known === name));
  if (unknown.length > 0) throw new Error(`There is no page called ${unknown.join(', ')}: ${all.map(([name]) => name).join(', ')}.`);
  console.log(lines.join('\n'));
  for (const page of all.filter(([name]) => named.length === 0 || named.includes(name))) take(await judged(browser, page));
  if (named.length === 0) {
    for (const row of ['', '| the shop is out of reach | aim | median | slowest |', '|---|--:|--:|--:|']) take({ row, holds: true });
    for (const one of await outOfReach(browser, shop, runDirectory, places)) take(one);
  }
} finally {
  await browser.close();
}
const { version } = createRequire(join(tools, 'package.json'))('lighthouse/package.json');
lines.push('', `Medians of ${RUNS} runs of Lighthouse ${version} (mobile, simulated throttling) on ${cpus().length} threads of ${cpus()[0].model.trim()}.`);
console.log(`\n${lines.at(-1)}\nReports: ${reports}`);
if (publish && named.length === 0) {
  const begin = '<!-- figures: storefront -->';
  const [before, after] = (await readFile(figures, 'utf8')).split(begin);
  await writeFile(figures, `${before}${begin}\n\n${lines.join('\n')}\n\n${after.slice(after.indexOf('<!-- end -->'))}`);
}
process.exit(allHold ? 0 : 1);
