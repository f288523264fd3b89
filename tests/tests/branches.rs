//! Two branches without a line between them: what each says of the books of the other.

use std::time::Duration;
use tests::{Cluster, awaits, seed};

/// Single copies, of which each catalog holds some.
const TITLES: u32 = 16;

#[tokio::test]
async fn a_page_says_of_a_book_that_the_other_branch_has_it_exactly_while_it_can_not_be_sold() {
    let shop = Cluster::builder().stock(seed::books((1..=TITLES).map(|item| (item, 1)))).start().await;
    let customer = shop.customer();
    awaits(Duration::from_secs(10), "each branch has its share", async || {
        let mut held = Vec::new();
        for catalog in ["catalogA", "catalogB"] {
            let ready = shop.get(catalog, "/readyz").await.json();
            held.push(ready["detail"]["units_held"].as_u64().unwrap_or(0));
        }
        let all = held.iter().sum::<u64>() == u64::from(TITLES);
        if all && !held.contains(&0) { Ok(()) } else { Err(format!("{held:?}")) }
    })
    .await;
    shop.agrees_within(Duration::from_secs(5)).await;
    shop.kill("catalogB").await;
    awaits(Duration::from_secs(5), "the frontend notices", async || {
        let page = customer.opens("/about").await;
        if page.text.contains("catalogB") && page.text.contains("down") { Ok(()) } else { Err(page.text) }
    })
    .await;
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for item in 1..=TITLES {
        let page = customer.opens(&format!("/books/{item}")).await;
        let held = page.text.contains("Held at the other branch");
        if held { there.push(item) } else { here.push(item) }
    }
    assert!(!here.is_empty() && !there.is_empty(), "here {here:?}, there {there:?}");
    for item in &there {
        customer.buys(*item, 1).await.expect_err("nobody can sell it").fails(503, "catalogB");
    }
    for item in &here {
        customer.buys(*item, 1).await.expect("it is sold here");
    }
    shop.restart("catalogB").await;
    awaits(Duration::from_secs(10), "it is the last copy again", async || {
        let page = customer.opens(&format!("/books/{}", there[0])).await;
        if page.text.contains("Held at") { Err(page.text) } else { Ok(()) }
    })
    .await;
    customer.buys(there[0], 1).await.expect("it is sold again");
}
