//! A retirement at the desk that takes more than one form.

use crate::browser::Browser;
use crate::stage::{Answer, Stage};

const LEAVE: &str = "/desk/replicas/catalogB/leave";

/// Sends the form of a page as it stands, and what was typed where something has to be.
async fn sends(browser: &mut Browser<'_>, page: &Answer, typed: Option<&str>) -> Answer {
    let main = page.body.split("<main").nth(1).expect("a page");
    let form = main.split(&format!("action=\"{LEAVE}\"")).nth(1).unwrap_or_else(|| panic!("no form: {}", page.body));
    let form = form.split("</form>").next().unwrap_or_default();
    let field =
        |input: &str, name: &str| input.split(&format!("{name}=\"")).nth(1)?.split('"').next().map(str::to_owned);
    let hidden = form.split("<input type=\"hidden\"").skip(1);
    let mut fields: Vec<(String, String)> =
        hidden.filter_map(|input| Some((field(input, "name")?, field(input, "value")?))).collect();
    fields.extend(typed.map(|name| ("confirm".to_owned(), name.to_owned())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.posts_as_it_is(LEAVE, &fields).await
}

#[actix_web::test]
async fn a_retirement_that_one_form_does_not_finish_goes_on_with_the_next_and_adds_up() {
    let mut stage = Stage::open().await;
    *stage.world.left_behind.lock().expect("no panic") = 12;
    stage.stop("catalogB").await;
    stage.until("catalogB", "down").await;
    let token = stage.secrets.token.expose().to_owned();
    let mut browser = Browser::new(&stage);
    browser.opens("/desk/sign-in").await;
    let entered = browser.posts_as_it_is("/desk/sign-in", &[("name", "Ann"), ("token", &token)]).await;
    assert_eq!(entered.status, 303, "{entered:?}");
    let plan = browser.opens(LEAVE).await;
    assert!(plan.body.contains("catalogA would take over 12 units of 1 title"), "{}", plan.body);
    let mut page = sends(&mut browser, &plan, Some("catalogB")).await;
    for so_far in [5, 10] {
        let words = format!("So far catalogA took over {so_far} units");
        assert!(page.status == 200 && page.body.contains(&words), "{words}: {}", page.body);
        assert!(page.body.contains("data-goes-on") && page.body.contains(">Go on<"), "by a script, or by its button");
        page = sends(&mut browser, &page, None).await;
    }
    assert!(page.body.contains("Done: catalogA took over 12 units"), "{}", page.body);
    assert!(!page.body.contains("data-goes-on") && page.body.contains("./runme.sh down catalogB"), "{}", page.body);
}
