// @ts-check
// The offer on a book's page, kept up to date: the last copy may be sold, or more may come, while somebody looks. Without
// this the page shows one moment, and buying says what is true.

/** How long after a reload the page is not loaded again, in milliseconds: another frontend may still say otherwise. */
const PATIENCE = 10_000;
const offer = document.getElementById('offer');
const events = offer?.dataset.events;

/** A page that was opened when nothing was left has no form: it comes with the page. */
function opensAgain() {
  const name = `reloaded ${location.pathname}`;
  if (Date.now() - Number(sessionStorage.getItem(name)) < PATIENCE) return;
  sessionStorage.setItem(name, String(Date.now()));
  location.reload();
}

if (offer && events) {
  const source = new EventSource(events);
  source.addEventListener('offer', (event) => {
    const told = document.createElement('template');
    told.innerHTML = event.data.trim();
    // What is the same is not read out again.
    if (!told.content.isEqualNode(said(offer))) offer.replaceChildren(told.content);
    const soldOut = offer.querySelector('.stock.out') !== null;
    for (const button of document.querySelectorAll('form.buy button')) {
      /** @type {HTMLButtonElement} */ (button).disabled = soldOut;
    }
    if (!soldOut && !document.querySelector('form.buy')) opensAgain();
  });
}

/**
 * What an element says, without the blanks around it.
 * @param {HTMLElement} element
 */
function said(element) {
  const copy = document.createElement('template');
  copy.innerHTML = element.innerHTML.trim();
  return copy.content;
}
