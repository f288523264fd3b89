//! A file of books is sent at the desk, and its page says how far it is.

use crate::pages::wrongs;
use crate::{Way, both_ways, goes_to_the_desk, shop};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use tests::Engine;

in_each_browser! {
    a_file_is_sent_and_its_page_says_by_itself_that_it_is_in_or_what_is_wrong_with_it,
}

async fn a_file_is_sent_and_its_page_says_by_itself_that_it_is_in_or_what_is_wrong_with_it(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let mut rows = "id,title,topic,price\n".to_owned();
    for id in 5_000..8_000 {
        writeln!(rows, "{id},Book {id},many,1").expect("written");
    }
    let (good, bad) = (shop.paths().root().join("good.csv"), shop.paths().root().join("bad.csv"));
    fs::write(&good, &rows).expect("a file");
    fs::write(&bad, format!("{rows}9000,,many,1\n9001,Dear,many,a lot\n")).expect("a file");
    let imports = format!("{}/desk/imports", shop.url("frontend"));
    both_ways(&driver, async |browser, way| {
        goes_to_the_desk(&browser, &shop).await;
        let mut paths = BTreeSet::from(["/desk/imports".to_owned(), "/desk/changes".to_owned()]);
        for (file, what, said) in [
            (&bad, "check", "Checked: 3,000 good rows and 2 bad ones; nothing was imported"),
            (&good, "import", "Imported 3,000 books"),
        ] {
            browser.opens(&imports).await;
            browser.clicks(&format!("input[value={what}]")).await;
            browser.chooses("input[type=file]", file).await;
            browser.clicks("main .change button").await;
            browser.says("#picture p", said).await;
            browser.keeps_picture(&format!("desk-import-{what}-{}", way.name())).await;
            paths.insert(browser.address().await.replace(&shop.url("frontend"), ""));
        }
        if way == Way::WithScript && engine == Engine::Chromium {
            let wrong = wrongs(&browser, &shop, &paths, "").await;
            assert!(wrong.is_empty(), "{} violations\n{}", wrong.len(), wrong.join("\n"));
        }
    })
    .await;
}
