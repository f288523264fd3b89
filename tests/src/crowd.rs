//! Many customers at once, who write down every answer they get.

use crate::{Answer, Bought, Cluster, Customer, awaits};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// Customers who buy until they are sent home.
#[derive(Debug)]
pub struct Crowd {
    customers: JoinSet<Ledger>,
    bought: Arc<AtomicUsize>,
    closing: Arc<AtomicBool>,
}

/// What the customers of a crowd were told.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Every confirmed order.
    pub bought: Vec<Bought>,
    /// Every other answer, and every request without one.
    pub refused: Vec<Answer>,
}

impl Crowd {
    /// `customers` of them, each buying one unit after the other of `items`, starting at a different one.
    pub fn enters(shop: &Cluster, customers: usize, items: &[u32]) -> Self {
        let (bought, closing) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let mut set = JoinSet::new();
        for nth in 0..customers {
            let (customer, items) = (shop.customer(), items.to_vec());
            let (bought, closing) = (bought.clone(), closing.clone());
            set.spawn(async move { shops(customer, &items, nth, &bought, &closing).await });
        }
        Self { customers: set, bought, closing }
    }

    /// Waits until so many orders more have been confirmed.
    pub async fn buys(&self, more: usize) {
        let wanted = self.bought.load(Ordering::Relaxed) + more;
        awaits(Duration::from_secs(30), &format!("{more} more orders"), async || {
            let bought = self.bought.load(Ordering::Relaxed);
            if bought >= wanted { Ok(()) } else { Err(format!("{} are missing", wanted - bought)) }
        })
        .await;
    }

    /// Lets everyone finish what they are buying.
    pub async fn goes_home(self) -> Ledger {
        self.closing.store(true, Ordering::Relaxed);
        let mut all = Ledger::default();
        for ledger in self.customers.join_all().await {
            all.bought.extend(ledger.bought);
            all.refused.extend(ledger.refused);
        }
        all
    }
}

impl Ledger {
    /// Fails if anybody was refused anything.
    #[track_caller]
    pub fn has_no_refusals(&self) {
        let first: Vec<String> = self.refused.iter().take(5).map(ToString::to_string).collect();
        let (refused, bought) = (self.refused.len(), self.bought.len());
        assert!(refused == 0, "{refused} requests failed beside {bought} orders; first {first:#?}");
    }
}

async fn shops(customer: Customer, items: &[u32], nth: usize, bought: &AtomicUsize, closing: &AtomicBool) -> Ledger {
    let mut ledger = Ledger::default();
    for item in items.iter().cycle().skip(nth) {
        if closing.load(Ordering::Relaxed) {
            break;
        }
        match customer.buys(*item, 1).await {
            Ok(order) => {
                ledger.bought.push(order);
                bought.fetch_add(1, Ordering::Relaxed);
            }
            Err(answer) => ledger.refused.push(answer),
        }
    }
    ledger
}
