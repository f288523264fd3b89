//! What each kind of page says.

use super::Counted;

/// The first page.
pub(crate) struct Home {
    pub(crate) window: &'static str,
    pub(crate) hello: [&'static str; 3],
    pub(crate) on_the_shelves: fn(&str) -> String,
    pub(crate) new: &'static str,
    pub(crate) empty: &'static str,
}

/// The page of a topic.
pub(crate) struct Topic {
    pub(crate) below: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) more: fn(&str) -> String,
}

/// How many are left of a book.
pub(crate) struct Stock {
    pub(crate) out: &'static str,
    pub(crate) last: &'static str,
    pub(crate) few: fn(u64) -> String,
    pub(crate) plenty: &'static str,
    pub(crate) held: &'static str,
}

/// The page of a book.
pub(crate) struct Book {
    pub(crate) see_order: &'static str,
    pub(crate) stale: &'static str,
    pub(crate) first_published: fn(&str) -> String,
    pub(crate) buy: &'static str,
    pub(crate) held: &'static str,
    pub(crate) once: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) more_under: [&'static str; 2],
    pub(crate) put_on_list: &'static str,
    pub(crate) related: &'static str,
    pub(crate) format: &'static str,
    pub(crate) publisher: &'static str,
    pub(crate) published: &'static str,
    pub(crate) language: &'static str,
    pub(crate) isbn: &'static str,
    pub(crate) by: fn(&str, &str) -> String,
    pub(crate) quicker: &'static str,
    pub(crate) fewer: fn(u64) -> String,
    pub(crate) bought_already: &'static str,
}

/// Forms and languages of books.
pub(crate) struct Reads {
    pub(crate) hardback: &'static str,
    pub(crate) paperback: &'static str,
    pub(crate) board_book: &'static str,
    pub(crate) e_book: &'static str,
    pub(crate) audio: &'static str,
    pub(crate) map: &'static str,
    pub(crate) sheet_music: &'static str,
    pub(crate) other: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) languages: [(&'static str, &'static str); 24],
}

/// The page of a search.
pub(crate) struct Find {
    pub(crate) title: &'static str,
    pub(crate) books: &'static str,
    pub(crate) how: &'static str,
    pub(crate) forgiving: &'static str,
    pub(crate) quotes: [&'static str; 4],
    pub(crate) nothing: &'static str,
    pub(crate) nothing_for: [&'static str; 2],
    pub(crate) found_for: [&'static str; 2],
    pub(crate) filtered: &'static str,
    pub(crate) unfiltered: fn(&str) -> String,
    pub(crate) unknown: [&'static str; 2],
    pub(crate) quoted: [&'static str; 2],
    pub(crate) or: &'static str,
    pub(crate) every_word: &'static str,
    pub(crate) by_topic: [&'static str; 3],
    pub(crate) meant: [&'static str; 2],
    pub(crate) order: &'static str,
    pub(crate) no_more: &'static str,
    pub(crate) more: &'static str,
    pub(crate) best: &'static str,
    pub(crate) cheapest: &'static str,
    pub(crate) dearest: &'static str,
    pub(crate) by_title: &'static str,
    pub(crate) newest: &'static str,
    pub(crate) availability: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) language: &'static str,
    pub(crate) price: &'static str,
    pub(crate) all: &'static str,
    pub(crate) under: fn(&str) -> String,
    pub(crate) from_to: fn(&str, &str) -> String,
    pub(crate) and_more: fn(&str) -> String,
}

/// The cart, and the lines of it that the checkout shows too.
pub(crate) struct Carts {
    pub(crate) not_changed: &'static str,
    pub(crate) back: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) new_price: &'static str,
    pub(crate) checkout: &'static str,
    pub(crate) more: &'static str,
    pub(crate) keeps_none: &'static str,
    pub(crate) added: &'static str,
    pub(crate) removed: &'static str,
    pub(crate) joined: &'static str,
    pub(crate) not_in_it: &'static str,
    pub(crate) quicker: &'static str,
    pub(crate) too_much: &'static str,
    pub(crate) no_number: &'static str,
    pub(crate) no_price: &'static str,
    pub(crate) each: fn(&str) -> String,
    pub(crate) before: fn(&str) -> String,
    pub(crate) instead: fn(u64) -> String,
    pub(crate) update: &'static str,
    pub(crate) total: Counted,
    pub(crate) no_total: &'static str,
    pub(crate) not_sold: &'static str,
    pub(crate) sold_out: &'static str,
    pub(crate) short: fn(u64, u64) -> String,
    pub(crate) most: fn(u64) -> String,
}

/// The checkout.
pub(crate) struct Checkout {
    pub(crate) title: &'static str,
    pub(crate) new_price: &'static str,
    pub(crate) cost: fn(&str) -> String,
    pub(crate) when_you_looked: fn(Option<&str>) -> String,
    pub(crate) short: Counted,
    pub(crate) not_bought: Counted,
    pub(crate) as_it_is: &'static str,
    pub(crate) order: &'static str,
    pub(crate) once: &'static str,
    pub(crate) account: [&'static str; 3],
}

/// An order, and all of them.
pub(crate) struct Orders {
    pub(crate) sold: &'static str,
    pub(crate) order: fn(&str) -> String,
    pub(crate) also: fn(&str) -> String,
    pub(crate) book: &'static str,
    pub(crate) sum: &'static str,
    pub(crate) total: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) back: &'static str,
    pub(crate) everywhere: &'static str,
    pub(crate) once: &'static str,
    pub(crate) twice: &'static str,
    pub(crate) stale: &'static str,
    pub(crate) no_more: &'static str,
    pub(crate) none_of_member: &'static str,
    pub(crate) none: &'static str,
    pub(crate) others: Counted,
    pub(crate) latest: &'static str,
    pub(crate) earlier: &'static str,
    pub(crate) of_member: &'static str,
    pub(crate) of_browser: [&'static str; 3],
    pub(crate) links: &'static str,
}

/// Signing in and up, and the account.
pub(crate) struct Accounts {
    pub(crate) make: &'static str,
    pub(crate) make_it: &'static str,
    pub(crate) nobody_needs: &'static str,
    pub(crate) with_one: &'static str,
    pub(crate) with_yours: &'static str,
    pub(crate) comes_along: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) have_one: &'static str,
    pub(crate) have_none: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) title: &'static str,
    pub(crate) signed_in: [&'static str; 2],
    pub(crate) sign_out: &'static str,
    pub(crate) another: &'static str,
    pub(crate) old: &'static str,
    pub(crate) none_yet: &'static str,
    pub(crate) new: &'static str,
    pub(crate) new_rule: &'static str,
    pub(crate) change: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) not_so_far: &'static str,
    pub(crate) no_email: &'static str,
    pub(crate) short: &'static str,
    pub(crate) taken: &'static str,
    pub(crate) wrong: &'static str,
    pub(crate) not_signed_in: &'static str,
    pub(crate) too_often: fn(u64) -> String,
    pub(crate) busy: &'static str,
    pub(crate) out_of_reach: &'static str,
    pub(crate) unsure: &'static str,
}

/// What a list is for.
pub(crate) struct Kinds {
    pub(crate) wish: &'static str,
    pub(crate) reading: &'static str,
    pub(crate) gift: &'static str,
}

/// Lists, and the page of one.
pub(crate) struct Lists {
    pub(crate) put_on: &'static str,
    pub(crate) any: &'static str,
    pub(crate) what: &'static str,
    pub(crate) here: &'static str,
    pub(crate) no_script: &'static str,
    pub(crate) new: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) make: &'static str,
    pub(crate) by_link: &'static str,
    pub(crate) link: &'static str,
    pub(crate) put_there: &'static str,
    pub(crate) open: &'static str,
    pub(crate) list: &'static str,
    pub(crate) only_read: &'static str,
    pub(crate) gives: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) number_or_title: &'static str,
    pub(crate) put: &'static str,
    pub(crate) name_and_kind: &'static str,
    pub(crate) keep: &'static str,
    pub(crate) share: &'static str,
    pub(crate) who_writes: [&'static str; 3],
    pub(crate) to_read: [&'static str; 2],
    pub(crate) give: &'static str,
    pub(crate) given: &'static str,
    pub(crate) of_given: fn(u64, u64) -> String,
    pub(crate) set: &'static str,
    pub(crate) note: &'static str,
    pub(crate) all_given: &'static str,
    pub(crate) sold_out: &'static str,
    pub(crate) not_on_list: &'static str,
    pub(crate) no_book: &'static str,
    pub(crate) no_gift_list: &'static str,
}

/// The page in the place of one that can’t be had.
pub(crate) struct Offline {
    pub(crate) window: &'static str,
    pub(crate) title: &'static str,
    pub(crate) help: &'static str,
    pub(crate) lists: &'static str,
}

/// The page that says how the shop is doing.
pub(crate) struct Doing {
    pub(crate) title: &'static str,
    pub(crate) promise: &'static str,
    pub(crate) stock: &'static str,
    pub(crate) stock_promise: &'static str,
    pub(crate) orders: &'static str,
    pub(crate) orders_promise: &'static str,
    pub(crate) carts: &'static str,
    pub(crate) carts_promise: &'static str,
    pub(crate) counts: &'static str,
    pub(crate) counts_promise: &'static str,
    pub(crate) catalogs: &'static str,
    pub(crate) order_desks: &'static str,
    pub(crate) cart_replicas: &'static str,
    pub(crate) frontend: &'static str,
    pub(crate) up_for: fn(&str) -> String,
    pub(crate) remembers: fn(&str, &str, &str) -> String,
    pub(crate) again: &'static str,
    pub(crate) api: &'static str,
    pub(crate) up: &'static str,
    pub(crate) not_ready: &'static str,
    pub(crate) down: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) since: fn(&str) -> String,
    pub(crate) last: &'static str,
    pub(crate) units: Counted,
    pub(crate) orders_kept: Counted,
    pub(crate) objects: Counted,
    pub(crate) hints: Counted,
    pub(crate) filling: &'static str,
    pub(crate) lacks: fn(&str, u64) -> String,
    pub(crate) in_step: &'static str,
    pub(crate) frozen: fn(&str) -> String,
    pub(crate) retired: Counted,
}
