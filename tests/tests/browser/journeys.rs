//! Whole journeys, as people make them: with the shop's scripts and without, with others who are after the same copy, and
//! while replicas die.

use crate::{SAVED, both_ways, goes_to_the_desk, makes_list, puts, shop};
use ::cluster::Tier;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tests::{Browser, Cluster, Doorstep, Engine, awaits};
use uuid::Uuid;

in_each_browser! {
    a_guest_finds_a_book_by_a_misspelt_author_buys_it_and_finds_the_order_again_elsewhere,
    two_carts_become_one_where_their_owner_signs_in_and_all_of_it_is_bought,
    who_presses_for_the_last_copy_too_late_is_told_so_without_a_script_as_well,
    of_two_who_give_the_same_gift_the_second_is_told_in_time_and_the_owner_sees_nothing,
    what_an_operator_puts_on_the_shelf_is_on_the_open_page_of_the_book_by_itself,
    nobody_who_checks_out_notices_that_a_replica_dies,
    the_link_of_an_order_opens_it_anywhere_and_another_link_opens_nothing,
}

/// Until replicas have told each other.
const SOON: Duration = Duration::from_secs(20);
/// Before a frontend has found out that replicas are silent.
const GIVEN_UP_AFTER: Duration = Duration::from_millis(350);

/// Presses the button that orders what is in the cart, and returns the address of the receipt.
async fn orders(browser: &Browser<'_>) -> String {
    browser.clicks("#order").await;
    browser.says(".stamp", "Sold").await;
    browser.address().await
}

/// The secret in the address of an order.
fn id(address: &str) -> Option<Uuid> {
    address.split(['/', '?']).find_map(|part| part.parse().ok())
}

/// How many copies of a book are left.
async fn left(shop: &Cluster, item: u32) -> u64 {
    let shelf = shop.shelf("catalogA").await.expect("an answer");
    shelf.iter().find(|one| one.id.0 == item).expect("the book is there").count
}

/// All that the browser of a list's owner is told of it, in lines: its page, as it comes and as it is shown, the list as programs
/// get it, and what is new to a browser that knows nothing. Without what is of the moment: the token of the forms, and how many
/// have it open, one of whom is that browser.
async fn told_to_owner(owner: &Browser<'_>, path: &str) -> Vec<String> {
    let asks = "
        const [path] = given;
        const page = await (await fetch(path)).text();
        const shown = document.querySelector('main').innerHTML;
        const list = await (await fetch(`/api/v1${path}`)).json();
        const body = JSON.stringify({ actor: 'f'.repeat(32), since: {} });
        const headers = { 'content-type': 'application/json' };
        const news = await (await fetch(`/api/v1${path}/sync`, { method: 'POST', headers, body })).json();
        const texts = [page, shown, JSON.stringify(list, null, 1), JSON.stringify(news, null, 1)];
        const told = ['Dubliners', 'Dubliners', '\"11\"', '\"11\"'].every((what, at) => texts[at].includes(what));
        if (!told) throw new Error(texts.join('\\n'));
        const moment = /name=\"token\" value=\"[^\"]*\"|<span id=\"others\">[^<]*|\"others\": [0-9]+/g;
        return texts.flatMap((text) => text.replaceAll(moment, '').split('\\n'));";
    let told = owner.runs(asks, &[json!(path)]).await;
    told.as_array().expect("a list").iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
}

/// Lets a replica of this tier die while a checkout is at the door, and says which one: the purchase is under way, and can't be
/// done before, since the order replicas are silent until then. Where one of those is to die, the one that has been asked.
async fn dies_meanwhile(shop: &Cluster, door: &Doorstep, tier: Tier) -> String {
    let checkout = door.comes().await;
    let before = asked(shop).await;
    let desks = shop.names(Tier::Order);
    for desk in &desks {
        shop.pause(desk);
    }
    let checkout = checkout.goes_in();
    let is_asked = awaits(SOON, "an order replica is asked", async || {
        let now = asked(shop).await;
        let new = now.iter().find(|(to, times)| before.get(*to) != Some(*times));
        new.map(|(to, _)| to.clone()).ok_or_else(|| format!("{now:?}"))
    });
    // The frontend may be so slow that it has given the silent ones up by then: it then waits for one to come back.
    let asked = tokio::time::timeout(GIVEN_UP_AFTER, is_asked).await.unwrap_or_else(|_| desks[0].to_owned());
    let victim = if tier == Tier::Order { asked } else { shop.names(tier)[0].to_owned() };
    shop.kill(&victim).await;
    assert!(!checkout.is_answered(), "the checkout was over before {victim} died");
    for desk in desks.iter().filter(|desk| **desk != victim) {
        shop.resume(desk);
    }
    victim
}

/// How often the frontend has sent purchases to each order replica.
async fn asked(shop: &Cluster) -> BTreeMap<String, String> {
    let metrics = shop.get("frontend", "/metrics").await.text;
    let calls =
        metrics.lines().filter(|line| line.starts_with("lane_batch_size_count") && line.contains("/internal/orders"));
    let parts = calls.filter_map(|line| {
        let to = line.split("to=\"").nth(1)?.split('"').next()?;
        Some((to.to_owned(), line.rsplit(' ').next()?.to_owned()))
    });
    parts.collect()
}

/// Puts a book in the cart from its page.
async fn puts_in_cart(browser: &Browser<'_>, url: &str, item: u32) {
    browser.opens(&format!("{url}/books/{item}")).await;
    browser.clicks(".buy .quiet").await;
    browser.says("h1", "Your cart").await;
}

async fn a_guest_finds_a_book_by_a_misspelt_author_buys_it_and_finds_the_order_again_elsewhere(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    shop.finds_all_within(SOON).await;
    let url = shop.url("frontend");
    both_ways(&driver, async |browser, way| {
        browser.opens(&url).await;
        browser.types("#q", "Hermann Melvile").await;
        browser.clicks(".find button").await;
        browser.says("#results .notice a", "herman melville").await;
        browser.keeps_picture(&format!("journey-misspelt-{}", way.name())).await;
        browser.clicks("#results a[href='/books/18']").await;
        browser.says("h1", "Moby-Dick; or, The Whale").await;
        browser.clicks(".buy .quiet").await;
        browser.says("h1", "Your cart").await;
        browser.clicks("main a[href='/checkout']").await;
        browser.types("#email", "guest@example.org").await;
        let receipt = orders(&browser).await;
        let number = browser.texts("h1").await.concat().split(' ').next_back().expect("a number").to_owned();
        browser.keeps_picture(&format!("journey-receipt-{}", way.name())).await;
        let elsewhere = driver.browser().await;
        elsewhere.opens(&format!("{}/orders", shop.url("frontendB"))).await;
        elsewhere.types("#number", &number).await;
        elsewhere.types("main #email", "guest@example.org").await;
        elsewhere.clicks("section.more form button").await;
        elsewhere.says(".stamp", "Sold").await;
        assert_eq!(id(&elsewhere.address().await), id(&receipt));
        assert!(id(&receipt).is_some(), "{receipt}");
    })
    .await;
}

async fn two_carts_become_one_where_their_owner_signs_in_and_all_of_it_is_bought(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let (at_home, away) = (shop.url("frontend"), shop.url("frontendB"));
    both_ways(&driver, async |browser, way| {
        let (email, password) = (format!("ada-{}@example.org", way.name()), "correct horse");
        puts_in_cart(&browser, &at_home, 1).await;
        browser.opens(&format!("{at_home}/sign-up?next=%2Fcart")).await;
        browser.types("#email", &email).await;
        browser.types("#password", password).await;
        browser.clicks(".ask button").await;
        browser.says("h1", "Your cart").await;
        let elsewhere = way.browser(&driver).await;
        puts_in_cart(&elsewhere, &away, 2).await;
        elsewhere.opens(&format!("{away}/sign-in?next=%2Fcart")).await;
        elsewhere.types("#email", &email).await;
        elsewhere.types("#password", password).await;
        elsewhere.clicks(".ask button").await;
        elsewhere.says(".total span", "Total for 2 copies").await;
        elsewhere.keeps_picture(&format!("journey-union-{}", way.name())).await;
        elsewhere.clicks("main a[href='/checkout']").await;
        orders(&elsewhere).await;
        let titles = ["How to get a good grade in 677 in 20 minutes a day.", "RPCs for Dummies."];
        elsewhere.shows(".receipt tbody th", &titles).await;
        browser.opens(&format!("{at_home}/cart")).await;
        browser.says("h1", "Your cart").await;
        assert_eq!(browser.texts(".row").await, [""; 0], "what was bought is in the cart no more");
    })
    .await;
}

async fn who_presses_for_the_last_copy_too_late_is_told_so_without_a_script_as_well(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.without_script().await;
    let page = format!("{}/books/6", shop.url("frontend"));
    browser.opens(&page).await;
    browser.says("#offer .stock", "Last copy").await;
    shop.customer_at("frontendB").buys(6, 1).await.expect("sold");
    browser.clicks("form.buy button").await;
    browser.says(".notice", "Somebody was quicker: the last copy has just been sold. Nothing was charged.").await;
    browser.keeps_picture("journey-last-copy-gone").await;
    browser.opens(&page).await;
    browser.says("#offer .stock", "Sold out").await;
}

async fn of_two_who_give_the_same_gift_the_second_is_told_in_time_and_the_owner_sees_nothing(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let owner = driver.browser().await;
    let before = shop.customer().looks_up(11).await.expect("a book").count;
    both_ways(&driver, async |second, way| {
        let path = makes_list(&owner, &shop, &format!("Birthday {}", way.name())).await;
        owner.clicks("summary:has(+ form #kind-field)").await;
        owner.clicks("#kind-field option[value=gift]").await;
        owner.clicks("form:has(#kind-field) button").await;
        puts(&owner, "11").await;
        owner.says("#status", SAVED).await;
        owner.says("#kind", "Gift list").await;
        let link = "return document.querySelector('section.more a[href^=\"/lists/\"]').getAttribute('href')";
        let to_give = owner.runs(link, &[]).await.as_str().expect("a link").to_owned();
        let first = driver.browser().await;
        first.opens(&format!("{}{to_give}", shop.url("frontend"))).await;
        second.opens(&format!("{}{to_give}", shop.url("frontendB"))).await;
        second.says(".line .title", "Dubliners").await;
        let page = format!("{}{path}", shop.url("frontend"));
        owner.opens(&page).await;
        owner.is_ready().await;
        owner.says("#status", SAVED).await;
        let before = told_to_owner(&owner, &path).await;
        first.clicks(".give button").await;
        first.says(".stamp", "Sold").await;
        second.clicks(".give button").await;
        second.says(".notice", "Somebody was quicker: that is given already. Nothing was bought.").await;
        second.says(".given", "Given already").await;
        second.keeps_picture(&format!("journey-gift-{}", way.name())).await;
        owner.opens(&page).await;
        owner.is_ready().await;
        owner.says("#status", SAVED).await;
        owner.says("#lines .title", "Dubliners").await;
        assert_eq!(owner.texts(".given").await, [""; 0], "the owner sees nothing of it");
        let after = told_to_owner(&owner, &path).await;
        let new: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
        assert!(new.is_empty() && after.len() == before.len(), "the owner's browser is told of it: {new:#?}");
    })
    .await;
    shop.carts_count_within(SOON).await;
    let left = shop.customer().looks_up(11).await.expect("a book").count;
    assert_eq!(left, before - 2, "one copy of each list is sold");
}

async fn what_an_operator_puts_on_the_shelf_is_on_the_open_page_of_the_book_by_itself(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let (browser, operator) = (driver.browser().await, driver.browser().await);
    browser.opens(&format!("{}/books/6", shop.url("frontendB"))).await;
    browser.says("#offer .stock", "Last copy").await;
    goes_to_the_desk(&operator, &shop).await;
    operator.opens(&format!("{}/desk/books/6", shop.url("frontend"))).await;
    operator.types("form:has([value=difference]) [name=value]", "20").await;
    operator.clicks("form:has([value=difference]) button").await;
    operator.says("dl.facts div:nth-child(3) dd", "21").await;
    browser.says("#offer .stock", "In stock").await;
    browser.keeps_picture("journey-restocked").await;
    assert_eq!(browser.errors().await, [""; 0]);
}

async fn nobody_who_checks_out_notices_that_a_replica_dies(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    shop.agrees_within(SOON).await;
    let door = Doorstep::of(&shop.url("frontend"), "POST /checkout ").await;
    for tier in [Tier::Catalog, Tier::Order, Tier::Cart] {
        both_ways(&driver, async |browser, way| {
            let (left, known) = (left(&shop, 1).await, shop.orders("orderA").await.expect("an answer"));
            puts_in_cart(&browser, door.url(), 1).await;
            browser.clicks("main a[href='/checkout']").await;
            browser.says("h1", "Checkout").await;
            let (receipt, victim) = futures::join!(orders(&browser), dies_meanwhile(&shop, &door, tier));
            browser.keeps_picture(&format!("journey-{tier}-dies-{}", way.name())).await;
            shop.launch(&victim);
            shop.is_ready(&victim).await;
            shop.agrees_within(SOON).await;
            let orders = shop.orders("orderB").await.expect("an answer");
            let [order] = orders.difference(&known).collect::<Vec<_>>()[..] else { panic!("{victim}: {orders:?}") };
            assert_eq!((order.item, order.quantity, id(&receipt)), (1, 1, Some(order.uuid)), "{victim}");
            assert_eq!(self::left(&shop, 1).await, left - 1, "{victim}: one copy is sold");
        })
        .await;
    }
}

async fn the_link_of_an_order_opens_it_anywhere_and_another_link_opens_nothing(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    both_ways(&driver, async |browser, way| {
        puts_in_cart(&browser, &shop.url("frontend"), 2).await;
        browser.clicks("main a[href='/checkout']").await;
        let receipt = orders(&browser).await;
        let heading = browser.texts("h1").await.concat();
        let anywhere = way.browser(&driver).await;
        let there = receipt.replace(&shop.url("frontend"), &shop.url("frontendB"));
        anywhere.opens(&there).await;
        anywhere.says("h1", &heading).await;
        anywhere.shows(".receipt tbody th", &["RPCs for Dummies."]).await;
        assert_eq!(anywhere.texts(".after a[href='/orders']").await, [""; 0], "it is not the order of this browser");
        // One digit is another.
        let secret = id(&receipt).expect("a secret").to_string();
        let changed = format!("{}{}", &secret[..35], if secret.ends_with('0') { '1' } else { '0' });
        let wrong = there.replace(&secret, &changed);
        anywhere.opens(&wrong).await;
        anywhere.says(".failure .code", "404").await;
        let answer = shop.customer().opens(&wrong.replace(&shop.url("frontendB"), "")).await;
        answer.has_status(404);
        for what in [heading.as_str(), secret.as_str(), "RPCs", "20.00", "Sold"] {
            assert!(!answer.text.contains(what), "{what} is in what somebody sees who has not the link: {answer}");
            assert!(!anywhere.texts("html").await.concat().contains(what), "{what}");
        }
    })
    .await;
}
