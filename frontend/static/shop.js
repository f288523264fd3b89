// @ts-check
// Every page: the worker that keeps the shop at hand when it can't be reached.

navigator.serviceWorker?.register('/sw.js').catch(() => {
  // A browser that forbids it (a private window, say) shows the shop as ever.
});
