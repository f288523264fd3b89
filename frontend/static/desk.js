// @ts-check
// The desk's picture, or how far something is, kept up to date by the server's own drawing. Without this the page shows one
// moment, and a link that looks again.

const picture = document.getElementById('picture');
const status = document.getElementById('live');
const events = picture?.dataset.events;
if (picture && status && events) {
  // Said once, and not once a second to whoever has it read out.
  const say = (/** @type {string} */ words) => {
    if (status.textContent !== words) status.textContent = words;
  };
  const source = new EventSource(events);
  source.addEventListener('picture', (event) => {
    const at = document.activeElement;
    const href = at && picture.contains(at) ? at.getAttribute('href') : null;
    picture.innerHTML = event.data;
    // Whoever is on a link of the picture stays on it.
    const link = [...picture.querySelectorAll('a')].find((one) => href !== null && one.getAttribute('href') === href);
    link?.focus({ preventScroll: true });
    say('Live.');
  });
  // Nothing more comes: the browser is not to ask again.
  source.addEventListener('over', (event) => {
    source.close();
    picture.innerHTML = event.data;
    document.querySelectorAll('[data-until-over]').forEach((element) => element.remove());
    say('It is over.');
  });
  // The browser asks again by itself.
  source.addEventListener('error', () => say('What is shown is old: the frontend does not answer at the moment.'));
}
// What is done in several steps goes on by itself; without this, by its button.
const goesOn = document.querySelector('form[data-goes-on]');
if (goesOn instanceof HTMLFormElement) goesOn.requestSubmit();
document.documentElement.dataset.ready = '';
