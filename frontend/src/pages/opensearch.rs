//! `/opensearch.xml`: how a browser searches this shop from its own bar, as `OpenSearch` 1.1 describes it, in the language
//! that its address names.

use crate::language::Language;
use crate::visitor;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use actix_web::{HttpRequest, HttpResponse};

/// The shop as the browser reached it: an address in the document has to be a whole one.
pub(super) async fn description(request: HttpRequest) -> HttpResponse {
    let connection = request.connection_info();
    let origin = escaped(&format!("{}://{}", connection.scheme(), connection.host()));
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/opensearchdescription+xml; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((VARY, "Host, X-Forwarded-Host, X-Forwarded-Proto, Forwarded"))
        .body(document(&origin, visitor::named_language(&request)))
}

fn document(origin: &str, language: Language) -> String {
    let (about, tag) = (language.say().around.opensearch, language.tag());
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
<ShortName>Bookend</ShortName>
<Description>{about}</Description>
<Language>{tag}</Language>
<InputEncoding>UTF-8</InputEncoding>
<Image width="16" height="16" type="image/svg+xml">{origin}/favicon.svg</Image>
<Url type="text/html" method="get" template="{origin}/find?q={{searchTerms}}"/>
<Url type="application/atom+xml;profile=opds-catalog;kind=acquisition" template="{origin}/opds1/find?query={{searchTerms}}"/>
</OpenSearchDescription>
"#
    )
}

/// A text as it may stand in XML, also within quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() => (),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_somebody_made_up_stays_a_text() {
        let document = document(&escaped("http://x\"/><script>&\u{0}"), Language::German);
        assert!(document.contains("http://x&quot;/&gt;&lt;script&gt;&amp;/find?q={searchTerms}"), "{document}");
        assert!(document.contains("<Language>de</Language>") && document.contains("Bücher nach Titel"), "{document}");
    }
}
