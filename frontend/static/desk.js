// @ts-check
// The desk's picture, kept up to date by the server's own drawing. Without this the page shows one moment, and a link
// that looks again.

const picture = document.getElementById('picture');
const events = picture?.dataset.events;
if (picture && events) {
  const source = new EventSource(events);
  source.addEventListener('picture', (event) => {
    picture.innerHTML = event.data;
    picture.classList.remove('old');
  });
  // The browser asks again by itself; meanwhile what is shown is old.
  source.addEventListener('error', () => picture.classList.add('old'));
}
document.documentElement.dataset.ready = '';
