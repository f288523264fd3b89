//! Gift lists: what is given is bought once, and its owner sees nothing of it.

use futures::future::join_all;
use reqwest::Method;
use tests::{Answer, Cluster, Customer};

/// The value of a hidden field of a page's first form that has it.
fn field(page: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.text.split(&start).nth(1).unwrap_or_else(|| panic!("no {name}: {page}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

async fn sends(customer: &Customer, path: &str, page: &Answer, form: &[(&str, &str)]) -> Answer {
    let token = field(page, "token");
    let mut all = vec![("token", token.as_str())];
    all.extend(form);
    customer.send(customer.request(Method::POST, path).form(&all)).await
}

/// Makes a gift list with one copy of a book: the path to write it, and the one for those who give.
async fn list(owner: &Customer, item: &str) -> (String, String) {
    let page = owner.opens("/lists").await;
    let form = [("do", "make"), ("name", "Birthday"), ("kind", "gift"), ("what", item)];
    let made = sends(owner, "/lists", &page, &form).await;
    let path = made.has_status(303).headers["location"].to_str().expect("an address").to_owned();
    let page = owner.opens(&path).await;
    let to_read = page.text.split("href=\"/lists/").find(|part| part.find('"') == Some(64)).expect("a link to read");
    (path, format!("/lists/{}", &to_read[..64]))
}

/// Presses the button of a page that was opened before.
async fn gives(giver: &Customer, path: &str, page: &Answer, item: &str) -> Answer {
    sends(giver, path, page, &[("do", "give"), ("item", item)]).await
}

#[tokio::test]
async fn of_many_who_give_the_same_copy_at_once_one_buys_it_and_the_owner_sees_nothing() {
    let shop = Cluster::builder().carts(3).frontends(2).start().await;
    let owner = shop.customer();
    let (own, to_give) = list(&owner, "4").await;
    let before = owner.opens(&own).await.text;
    let stock = owner.looks_up(4).await.expect("a book").count;
    let givers: Vec<_> =
        (0..10).map(|at| shop.customer_at(if at % 2 == 0 { "frontend" } else { "frontendB" })).collect();
    let pages = join_all(givers.iter().map(|giver| giver.opens(&to_give))).await;
    let press = |(giver, page)| gives(giver, &to_give, page, "4");
    let answers = join_all(givers.iter().zip(&pages).map(press)).await;
    let given: Vec<usize> = (0..10).filter(|at| answers[*at].status == 303).collect();
    assert_eq!(given.len(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 303) {
        assert!(answer.status == 409 && answer.text.contains("Somebody was quicker"), "{answer}");
    }
    // Pressing again is the same order, and shows it.
    let again = gives(&givers[given[0]], &to_give, &pages[given[0]], "4").await;
    let order = &answers[given[0]].headers["location"];
    assert_eq!(&again.has_status(303).headers["location"], order);
    let order = order.to_str().expect("an address");
    assert!(givers[given[0]].opens(order).await.has_status(200).text.contains("Cooking for the Impatient"));
    let left = shop.customer().looks_up(4).await.expect("a book").count;
    assert_eq!(left, stock - 1, "one copy is sold");
    assert!(shop.customer().opens(&to_give).await.text.contains("Given already"));
    assert_eq!(owner.opens(&own).await.text, before, "the owner's page is what it was");
}

#[tokio::test]
async fn of_two_copies_that_are_wanted_two_can_be_given_and_nothing_else_on_the_list() {
    let shop = Cluster::builder().carts(3).start().await;
    let owner = shop.customer();
    let (own, to_give) = list(&owner, "4").await;
    let page = owner.opens(&own).await;
    sends(&owner, &own, &page, &[("do", "count"), ("item", "4"), ("count", "2")]).await.has_status(303);
    let (ada, ben, eve) = (shop.customer(), shop.customer(), shop.customer());
    let pages = [ada.opens(&to_give).await, eve.opens(&to_give).await];
    gives(&ada, &to_give, &pages[0], "4").await.has_status(303);
    let ben_sees = ben.opens(&to_give).await;
    assert!(ben_sees.text.contains("1 of 2 given"), "{ben_sees}");
    // She gives one copy, however often she presses.
    gives(&ada, &to_give, &pages[0], "4").await.has_status(303);
    gives(&ben, &to_give, &ben_sees, "4").await.has_status(303);
    gives(&eve, &to_give, &pages[1], "4").await.has_status(409);
    gives(&eve, &to_give, &pages[1], "3").await.has_status(422);
    // A list that is none of gifts any more sells nothing, and the link to write never did.
    let about = [("do", "about"), ("name", "Birthday"), ("kind", "wish")];
    sends(&owner, &own, &page, &about).await.has_status(303);
    let page = eve.opens(&own).await;
    sends(&eve, &to_give, &page, &[("do", "give"), ("item", "4")]).await.has_status(422);
    sends(&eve, &own, &page, &[("do", "give"), ("item", "4")]).await.has_status(422);
    shop.agrees_within(std::time::Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_gift_whose_order_was_cancelled_can_be_given_again() {
    let shop = Cluster::builder().carts(3).start().await;
    let owner = shop.customer();
    let (_, to_give) = list(&owner, "4").await;
    let (ada, ben) = (shop.customer(), shop.customer());
    let page = ada.opens(&to_give).await;
    let first = gives(&ada, &to_give, &page, "4").await.has_status(303).header("location").to_owned();
    let order = first.rsplit('/').next().expect("an id");
    let step = format!("/internal/orders/{order}/step");
    let cancel =
        shop.operator().as_replica(Method::POST, "orderA", &step).json(&serde_json::json!({"to": "cancelled"}));
    Answer::to(cancel).await.has_status(200);
    let page = ben.opens(&to_give).await;
    assert!(!page.text.contains("Given already"), "{page}");
    let second = gives(&ben, &to_give, &page, "4").await.has_status(303).header("location").to_owned();
    assert_ne!(first, second);
    assert!(ada.opens(&to_give).await.text.contains("Given already"));
}
