// @ts-check
// The search box suggests titles while somebody types, and on the page of a search the results follow the box and the
// links without the page being loaded anew. Everything here works without it too: the box is a plain form.

import { counted } from "./say.js";

/** @typedef {{ id: number, title: string, authors: string[] }} Suggestion */

/** How long to wait for the next letter, in milliseconds. */
const PAUSE = 150;

const box = /** @type {HTMLInputElement | null} */ (document.querySelector('form.find input[name="q"]'));
const form = box?.form;

/**
 * Runs the last of several calls that come shortly after each other.
 * @param {() => void} run
 */
function settled(run) {
  let timer = 0;
  return {
    soon() {
      clearTimeout(timer);
      timer = window.setTimeout(run, PAUSE);
    },
    never() {
      clearTimeout(timer);
    },
  };
}

/**
 * The results of an address in the place of those that are shown. Where they can't be had, the page itself is opened.
 * @param {string} href
 * @param {{ quietly?: boolean, push?: boolean }} how
 */
async function show(href, { quietly = false, push = true } = {}) {
  coming?.abort();
  coming = new AbortController();
  const { signal } = coming;
  try {
    const answer = await fetch(href, { signal, headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("results");
    const shown = document.getElementById("results");
    if (!answer.ok || !found || !shown) throw new Error("no results");
    if (signal.aborted) return;
    shown.replaceWith(document.adoptNode(found));
    document.title = page.title;
    said.textContent = found.querySelector(".tally")?.textContent ?? "";
    if (push) history.pushState({}, "", href);
    else history.replaceState({}, "", href);
    if (!quietly) {
      found.focus({ preventScroll: true });
      found.scrollIntoView({ block: "nearest" });
    }
  } catch {
    if (!signal.aborted && !quietly) location.assign(href);
  }
}
/** @type {AbortController | undefined} */
let coming;

/** What a screen reader is told. It stays where it is, since a region that has just come is not read out. */
const said = document.createElement("span");
said.className = "hidden";
said.setAttribute("role", "status");

/** A list of titles under the box: a combobox by the patterns of ARIA 1.2. */
class Suggestions {
  /** @param {HTMLInputElement} input */
  constructor(input) {
    this.input = input;
    /** @type {HTMLElement[]} */
    this.options = [];
    this.active = -1;
    this.list = document.createElement("ul");
    this.list.id = "suggestions";
    this.list.className = "suggestions";
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", input.dataset.titles ?? "");
    input.after(this.list, said);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", "suggestions"]]) {
      input.setAttribute(name, value);
    }
    // Before the box loses the focus.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = /** @type {Element} */ (event.target).closest("[role=option]");
      if (option) this.choose(this.options.indexOf(/** @type {HTMLElement} */ (option)));
    });
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
  }

  async look() {
    const typed = this.input.value.trim();
    this.coming?.abort();
    if (typed.length < 2) return this.close();
    this.coming = new AbortController();
    try {
      const { signal } = this.coming;
      const answer = await fetch(`/api/v1/suggestions?q=${encodeURIComponent(typed)}`, { signal });
      if (!answer.ok) return this.close();
      const { suggestions } = /** @type {{ suggestions: Suggestion[] }} */ (await answer.json());
      if (!signal.aborted && document.activeElement === this.input) this.open(suggestions);
    } catch {
      this.close();
    }
  }

  /** @param {Suggestion[]} suggestions */
  open(suggestions) {
    this.options = suggestions.map(({ title, authors }, place) => {
      const option = document.createElement("li");
      option.id = `suggestion-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const name = document.createElement("span");
      name.dir = "auto";
      name.className = "title";
      name.textContent = title;
      option.append(name);
      if (authors.length > 0) {
        const by = document.createElement("span");
        by.dir = "auto";
        by.className = "authors";
        by.textContent = authors.join(", ");
        option.append(" ", by);
      }
      option.dataset.title = title;
      return option;
    });
    this.list.replaceChildren(...this.options);
    this.list.hidden = this.options.length === 0;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    if (!this.list.hidden) {
      const { one = "", other = "" } = this.input.dataset;
      said.textContent = counted({ one, other }, this.options.length);
    }
    this.mark(-1);
  }

  close() {
    this.coming?.abort();
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.mark(-1);
  }

  /** @param {number} place */
  mark(place) {
    this.options[this.active]?.setAttribute("aria-selected", "false");
    this.active = place;
    const option = this.options[place];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.isComposing || this.list.hidden) {
      return;
    }
    const last = this.options.length - 1;
    switch (event.key) {
      case "ArrowDown":
        this.mark(this.active >= last ? -1 : this.active + 1);
        break;
      case "ArrowUp":
        this.mark(this.active < 0 ? last : this.active - 1);
        break;
      case "Enter":
        if (this.active < 0) return this.close();
        this.choose(this.active);
        break;
      case "Escape":
        this.close();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** @param {number} place */
  choose(place) {
    this.input.value = this.options[place]?.dataset.title ?? this.input.value;
    this.close();
    this.input.form?.requestSubmit();
  }
}

/** The address that the box asks for, with what is chosen beside it. */
function asked() {
  const query = new URLSearchParams(location.pathname === "/find" ? location.search : "");
  query.set("q", box?.value ?? "");
  query.delete("cursor");
  return `/find?${query}`;
}

if (box && form) {
  const suggestions = new Suggestions(box);
  const onPage = () => document.getElementById("results") !== null;
  const suggest = settled(() => suggestions.look());
  const follow = settled(() => {
    if (onPage() && box.value.trim() !== "") show(asked(), { quietly: true, push: false });
  });
  box.addEventListener("input", () => {
    suggest.soon();
    follow.soon();
  });
  form.addEventListener("submit", (event) => {
    suggest.never();
    follow.never();
    suggestions.close();
    if (onPage()) {
      event.preventDefault();
      show(asked());
    }
  });
  document.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("#results a[href^='/find?']");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented) return;
    event.preventDefault();
    const href = /** @type {HTMLAnchorElement} */ (link).href;
    box.value = new URL(href).searchParams.get("q") ?? "";
    show(href);
  });
  window.addEventListener("popstate", () => {
    if (location.pathname !== "/find" || !onPage()) return;
    box.value = new URLSearchParams(location.search).get("q") ?? "";
    show(location.href, { push: false });
  });
}
document.documentElement.dataset.ready = "search";
