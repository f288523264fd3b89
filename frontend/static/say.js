// @ts-check
// What the scripts say, in the language of the page that they are on: the texts come with the page, from where all the
// others are (`src/say`).

const { lang } = document.documentElement;
const cases = new Intl.PluralRules(lang);

/** @typedef {{one: string, other: string}} Counted */

/** The texts of a page with lists. @type {{[name: string]: string} & {titles: Counted, others: Counted}} */
export const say = JSON.parse(document.querySelector('#words')?.textContent || '{}');

/** A text with a number in it. @param {Counted} text @param {number} number */
export const counted = (text, number) => text[cases.select(number) === 'one' ? 'one' : 'other'].replace('{n}', number.toLocaleString(lang));

/** What a book is called that nobody here has a title of. @param {string} item */
export const unnamed = (item) => say.book.replace('{n}', item);
