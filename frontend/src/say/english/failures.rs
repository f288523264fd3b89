//! What the shop says in English where something is not possible: what happened, and what can be done now.

use crate::say::{Failures, Wrong};

/// A title and some help for each of them.
pub(super) const FAILURES: Failures = Failures {
    incomplete: (
        "That did not come through",
        "Something was missing in the request. Going back and trying again usually helps.",
    ),
    not_of_list: (
        "Please start from the list",
        "For your safety a list is only written by a form of this shop that was opened by you.",
    ),
    not_of_page: (
        "Please start from the shop’s own page",
        "For your safety a form only counts when it was begun on a page of this shop, by you.",
    ),
    no_carts: (
        "Not in this shop",
        "This shop has no carts, no lists and no accounts: everybody buys one book at a time, with “Buy now” on its page.",
    ),
    no_order: (
        "No order here",
        "Check that the whole link was copied. An order's link is long, because it is a secret.",
    ),
    no_list: ("No list here", "Check that the whole link was copied. A list's link is long, because it is a secret."),
    not_here: (
        "Not on our shelves",
        "The page may have moved, or the link may have a typing mistake in it. The search box above knows every book we have.",
    ),
    not_like_that: ("Not like that", "This address does not take that kind of request."),
    gone: ("Gone for good", "What was here has been taken away on purpose."),
    too_large: ("Too much at once", "What was sent is larger than this shop takes."),
    other_form: ("Not in that form", "What was sent is of a kind that this page does not read."),
    wrong: ("That does not add up", "One of the values can't be right."),
    slower: ("A little slower, please", "That was tried very often in a short time. Nothing was done."),
    no_catalog: (
        "The shelves are out of reach",
        "Our catalog does not answer at the moment. It is usually back within seconds: reload this page.",
    ),
    orders_out_of_reach: (
        "Orders are out of reach",
        "The order desks do not answer at the moment. Yours are safe; try again in a moment.",
    ),
    list_unsure: (
        "No answer came in time",
        "Your change may be on the list all the same: look at it before you try again.",
    ),
    lists_out_of_reach: (
        "The lists are out of reach",
        "Lists do not answer at the moment, and nothing was changed. What is on your device is safe; reload this page in a moment.",
    ),
    copy_out_of_reach: (
        "This copy is out of reach",
        "The catalog that keeps the last of it does not answer at the moment. Nothing was bought; it is usually back within seconds.",
    ),
    carts_out_of_reach: (
        "Carts are out of reach",
        "What is in your cart is safe, and nothing was changed. The shelves are open as ever, and “Buy now” on the page of a book buys without a cart.",
    ),
    cart_unsure: (
        "No answer came in time",
        "The change may have been made all the same. Look into your cart before you make it again.",
    ),
    checkout_unsure: (
        "We can’t tell yet",
        "An order may have been made of your cart, and nobody who answers knows. Nothing is lost: ask again, and you see that order or it is made now.",
    ),
    accounts_out_of_reach: (
        "Accounts are out of reach",
        "Nothing was done. The shop is open as ever: nobody needs an account to buy.",
    ),
    order_unsure: (
        "No answer came in time",
        "Your order may have gone through all the same. Press the button to find out.",
    ),
    not_bought: ("Checkout is paused", "Browsing still works, and nothing you chose is lost. Nothing was bought."),
    paused: ("Checkout is paused", "Browsing still works, and nothing you chose is lost."),
    broken: ("Something broke here", "That was our fault, not yours. It has been noted; trying again may help."),
    lists_work: ["Your ", "lists", " work as ever."],
    buys_once: "Trying again is safe: it buys once, whatever has happened.",
    nothing_changed: "Nothing was changed yet.",
    back: "Back to where you were",
    back_to_list: "Back to the list",
    back_to_lists: "Back to the lists",
    report: ["If you report this, mention ", "."],
};

/// What is wrong with which part of a form or an address.
pub(super) const WRONG: Wrong = Wrong {
    token: "This form is not one of your session's, so nothing was bought and nothing was changed. Cookies may be switched off, or the page may be from another day: open it again and try there.",
    read_only: "With this link the list can only be read.",
    topic: "We have no books under this topic.",
    book: "There is no book with this number.",
    copies: "The number of copies: a whole number from 1 to 100.",
    key: "The form has no key: open its page again and press the button there.",
    form: "The form is not whole: open its page again and try there.",
    query: "That is a very long search: try a few words of it.",
    cursor: "The link does not lead to a place in this list: begin at its first page.",
    price: "A price is a number such as 12.50, and the highest is not below the lowest.",
    basket: "Something else was ordered with this form already: open its page again.",
    line: "A line is the number or the title of a book, or a few words: at most 120 characters.",
    name: "A name has at most 80 characters.",
    by: "Your name has at most 40 characters here.",
    note: "A note has at most 300 characters.",
    kind: "A list is a wish list, a reading list or a gift list.",
    not_there: "It is not on the list any more.",
    full: "The list is full: take something off it first.",
    link: "This is no link of a list of this shop: check that all of it was copied.",
};
