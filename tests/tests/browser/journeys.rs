//! Whole journeys, as people make them: with the shop's scripts and without, with others who are after the same copy, and
//! while replicas die.

use crate::{SAVED, makes_list, puts, shop};
use std::time::Duration;
use tests::{Browser, Cluster, Driver, Engine};
use uuid::Uuid;

in_each_browser! {
    a_guest_finds_a_book_by_a_misspelt_author_buys_it_and_finds_the_order_again_elsewhere,
    two_carts_become_one_where_their_owner_signs_in_and_all_of_it_is_bought,
    who_presses_for_the_last_copy_too_late_is_told_so_without_a_script_as_well,
    of_two_who_give_the_same_gift_the_second_is_told_in_time_and_the_owner_sees_nothing,
    what_an_operator_puts_on_the_shelf_is_on_the_open_page_of_the_book_by_itself,
    nobody_who_checks_out_notices_that_a_replica_dies,
}

/// Until replicas have told each other.
const SOON: Duration = Duration::from_secs(20);

/// Lets somebody make the journey twice, in new browsers: with the shop's scripts, and without any.
async fn both_ways(driver: &Driver, journey: impl AsyncFn(Browser<'_>, &str)) {
    journey(driver.browser().await, "with-script").await;
    journey(driver.without_script().await, "without-script").await;
}

/// Presses the button that orders what is in the cart, and returns the address of the receipt.
async fn orders(browser: &Browser<'_>) -> String {
    browser.clicks("#order").await;
    browser.says(".stamp", "Sold").await;
    browser.address().await
}

/// Opens the desk as Ann.
async fn goes_to_the_desk(browser: &Browser<'_>, shop: &Cluster) {
    browser.opens(&format!("{}/desk/sign-in", shop.url("frontend"))).await;
    browser.types("input[name=name]", "Ann").await;
    browser.types("input[name=token]", shop.secrets().token.expose()).await;
    browser.clicks(".change button").await;
    browser.says("h1", "The shop now").await;
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
        browser.keeps_picture(&format!("journey-misspelt-{way}")).await;
        browser.clicks("#results a[href='/books/18']").await;
        browser.says("h1", "Moby-Dick; or, The Whale").await;
        browser.clicks(".buy .quiet").await;
        browser.says("h1", "Your cart").await;
        browser.clicks("main a[href='/checkout']").await;
        browser.types("#email", "guest@example.org").await;
        let receipt = orders(&browser).await;
        let number = browser.texts("h1").await.concat().split(' ').next_back().expect("a number").to_owned();
        browser.keeps_picture(&format!("journey-receipt-{way}")).await;
        let elsewhere = driver.browser().await;
        elsewhere.opens(&format!("{}/orders", shop.url("frontendB"))).await;
        elsewhere.types("#number", &number).await;
        elsewhere.types("main #email", "guest@example.org").await;
        elsewhere.clicks("section.more form button").await;
        elsewhere.says(".stamp", "Sold").await;
        let id = |address: &str| address.split(['/', '?']).find_map(|part| part.parse::<Uuid>().ok());
        assert_eq!(id(&elsewhere.address().await), id(&receipt));
        assert!(id(&receipt).is_some(), "{receipt}");
    })
    .await;
}

async fn two_carts_become_one_where_their_owner_signs_in_and_all_of_it_is_bought(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let (at_home, away) = (shop.url("frontend"), shop.url("frontendB"));
    both_ways(&driver, async |browser, way| {
        let (email, password) = (format!("ada-{way}@example.org"), "correct horse");
        puts_in_cart(&browser, &at_home, 1).await;
        browser.opens(&format!("{at_home}/sign-up?next=%2Fcart")).await;
        browser.types("#email", &email).await;
        browser.types("#password", password).await;
        browser.clicks(".ask button").await;
        browser.says("h1", "Your cart").await;
        let elsewhere = driver.browser().await;
        puts_in_cart(&elsewhere, &away, 2).await;
        elsewhere.opens(&format!("{away}/sign-in?next=%2Fcart")).await;
        elsewhere.types("#email", &email).await;
        elsewhere.types("#password", password).await;
        elsewhere.clicks(".ask button").await;
        elsewhere.says(".total span", "Total for 2 copies").await;
        elsewhere.keeps_picture(&format!("journey-union-{way}")).await;
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
        let path = makes_list(&owner, &shop, &format!("Birthday {way}")).await;
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
        first.clicks(".give button").await;
        first.says(".stamp", "Sold").await;
        second.clicks(".give button").await;
        second.says(".notice", "Somebody was quicker: that is given already. Nothing was bought.").await;
        second.says(".given", "Given already").await;
        second.keeps_picture(&format!("journey-gift-{way}")).await;
        owner.opens(&format!("{}{path}", shop.url("frontend"))).await;
        owner.is_ready().await;
        owner.says("#lines .title", "Dubliners").await;
        assert_eq!(owner.texts(".given").await, [""; 0], "the owner sees nothing of it");
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
    for victim in ["catalogA", "orderA", "cartA"] {
        let before = shop.customer().looks_up(1).await.expect("a book").count;
        both_ways(&driver, async |browser, way| {
            puts_in_cart(&browser, &shop.url("frontend"), 1).await;
            browser.clicks("main a[href='/checkout']").await;
            browser.says("h1", "Checkout").await;
            shop.kill(victim).await;
            orders(&browser).await;
            browser.keeps_picture(&format!("journey-{victim}-dies-{way}")).await;
            shop.launch(victim);
            shop.is_ready(victim).await;
        })
        .await;
        shop.agrees_within(SOON).await;
        let left = shop.customer().looks_up(1).await.expect("a book").count;
        assert_eq!(left, before - 2, "{victim}: each order is one");
    }
}
