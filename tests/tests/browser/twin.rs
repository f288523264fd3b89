//! The browsers' twin of `crates/crdt`, as the shop serves it and a real browser runs it, against the crate's vectors.

use crate::shop;
use serde_json::{Map, Value, json};
use std::fs;
use tests::{Engine, repository};

in_each_browser! {
    the_twin_does_in_a_browser_what_the_crate_does,
}

async fn the_twin_does_in_a_browser_what_the_crate_does(engine: Engine) {
    let Some((shop, driver)) = shop(engine).await else { return };
    let browser = driver.browser().await;
    let list = crate::makes_list(&browser, &shop, "Vectors").await;
    assert!(list.starts_with("/lists/"));
    let mut files = Map::new();
    for file in fs::read_dir(repository().join("crates/crdt/tests/vectors")).expect("the vectors are there") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = fs::read_to_string(&path).expect("a vector can be read");
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            files.insert(name, serde_json::from_str(&text).expect("JSON"));
        }
    }
    let check = fs::read_to_string(repository().join("frontend/tests/twin/vectors.mjs")).expect("the check is there");
    let plays = format!(
        "{}
        const twin = [...document.querySelectorAll('link[rel=modulepreload]')].find(({{ href }}) => href.includes('/crdt.'));
        return check(await import(twin.href), JSON.parse(given[0]));",
        check.replace("export function", "function")
    );
    // As a text: on its way as a value, an item called `__proto__` would get lost.
    let said = browser.runs(&plays, &[json!(Value::Object(files).to_string())]).await;
    assert_eq!(said["wrong"], json!([]));
    assert!(said["steps"].as_u64().is_some_and(|steps| steps > 600), "{said}");
}
