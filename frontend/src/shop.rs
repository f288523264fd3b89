//! Everything a handler needs, in one place, made once.

use crate::about::About;
use crate::accounts::Accounts;
use crate::browse::Browse;
use crate::cart::Carts;
use crate::checkout::Checkout;
use crate::contexts::Contexts;
use crate::desk::Desk;
use crate::lists::Lists;
use crate::lookups::Lookups;
use crate::objects::Objects;
use crate::pace::{Address, Pace};
use crate::session::Signer;
use crate::watchers::Watchers;
use actix_web::http::header::HeaderValue;
use std::sync::Arc;

/// The shop behind pages and API.
pub struct Shop {
    /// Looking at books.
    pub browse: Browse,
    /// Buying.
    pub checkout: Arc<Checkout>,
    /// Carts.
    pub carts: Carts,
    /// Lists.
    pub lists: Lists,
    /// The objects of the cart tier, for what only an operator asks.
    pub objects: Objects,
    /// Signs what has been seen of them.
    pub contexts: Contexts,
    /// Accounts.
    pub accounts: Accounts,
    /// Orders by number and e-mail address.
    pub lookups: Lookups,
    /// How often strangers may make something that stays: lists and accounts.
    pub newcomers: Pace<Address>,
    /// How the shop is doing.
    pub about: About,
    /// Pages of books that are kept up to date.
    pub watchers: Watchers,
    /// The operator's desk.
    pub desk: Desk,
    /// Sessions and forms.
    pub signer: Signer,
    /// What stands behind a price: `€`.
    pub currency: String,
    /// What `X-Served-By` says.
    pub served_by: ServedBy,
}

/// `X-Served-By`, ready made.
#[derive(Clone, Debug)]
pub struct ServedBy {
    /// When the cache had the answer.
    pub hit: HeaderValue,
    /// When a catalog was asked.
    pub miss: HeaderValue,
}

impl ServedBy {
    /// The header's values for the frontend `name`.
    pub fn new(name: &str) -> Self {
        let value = |cache: &str| {
            let text = format!("{name}; cache={cache}");
            // Names of replicas are letters.
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("frontend"))
        };
        Self { hit: value("hit"), miss: value("miss") }
    }

    /// The value for an answer that came from the cache, or not.
    pub fn of(&self, hit: bool) -> HeaderValue {
        if hit { self.hit.clone() } else { self.miss.clone() }
    }
}
