//! Lists of orders, of one buyer or of all, from every order replica that answers.
//!
//! Any one of them may lack what another took a moment ago, or while the two were apart. So all are asked at once, and
//! their pages become one: whatever is among the first of all orders is among the first of those who have it.

use super::{LOOK, NoOrder, Orders};
use cluster::Member;
use futures::future::join_all;
use serde::Serialize;
use std::collections::BTreeMap;
use wire::order::{Latest, OrdersOf, Place, Receipt};

/// A part of a list of orders, latest first.
#[derive(Clone, Debug, PartialEq)]
pub struct OrdersPart {
    /// The orders.
    pub receipts: Vec<Receipt>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<Place>,
    /// Whether an order replica did not answer, so that the latest orders may be missing.
    pub stale: bool,
}

impl Orders {
    /// A part of a buyer's orders.
    ///
    /// # Errors
    /// [`NoOrder::Unreachable`] where no order replica answers.
    pub async fn of_buyer(&self, asked: &OrdersOf) -> Result<OrdersPart, NoOrder> {
        // One more than is wanted tells whether there are more.
        let one_more = OrdersOf { limit: asked.limit.saturating_add(1), ..asked.clone() };
        self.part("/internal/orders/of", &one_more, asked.limit as usize).await
    }

    /// A part of all orders.
    ///
    /// # Errors
    /// [`NoOrder::Unreachable`] where no order replica answers.
    pub async fn latest(&self, asked: &Latest) -> Result<OrdersPart, NoOrder> {
        let one_more = Latest { limit: asked.limit.saturating_add(1), ..*asked };
        self.part("/internal/orders/latest", &one_more, asked.limit as usize).await
    }

    async fn part<Q: Serialize>(&self, path: &str, one_more: &Q, limit: usize) -> Result<OrdersPart, NoOrder> {
        let mut ready = self.fleet().ready();
        if ready.is_empty() && self.fleet().until_any_ready(LOOK).await {
            ready = self.fleet().ready();
        }
        let mut pages = self.pages(&ready, path, one_more).await;
        if pages.len() < ready.len() {
            // What is known of the others may be as old as what was known of those who did not answer.
            pages.extend(self.pages(&self.others(&ready), path, one_more).await);
        }
        if pages.is_empty() {
            return Err(NoOrder::Unreachable);
        }
        let stale = pages.len() < self.fleet().members().len();
        let (receipts, next) = joined(pages, limit);
        Ok(OrdersPart { receipts, next, stale })
    }

    /// What each of these has who answers.
    async fn pages<Q: Serialize>(&self, members: &[Member], path: &str, asked: &Q) -> Vec<Vec<Receipt>> {
        let pages = join_all(members.iter().map(|member| self.page(member, path, asked))).await;
        pages.into_iter().flatten().collect()
    }

    /// What one replica has; `None` where it does not answer.
    async fn page<Q: Serialize>(&self, member: &Member, path: &str, asked: &Q) -> Option<Vec<Receipt>> {
        match self.replicas.caller().post(member, path, asked, LOOK).await {
            Ok(page) => {
                self.replicas.answered(&member.name);
                Some(page)
            }
            Err(error) => {
                self.fleet().failed(&member.name, &error);
                tracing::warn!(replica = %member.name, %error, "an order replica did not list orders");
                None
            }
        }
    }
}

/// The first `limit` orders of all pages, and where they go on.
fn joined(pages: Vec<Vec<Receipt>>, limit: usize) -> (Vec<Receipt>, Option<Place>) {
    let mut all = BTreeMap::<_, Receipt>::new();
    for receipt in pages.into_iter().flatten() {
        // Two may know different steps of one order, or different sales: then it is as the one says that knows more of its
        // steps, or has more copies.
        let rank = |receipt: &Receipt| (receipt.order.advances.len(), receipt.copies);
        if all.get(&receipt.order.id).is_none_or(|known| rank(known) < rank(&receipt)) {
            all.insert(receipt.order.id, receipt);
        }
    }
    let mut receipts: Vec<Receipt> = all.into_values().collect();
    receipts.sort_by_key(|receipt| std::cmp::Reverse(Place::of(&receipt.order)));
    let more = receipts.len() > limit;
    receipts.truncate(limit);
    let next = receipts.last().filter(|_| more).map(|last| Place::of(&last.order));
    (receipts, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::receipt_of;

    fn numbers(receipts: &[Receipt]) -> Vec<(u128, usize)> {
        receipts.iter().map(|receipt| (receipt.order.id.0.as_u128(), receipt.copies)).collect()
    }

    #[test]
    fn pages_of_replicas_that_were_apart_become_one_without_an_order_twice() {
        let one = vec![receipt_of(4, 40, 1), receipt_of(2, 20, 1), receipt_of(1, 10, 2)];
        let other = vec![receipt_of(3, 30, 1), receipt_of(2, 20, 2), receipt_of(1, 10, 2)];
        let (first, next) = joined(vec![one.clone(), other.clone()], 3);
        assert_eq!(numbers(&first), [(4, 1), (3, 1), (2, 2)]);
        assert_eq!(next, Some(Place::of(&receipt_of(2, 20, 1).order)));
        let (whole, next) = joined(vec![one, other], 4);
        assert_eq!((whole.len(), next), (4, None));
    }

    #[test]
    fn orders_of_one_moment_have_one_order() {
        let (there, _) = joined(vec![vec![receipt_of(1, 5, 1)], vec![receipt_of(2, 5, 1), receipt_of(3, 5, 1)]], 9);
        assert_eq!(numbers(&there), [(3, 1), (2, 1), (1, 1)]);
    }
}
