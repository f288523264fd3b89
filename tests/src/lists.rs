//! Lists, as whoever holds their ids sees them.

use crate::answer::Answer;
use crate::shop::Cluster;
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::Ipv6Addr;
use uuid::Uuid;

/// Makes a list at a frontend; its id.
///
/// # Panics
/// Where it is not made.
pub async fn new_list(shop: &Cluster, frontend: &str) -> String {
    // Strangers who make lists have a pace, each of their own.
    let stranger = Ipv6Addr::from_bits(Uuid::new_v4().as_u128());
    let request = shop.request(Method::POST, frontend, "/api/v1/lists").header("x-forwarded-for", stranger.to_string());
    let made = Answer::to(request).await;
    made.has_status(201).json()["id"].as_str().expect("an id").to_owned()
}

/// The names of the items that an object shows; none where there is no object.
pub fn shown(object: &Value) -> BTreeSet<String> {
    let items = object["object"]["items"].as_object();
    items.map(|items| items.keys().cloned().collect()).unwrap_or_default()
}
