//! A cover that an operator hands in from a browser, as customers see it.

use crate::{goes_to_the_desk, shop};
use serde_json::Value;
use tests::{Engine, repository};

in_each_browser! {
    a_picture_that_is_handed_in_at_the_desk_is_the_cover_on_the_page_of_its_book,
}

async fn a_picture_that_is_handed_in_at_the_desk_is_the_cover_on_the_page_of_its_book(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    goes_to_the_desk(&browser, &shop).await;
    browser.opens(&format!("{}/desk/books/1", shop.url("frontend"))).await;
    let picture = repository().join("frontend/static/icon-512.png");
    browser.chooses("input[type=file]", &picture).await;
    browser.clicks("form[enctype] .button").await;
    browser.says(".notice", "The book has this cover now.").await;
    browser.keeps_picture("desk-cover").await;
    browser.opens(&format!("{}/books/1", shop.url("frontend"))).await;
    let shown = "const picture = document.querySelector('.stand img');
        await picture.decode();
        return [new URL(picture.src).pathname.endsWith('.png'), picture.naturalWidth];";
    assert_eq!(browser.runs(shown, &[]).await, serde_json::json!([true, 512]));
    assert_eq!(browser.errors().await, Vec::<String>::new());
    browser.opens(&format!("{}/desk/books/1", shop.url("frontend"))).await;
    browser.clicks("form[enctype] .quiet").await;
    browser.says(".notice", "The cover is taken away; one is drawn.").await;
    browser.opens(&format!("{}/books/1", shop.url("frontend"))).await;
    let drawn = "return document.querySelector('.stand img').src.includes('.svg')";
    assert_eq!(browser.runs(drawn, &[]).await, Value::Bool(true));
}
