//! All that the shop says to visitors, as one value of one type for each language.
//!
//! The compiler keeps them complete: a language that lacks a text is no [`Say`], one that leaves out a number or a title has
//! a parameter too many, and a text that no page says is a field that is never read. A text with a link in it is in pieces:
//! before, within, behind. How numbers get into texts is `words.rs`' business, and which language somebody gets
//! `language.rs`'.

mod english;
mod german;
mod pages;

pub(crate) use english::ENGLISH;
pub(crate) use german::GERMAN;
pub(crate) use pages::{
    Accounts, Book, Carts, Checkout, Doing, Find, Home, Kinds, Lists, Offline, Orders, Reads, Stock, Topic,
};

use crate::language::Language;
use serde::Serialize;

/// What the shop says in one language.
pub(crate) struct Say {
    pub(crate) language: Language,
    pub(crate) figures: Figures,
    pub(crate) around: Around,
    pub(crate) home: Home,
    pub(crate) topic: Topic,
    pub(crate) stock: Stock,
    pub(crate) book: Book,
    pub(crate) reads: Reads,
    pub(crate) find: Find,
    pub(crate) carts: Carts,
    pub(crate) checkout: Checkout,
    pub(crate) orders: Orders,
    pub(crate) accounts: Accounts,
    pub(crate) kinds: Kinds,
    pub(crate) lists: Lists,
    pub(crate) scripts: Scripts,
    pub(crate) offline: Offline,
    pub(crate) doing: Doing,
    pub(crate) failures: Failures,
    pub(crate) wrong: Wrong,
}

/// A text that depends on a number, which stands in the place of `{n}`. The cases are those of the Unicode CLDR that the
/// languages of the shop have, `one` and `other`; a language with more of them needs more of them here.
#[derive(Debug, Serialize)]
pub(crate) struct Counted {
    pub(crate) one: &'static str,
    pub(crate) other: &'static str,
}

impl Scripts {
    /// As JSON that nothing can end in a script element.
    pub(crate) fn to_json(&self) -> String {
        // Texts of ours in a value of ours: that does not fail.
        serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c")
    }
}

/// What happened, and what can be done now.
pub(crate) type Failure = (&'static str, &'static str);

/// How numbers, dates and lists are written.
pub(crate) struct Figures {
    pub(crate) decimal: char,
    pub(crate) thousands: char,
    pub(crate) months: [&'static str; 12],
    pub(crate) day: fn(&str, &str, &str) -> String,
    pub(crate) moment: fn(&str, &str) -> String,
    pub(crate) before_our_era: fn(&str) -> String,
    pub(crate) and: &'static str,
    pub(crate) seconds: &'static str,
    pub(crate) minutes: &'static str,
    pub(crate) hours: &'static str,
    pub(crate) days: &'static str,
    pub(crate) titles: Counted,
}

/// What is around every page, and what several pages have.
pub(crate) struct Around {
    pub(crate) skip: &'static str,
    pub(crate) find_label: &'static str,
    pub(crate) find_hint: &'static str,
    pub(crate) feed_of_all: &'static str,
    pub(crate) feed_of_new: &'static str,
    pub(crate) find: &'static str,
    pub(crate) suggestions: &'static str,
    pub(crate) suggested: Counted,
    pub(crate) shop: &'static str,
    pub(crate) topics: &'static str,
    pub(crate) lists: &'static str,
    pub(crate) cart: &'static str,
    pub(crate) in_it: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) account: &'static str,
    pub(crate) about: &'static str,
    pub(crate) motto: &'static str,
    pub(crate) doing: &'static str,
    pub(crate) programs: &'static str,
    pub(crate) languages: &'static str,
    pub(crate) here: &'static str,
    pub(crate) pages: &'static str,
    pub(crate) beginning: &'static str,
    pub(crate) shelves: &'static str,
    pub(crate) again: &'static str,
    pub(crate) orders: &'static str,
    pub(crate) your_cart: &'static str,
    pub(crate) copies: &'static str,
    pub(crate) add: &'static str,
    pub(crate) remove: &'static str,
    pub(crate) look_again: &'static str,
    pub(crate) look_again_at: fn(&str) -> String,
    pub(crate) unnamed: fn(&str) -> String,
    pub(crate) manifest: &'static str,
    pub(crate) opensearch: &'static str,
}

/// What the scripts of lists say. It travels to the browser as JSON, in the page.
#[derive(Serialize)]
pub(crate) struct Scripts {
    pub(crate) saved: &'static str,
    pub(crate) saving: &'static str,
    pub(crate) offline: &'static str,
    pub(crate) missing: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) no_line: &'static str,
    pub(crate) no_count: &'static str,
    pub(crate) book: &'static str,
    pub(crate) unnamed: &'static str,
    pub(crate) titles: Counted,
    pub(crate) others: Counted,
}

/// Where something is not possible: a title, and what can be done now.
pub(crate) struct Failures {
    pub(crate) incomplete: Failure,
    pub(crate) not_of_list: Failure,
    pub(crate) not_of_page: Failure,
    pub(crate) no_carts: Failure,
    pub(crate) no_order: Failure,
    pub(crate) no_list: Failure,
    pub(crate) not_here: Failure,
    pub(crate) not_like_that: Failure,
    pub(crate) gone: Failure,
    pub(crate) too_large: Failure,
    pub(crate) other_form: Failure,
    pub(crate) wrong: Failure,
    pub(crate) slower: Failure,
    pub(crate) no_catalog: Failure,
    pub(crate) orders_out_of_reach: Failure,
    pub(crate) list_unsure: Failure,
    pub(crate) lists_out_of_reach: Failure,
    pub(crate) copy_out_of_reach: Failure,
    pub(crate) carts_out_of_reach: Failure,
    pub(crate) cart_unsure: Failure,
    pub(crate) checkout_unsure: Failure,
    pub(crate) accounts_out_of_reach: Failure,
    pub(crate) order_unsure: Failure,
    pub(crate) not_bought: Failure,
    pub(crate) paused: Failure,
    pub(crate) broken: Failure,
    pub(crate) lists_work: [&'static str; 3],
    pub(crate) buys_once: &'static str,
    pub(crate) nothing_changed: &'static str,
    pub(crate) back: &'static str,
    pub(crate) back_to_list: &'static str,
    pub(crate) back_to_lists: &'static str,
    pub(crate) report: [&'static str; 2],
}

/// What is wrong with which part of a form or an address.
pub(crate) struct Wrong {
    pub(crate) token: &'static str,
    pub(crate) read_only: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) book: &'static str,
    pub(crate) copies: &'static str,
    pub(crate) key: &'static str,
    pub(crate) form: &'static str,
    pub(crate) query: &'static str,
    pub(crate) cursor: &'static str,
    pub(crate) price: &'static str,
    pub(crate) basket: &'static str,
    pub(crate) line: &'static str,
    pub(crate) name: &'static str,
    pub(crate) by: &'static str,
    pub(crate) note: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) not_there: &'static str,
    pub(crate) full: &'static str,
    pub(crate) link: &'static str,
}

#[cfg(test)]
mod tests;
