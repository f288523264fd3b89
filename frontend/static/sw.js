// @ts-check
// The service worker: the shop without the shop. Files come from here, since their names say what is in them; pages come
// from the shop, and from here where it does not answer in time. What is somebody's own (carts, orders, accounts) and what
// programs ask for never comes by here, and nothing that the shop says nobody may keep is kept.

/** @type {any} */
const worker = self;
const FILES = 'bookend-files-VERSION';
const PAGES = 'bookend-pages-VERSION';
const MOST_PAGES = 60;
const MOST_FILES = 300;
const PATIENCE_MS = 3_000;

/** The page of any list, and the one that says what can still be done. */
const [SHELL, OFFLINE] = ['/lists/shell', '/offline'];
const AT_HAND = [
  SHELL,
  OFFLINE,
  '/static/favicon.svg',
  '/static/shop.css',
  '/static/crdt.js',
  '/static/lines.js',
  '/static/store.js',
  '/static/sync.js',
  '/static/say.js',
  '/static/list.js',
  '/static/lists.js',
  '/static/shop.js',
  '/manifest.webmanifest',
];

const LIST = /^\/lists\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PAGE = /^\/(books\/[^/]+|topics\/[^/]+|find|lists|about|offline)?$/;
const FILE = /^\/(static|covers)\/|^\/favicon\.|^\/manifest\.webmanifest$/;

worker.addEventListener('install', (/** @type {any} */ event) => {
  event.waitUntil(
    (async () => {
      await haveAtHand(AT_HAND);
      await worker.skipWaiting();
    })(),
  );
});

worker.addEventListener('activate', (/** @type {any} */ event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith('bookend-') && name !== FILES && name !== PAGES);
      await Promise.all(old.map((name) => caches.delete(name)));
      await worker.clients.claim();
    })(),
  );
});

worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (FILE.test(pathname)) event.respondWith(file(request));
  else if (request.mode === 'navigate' && LIST.test(pathname)) event.respondWith(list(request));
  else if (request.mode === 'navigate' && PAGE.test(pathname)) event.respondWith(page(event));
});

/** @param {Request} request */
async function file(request) {
  const there = await caches.match(request, { ignoreVary: true });
  if (there) return there;
  const answer = await fetch(request);
  if (answer.ok && !isForNobody(answer)) await keep(FILES, MOST_FILES, request, answer.clone());
  return answer;
}

/** A list is in the browser's own copy: the page that fits them all shows it. @param {Request} request */
async function list(request) {
  const answer = await inTime(fetch(request));
  return answer && answer.status < 500 ? answer : ((await caches.match(SHELL)) ?? answer ?? fetch(request));
}

/** @param {any} event */
async function page(event) {
  const { request } = event;
  const asked = fetch(request).then(async (answer) => {
    const isChosen = await isInAnotherLanguage(answer);
    if (isChosen) await caches.delete(PAGES);
    if (answer.ok && !answer.redirected && !isForNobody(answer)) await keep(PAGES, MOST_PAGES, request, answer.clone());
    if (isChosen) event.waitUntil(haveAtHand([SHELL, OFFLINE]).catch(() => {}));
    return answer;
  });
  // It is kept also where it comes too late for this time.
  event.waitUntil(asked.catch(() => {}));
  const answer = await inTime(asked);
  if (answer && answer.status < 500) return answer;
  const before = await caches.match(request, { ignoreVary: true });
  if (before) return before;
  // Nothing is lost by waiting on.
  return answer ?? asked.catch(async () => (await caches.match(OFFLINE)) ?? Response.error());
}

/** Whether the shop has begun to answer in another language than what is at hand: pages that were kept are then forgotten,
 * and those at hand asked for again. @param {Response} answer */
async function isInAnotherLanguage(answer) {
  const [now, then] = [answer, await caches.match(SHELL)].map((one) => one?.headers.get('content-language'));
  return answer.ok && Boolean(now && then) && now !== then;
}

/** @param {string[]} paths */
async function haveAtHand(paths) {
  const files = await caches.open(FILES);
  await files.addAll(paths.map((path) => new Request(path, { cache: 'reload' })));
}

/** What comes within the time that somebody waits for a page, else nothing. @param {Promise<Response>} asked */
function inTime(asked) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  return Promise.race([asked.catch(() => undefined), late]);
}

/** @param {Response} answer */
const isForNobody = (answer) => (answer.headers.get('cache-control') ?? '').includes('no-store');

/** Keeps an answer, and forgets the ones that came first where there are too many. @param {string} name @param {number} most @param {Request} request @param {Response} answer */
async function keep(name, most, request, answer) {
  const cache = await caches.open(name);
  await cache.put(request, answer);
  const kept = (await cache.keys()).filter(({ url }) => !AT_HAND.includes(new URL(url).pathname));
  await Promise.all(kept.slice(0, Math.max(0, kept.length - most)).map((old) => cache.delete(old)));
}
