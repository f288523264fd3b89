//! Whoever has the cluster's token: changes prices and stock, and speaks to the inner tiers directly.

use crate::{Answer, Bought, Cluster};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A person with the token of the shop.
#[derive(Clone, Copy, Debug)]
pub struct Operator<'s> {
    shop: &'s Cluster,
}

impl<'s> Operator<'s> {
    pub(crate) fn new(shop: &'s Cluster) -> Self {
        Self { shop }
    }

    /// A request that shows the token.
    pub fn request(&self, method: Method, name: &str, path: &str) -> RequestBuilder {
        self.shop.request(method, name, path).bearer_auth(self.shop.secrets().token.expose())
    }

    /// A request as a replica of the same cluster sends it: with the token and the cluster's id.
    pub fn as_replica(&self, method: Method, name: &str, path: &str) -> RequestBuilder {
        self.request(method, name, path).header("Bookend-Cluster", self.shop.secrets().cluster.to_string())
    }

    /// `PUT /item/{item}` on a catalog.
    pub async fn puts(&self, catalog: &str, item: u32, change: &Value) -> Answer {
        Answer::to(self.request(Method::PUT, catalog, &format!("/item/{item}")).json(change)).await
    }

    /// Buys directly at an order replica.
    ///
    /// # Errors
    /// Any answer but 200.
    pub async fn buys(&self, order: &str, item: u32, quantity: u64, key: &str) -> Result<Bought, Answer> {
        let request = self.request(Method::POST, order, &format!("/buy/{item}")).header("Idempotency-Key", key);
        Bought::of(item, quantity, Answer::to(request.json(&json!({"quantity": quantity}))).await)
    }
}
