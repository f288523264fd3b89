//! Somebody at the operator's desk: a browser that has shown the token and said a name.

use crate::{Answer, Cluster, Customer, hidden};
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};

/// Shows a token at the desk, as whoever is called `name`.
pub async fn signs_in_as(browser: &Customer, name: &str, token: &str) -> Answer {
    let request = browser.request(Method::POST, "/desk/sign-in").header(ACCEPT, "text/html");
    browser.send(request.form(&[("name", name), ("token", token)])).await
}

/// A browser of somebody who is at the desk.
///
/// # Panics
/// When they are not let in.
pub async fn at_desk(shop: &Cluster, name: &str) -> Customer {
    let browser = shop.customer();
    signs_in_as(&browser, name, shop.secrets().token.expose()).await.has_status(303);
    browser
}

/// Opens a page of the desk and sends a form to `action` with that page's token, its key where it has one, and `fields`.
///
/// # Panics
/// When the page has no token.
pub async fn sends_from(browser: &Customer, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.opens(page).await;
    let token = hidden(&page.text, "token").unwrap_or_else(|| panic!("no token: {page}"));
    let mut form = vec![("token".to_owned(), token)];
    form.extend(hidden(&page.text, "key").map(|key| ("key".to_owned(), key)));
    form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let request = browser.request(Method::POST, action).header(ACCEPT, "text/html");
    browser.send(request.form(&form)).await
}

/// A form with a file in it, as a browser sends it: fields by name, of which the one called `file` is one of these bytes.
pub fn with_file(fields: &[(&str, &[u8])], file: &str, file_name: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let named = if *name == file { format!("; filename=\"{file_name}\"") } else { String::new() };
        body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{named}\r\n\r\n").as_bytes());
        body.extend(*value);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    body
}

/// Sends a form that [`with_file`] made.
pub async fn sends_file(browser: &Customer, action: &str, form: Vec<u8>) -> Answer {
    let request = browser.request(Method::POST, action).header(ACCEPT, "text/html");
    browser.send(request.header(CONTENT_TYPE, "multipart/form-data; boundary=edge").body(form)).await
}
