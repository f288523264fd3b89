//! Buying with a cart, as a browser does it: without a script from the shelf to the receipt, and every state of the cart,
//! the checkout and the account by the rules of accessibility. Pages that show themselves without any of it are in `pages`.

use crate::pages::violations;
use crate::shop;
use serde_json::{Value, json};
use tests::{Browser, Engine};

in_each_browser! {
    without_a_script_a_guest_finds_puts_aside_checks_out_and_sees_the_order_again,
    no_state_of_cart_checkout_or_account_breaks_a_rule_of_accessibility,
    whoever_put_a_title_aside_here_and_at_home_is_told_so_in_words_without_a_script,
}

/// What is wrong with the page as it stands, light and dark, narrow and wide.
async fn wrongs(browser: &Browser<'_>, state: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (dark, width) in [(false, 1280), (true, 360), (true, 320)] {
        browser.is_dark(dark).await;
        browser.is_sized(width, 900).await;
        let how = format!("{state}, {}, {width} px", if dark { "dark" } else { "light" });
        wrong.extend(violations(browser).await.into_iter().map(|one| format!("{how}: {one}")));
        let wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        if browser.runs(wide, &[]).await == Value::Bool(true) {
            wrong.push(format!("{how}: it scrolls sideways"));
        }
        browser.keeps_picture(&format!("{state}-{width}")).await;
    }
    browser.is_sized(1280, 900).await;
    wrong
}

/// What is wrong with a summary of errors: it has the focus, the title says so, and each link leads to something.
async fn wrong_summary(browser: &Browser<'_>, state: &str) -> Vec<String> {
    let looks = "
        const summary = document.querySelector('.errors');
        const links = [...summary.querySelectorAll('a')].map((link) => link.getAttribute('href'));
        return [document.activeElement === summary, document.title.startsWith('Please look again'),
            links.length > 0 && links.every((href) => document.querySelector(href) !== null)];";
    let said = browser.runs(looks, &[]).await;
    if said == json!([true, true, true]) { Vec::new() } else { vec![format!("{state}: focus, title, links: {said}")] }
}

async fn without_a_script_a_guest_finds_puts_aside_checks_out_and_sees_the_order_again(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let (browser, url) = (driver.without_script().await, shop.url("frontend"));
    browser.opens(&format!("{url}/topics/novels")).await;
    browser.clicks(".card .add").await;
    browser.says("h1", "Your cart").await;
    browser.clicks(".notice a").await;
    browser.says("h1", "novels").await;
    browser.opens(&format!("{url}/books/1")).await;
    browser.types("input[name=quantity]", "2").await;
    browser.clicks(".buy .quiet").await;
    browser.says(".top .count", "3 in it").await;
    browser.clicks(".row:first-child .quiet").await;
    browser.says(".top .count", "1 in it").await;
    browser.clicks(".notice button").await;
    browser.says(".total span", "Total for 3 copies").await;
    browser.types("#quantity-1", "1").await;
    browser.clicks(".row:first-child .small").await;
    browser.says(".total span", "Total for 2 copies").await;
    browser.clicks("main a[href='/checkout']").await;
    browser.says("h1", "Checkout").await;
    browser.clicks("#order").await;
    browser.says(".stamp", "Sold").await;
    let order = browser.address().await;
    browser.clicks(".after a[href='/orders']").await;
    browser.says("h1", "Your orders").await;
    browser.clicks(".orders a").await;
    browser.says(".stamp", "Sold").await;
    assert_eq!(browser.address().await, order);
}

async fn no_state_of_cart_checkout_or_account_breaks_a_rule_of_accessibility(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let (browser, url) = (driver.browser().await, shop.url("frontend"));
    let mut wrong = Vec::new();
    browser.opens(&format!("{url}/books/1")).await;
    browser.clicks(".buy .quiet").await;
    browser.says("h1", "Your cart").await;
    wrong.extend(wrongs(&browser, "cart-added").await);
    browser.types("#quantity-1", "50").await;
    browser.clicks(".row .small").await;
    browser.says(".total span", "Total for 50 copies").await;
    wrong.extend(wrongs(&browser, "cart-short").await);
    browser.opens(&format!("{url}/checkout")).await;
    browser.clicks("#order").await;
    browser.says("#trouble", "One book falls short: nothing was bought").await;
    wrong.extend(wrong_summary(&browser, "checkout-short").await);
    wrong.extend(wrongs(&browser, "checkout-short").await);
    browser.clicks("#mend-1").await;
    browser.says("#order", "Place the order · 150.00 €").await;
    wrong.extend(wrongs(&browser, "checkout").await);
    browser.clicks("main a[href^='/sign-in']").await;
    browser.types("#email", "ada@example.org").await;
    browser.types("#password", "battery staple").await;
    browser.clicks(".ask button").await;
    browser.says("#errors", "Please look again").await;
    wrong.extend(wrong_summary(&browser, "sign-in-wrong").await);
    wrong.extend(wrongs(&browser, "sign-in-wrong").await);
    browser.clicks(".slip a[href^='/sign-up']").await;
    browser.says("h1", "Make an account").await;
    wrong.extend(wrongs(&browser, "sign-up").await);
    browser.types("#email", "ada@example.org").await;
    browser.types("#password", "correct horse").await;
    browser.clicks(".ask button").await;
    browser.says("h1", "Checkout").await;
    wrong.extend(wrongs(&browser, "checkout-joined").await);
    browser.clicks("#order").await;
    browser.says(".stamp", "Sold").await;
    wrong.extend(wrongs(&browser, "order-of-member").await);
    for (path, heading) in [("/orders", "Your orders"), ("/account", "Your account")] {
        browser.opens(&format!("{url}{path}")).await;
        browser.says("h1", heading).await;
        wrong.extend(wrongs(&browser, path.trim_start_matches('/')).await);
    }
    browser.types("#old", "wrong horse").await;
    browser.types("#new", "battery staple").await;
    browser.clicks(".ask button").await;
    browser.says("#errors", "Please look again").await;
    wrong.extend(wrong_summary(&browser, "account-wrong").await);
    wrong.extend(wrongs(&browser, "account-wrong").await);
    assert!(wrong.is_empty(), "{} violations\n{}", wrong.len(), wrong.join("\n"));
}

async fn whoever_put_a_title_aside_here_and_at_home_is_told_so_in_words_without_a_script(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let (browser, url) = (driver.without_script().await, shop.url("frontend"));
    let puts_in = async |copies: &str| {
        browser.opens(&format!("{url}/books/1")).await;
        browser.types("[name=quantity]", copies).await;
        browser.clicks(".buy .quiet").await;
        browser.says("h1", "Your cart").await;
    };
    let enters = async |page: &str| {
        browser.opens(&format!("{url}{page}")).await;
        browser.types("#email", "ada@example.org").await;
        browser.types("#password", "correct horse").await;
        browser.clicks(".ask button").await;
    };
    enters("/sign-up").await;
    browser.says("h1", "Your account").await;
    puts_in("3").await;
    browser.opens(&format!("{url}/account")).await;
    browser.clicks("form[action='/sign-out'] button").await;
    browser.says("h1", "Sign in").await;
    puts_in("2").await;
    enters("/sign-in").await;
    browser.says("h1", "Your cart").await;
    let title = "How to get a good grade in 677 in 20 minutes a day.";
    let met = format!("{title}: You had 2 here and 3 in your account: 5 now.");
    browser.says(".notice li", &met).await;
    browser.keeps_picture("cart-met").await;
    is_told_no_more(&browser, &url).await;
}

/// What was told once is not told of another cart, nor of this one after it was changed.
async fn is_told_no_more(browser: &Browser<'_>, url: &str) {
    browser.types("#quantity-1", "4").await;
    browser.clicks(".row .small").await;
    browser.says(".total span", "Total for 4 copies").await;
    browser.opens(&format!("{url}/cart?joined=1-2-3")).await;
    browser.says("h1", "Your cart").await;
    assert_eq!(browser.texts(".notice li").await, [""; 0]);
}
