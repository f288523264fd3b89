// @ts-check
// The offer on a book's page, kept up to date: the last copy may be sold, or more may come, while somebody looks. Without
// this the page shows one moment, and buying says what is true.

const offer = document.getElementById('offer');
const events = offer?.dataset.events;
if (offer && events) {
  const source = new EventSource(events);
  source.addEventListener('offer', (event) => {
    // What is the same is not read out again.
    if (offer.innerHTML.trim() === event.data.trim()) return;
    offer.innerHTML = event.data;
    const soldOut = offer.querySelector('.stock.out') !== null;
    for (const button of document.querySelectorAll('form.buy button')) {
      /** @type {HTMLButtonElement} */ (button).disabled = soldOut;
    }
    // A page that was opened when nothing was left has no form: it comes with the page.
    if (!soldOut && !document.querySelector('form.buy')) location.reload();
  });
}
