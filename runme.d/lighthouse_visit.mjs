// What a visitor has done before the pages are looked at: an order, a cart with something in it, a list.

/** What keeps a browser to itself, as the tests have it. */
export const FLAGS = [
  '--accept-lang=en',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** Waits for the page that something leads to. */
async function leads(page, doing) {
  await Promise.all([page.waitForNavigation(), doing()]);
}

const pressed = (page, selector) => leads(page, () => page.click(selector));

/** Opens a page, and waits until its script has taken over. */
export async function opened(page, url) {
  await page.goto(url);
  await page.waitForSelector('html[data-ready]');
}

/** Buys, fills a cart and makes a list; where the pages are that have an address of their own. */
export async function prepared(browser, shop) {
  const page = await browser.newPage();
  await opened(page, `${shop}/`);
  const topic = await page.$eval('.drawers a', (link) => link.getAttribute('href'));
  await opened(page, `${shop}/books/1`);
  await pressed(page, '.buy .button:not(.quiet)');
  await page.waitForSelector('.receipt');
  const order = new URL(page.url()).pathname;
  for (const book of [2, 3]) {
    await opened(page, `${shop}/books/${book}`);
    await pressed(page, '.buy .quiet');
  }
  await opened(page, `${shop}/lists`);
  await page.type('input[name=name]', 'To read');
  await pressed(page, 'form:has(input[name=name]) button');
  await page.waitForSelector('html[data-ready]');
  const list = new URL(page.url()).pathname;
  for (const what of ['1', '4', 'Candles']) {
    const before = await page.$$eval('#lines > li', (rows) => rows.length);
    await page.type('#what', what);
    await page.click('form:has(#what) button');
    await page.waitForFunction((before) => document.querySelectorAll('#lines > li').length > before, {}, before);
  }
  await page.waitForFunction(() => document.querySelector('#status')?.dataset.standing === 'saved');
  await page.close();
  return { topic, order, list };
}
