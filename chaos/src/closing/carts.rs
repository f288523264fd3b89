//! What the cart replicas hold: whether all of it is the same, byte by byte, and what is on the lists.

use super::PATIENCE;
use crate::error::{ChaosError, While as _};
use crate::fault::Replica;
use crate::shop::Shop;
use crdt::{Content, Object};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use wire::cart::{Ask, BucketDigests, Digest, Had, Key};

/// Lists that are asked for in one go.
const PORTION: usize = 500;

/// One cart replica.
#[derive(Clone, Debug)]
pub struct CartView {
    /// Which.
    pub replica: Replica,
    /// What is on each list that it has.
    pub lists: BTreeMap<Uuid, BTreeSet<String>>,
}

impl Shop {
    /// How the states of the cart replicas differ, if they do: by the digests of everything, which no list must be known for.
    pub(super) async fn carts_differ(&self) -> Result<Option<String>, ChaosError> {
        let mut digests = Vec::new();
        for replica in Replica::CARTS {
            // No root is alike, so that all are told.
            let path = format!("/internal/digests?with={}&root={}", replica.peer(), Digest([0; 32]));
            let text = self.get(replica, &path).await?;
            let buckets: BucketDigests =
                serde_json::from_str(&text).during(format!("reading the digests of {replica}"))?;
            digests.push((replica, buckets));
        }
        let Some(((first, ours), others)) = digests.split_first() else { return Ok(None) };
        let differs = others.iter().find_map(|(other, theirs)| {
            let buckets: BTreeSet<&u16> = ours.keys().chain(theirs.keys()).collect();
            let unlike = buckets.into_iter().filter(|bucket| ours.get(*bucket) != theirs.get(*bucket)).count();
            (unlike > 0).then(|| format!("{unlike} buckets are not alike at {first} and {other}"))
        });
        Ok(differs)
    }

    /// What is on these lists at each cart replica.
    pub(super) async fn carts(&self, lists: &BTreeSet<Uuid>) -> Result<Vec<CartView>, ChaosError> {
        let mut views = Vec::new();
        for replica in Replica::CARTS {
            let mut view = CartView { replica, lists: BTreeMap::new() };
            for portion in lists.iter().copied().collect::<Vec<_>>().chunks(PORTION) {
                let objects = self.objects(replica, portion).await?;
                let there = portion.iter().zip(objects).filter_map(|(list, object)| Some((*list, object?)));
                view.lists.extend(there.map(|(list, object)| (list, items(&object))));
            }
            views.push(view);
        }
        Ok(views)
    }

    async fn objects(&self, replica: Replica, lists: &[Uuid]) -> Result<Vec<Option<Object>>, ChaosError> {
        let doing = || format!("asking {replica} for its lists");
        let key = |list| Key::of("list", list).map_err(|error| ChaosError::new(error.to_string()));
        let ask = |list| Ok(Ask { key: key(list)?, epoch: None });
        let asks: Vec<Ask> = lists.iter().map(ask).collect::<Result<_, ChaosError>>()?;
        let request = self.http.post(format!("{}/internal/objects/read", self.url(replica))).json(&asks);
        let answer = self.as_one_of_them(request).timeout(PATIENCE).send().await.during(doing())?;
        let had: Vec<Had> = answer.error_for_status().during(doing())?.json().await.during(doing())?;
        let copy = |had| match had {
            Had::Copy { object, .. } => Ok(object),
            Had::Behind(_) => Err(ChaosError::new(format!("{replica} takes the asker for a gateway"))),
        };
        let objects: Vec<Option<Object>> = had.into_iter().map(copy).collect::<Result<_, _>>()?;
        if objects.len() == lists.len() {
            return Ok(objects);
        }
        Err(ChaosError::new(format!("{replica} tells of {} lists, asked for {}", objects.len(), lists.len())))
    }
}

fn items(object: &Object) -> BTreeSet<String> {
    match object.content() {
        Content::Counters { items } => items.into_keys().collect(),
        Content::Elements { elements } => elements,
    }
}
