//! Smaller on the way: what the shop writes is compressed for whoever takes it so.
//!
//! Brotli before gzip, in whatever order a browser names them: the framework's own middleware takes the first that is
//! named, and sends without a length. What has no end of its own (events, long files) is sent as it comes.
//!
//! A length tells something of what was compressed together: a form's token, and words that are searched for. To use that,
//! somebody would have to watch the line and let a visitor's browser ask thousands of times with its cookie. The cookies of
//! the shop are `SameSite`, so a page from elsewhere could do that in no other way than window after window.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY};
use actix_web::middleware::Next;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// What is smaller than this, in bytes, fits into a packet anyway.
const LEAST: usize = 256;
/// How hard Brotli tries: for what is sent many times, and for what is made for one.
const BEST: i32 = 11;
const QUICK: i32 = 5;

/// How an answer is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// The better one of those that are taken: named, and not with a weight of zero.
    pub(crate) fn taken(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(ACCEPT_ENCODING)?.to_str().ok()?;
        [Self::Brotli, Self::Gzip].into_iter().find(|coding| takes(accepted, coding.name()))
    }

    /// What it is called in headers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// As small as it goes, for what is kept and sent many times; `None` where it would not be smaller.
    pub(crate) fn best(self, content: &[u8]) -> Option<Vec<u8>> {
        self.compressed(content, BEST, Compression::best())
    }

    /// Quickly, for what is sent once; `None` where it would not be smaller.
    fn quick(self, content: &[u8]) -> Option<Vec<u8>> {
        self.compressed(content, QUICK, Compression::default())
    }

    fn compressed(self, content: &[u8], quality: i32, level: Compression) -> Option<Vec<u8>> {
        let mut small = Vec::new();
        match self {
            Self::Brotli => {
                let wanted =
                    BrotliEncoderParams { quality, size_hint: content.len(), ..BrotliEncoderParams::default() };
                brotli::BrotliCompress(&mut &*content, &mut small, &wanted).ok()?;
            }
            Self::Gzip => {
                let mut encoder = GzEncoder::new(&mut small, level);
                encoder.write_all(content).ok()?;
                encoder.finish().ok()?;
            }
        }
        Some(small).filter(|small| small.len() < content.len())
    }
}

fn takes(accepted: &str, coding: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = parts.any(|weight| weight.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
        named && !refused
    })
}

/// Compresses answers that are texts, whole, and not compressed already.
///
/// # Errors
/// Whatever an inner middleware failed with.
pub(crate) async fn compressed<B>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<BoxBody>, Error>
where
    B: MessageBody + 'static,
{
    let response = next.call(request).await?.map_into_boxed_body();
    if response.headers().contains_key(CONTENT_ENCODING) || !is_text(response.headers()) {
        return Ok(response);
    }
    let coding = Coding::taken(response.request().headers());
    Ok(response.map_body(|head, body| {
        let bytes = match body.try_into_bytes() {
            Ok(bytes) if bytes.len() >= LEAST => bytes,
            Ok(bytes) => return BoxBody::new(bytes),
            Err(endless) => return endless,
        };
        head.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
        match coding.and_then(|coding| Some((coding, coding.quick(&bytes)?))) {
            Some((coding, small)) => {
                head.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
                BoxBody::new(small)
            }
            None => BoxBody::new(bytes),
        }
    }))
}

/// Pictures that are not drawings are small already.
fn is_text(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media.starts_with("text/") || media.contains("xml") || media.contains("json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::CONTENT_LENGTH;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};

    fn taken(accepted: &'static str) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        Coding::taken(&headers)
    }

    #[test]
    fn the_smaller_coding_is_sent_to_those_only_who_take_it() {
        for (accepted, coding) in [
            ("gzip, deflate, br, zstd", Some(Coding::Brotli)),
            ("gzip;q=1, BR ; q=0.1", Some(Coding::Brotli)),
            ("br;q=0, gzip;q=0.5", Some(Coding::Gzip)),
            ("GZIP ; q=1", Some(Coding::Gzip)),
            ("gzip;q=0", None),
            ("gzip; q=0.000, br;q=0", None),
            ("x-gzip, brotli", None),
            ("", None),
        ] {
            assert_eq!(taken(accepted), coding, "{accepted}");
        }
        assert_eq!(Coding::taken(&HeaderMap::new()), None);
    }

    #[actix_web::test]
    async fn a_text_is_compressed_and_says_so_while_small_ones_and_pictures_stay() {
        let answer = async |media: &'static str, bytes: usize| {
            let body =
                move || async move { HttpResponse::Ok().insert_header((CONTENT_TYPE, media)).body("a".repeat(bytes)) };
            let app = init_service(App::new().wrap(from_fn(compressed)).route("/", web::get().to(body))).await;
            let request = TestRequest::get().uri("/").insert_header((ACCEPT_ENCODING, "gzip, br"));
            call_service(&app, request.to_request()).await
        };
        let text = answer("text/html; charset=utf-8", 10_000).await;
        assert_eq!(text.headers().get(CONTENT_ENCODING), Some(&HeaderValue::from_static("br")));
        assert_eq!(text.headers().get(VARY), Some(&HeaderValue::from_static("accept-encoding")));
        assert!(text.headers().get(CONTENT_LENGTH).is_none_or(|length| length != "10000"));
        assert!(actix_web::body::to_bytes(text.into_body()).await.expect("a body").len() < 100);
        for (media, bytes) in [("text/html", LEAST - 1), ("image/png", 10_000)] {
            let plain = answer(media, bytes).await;
            assert_eq!(plain.headers().get(CONTENT_ENCODING), None, "{media}");
            assert_eq!(actix_web::body::to_bytes(plain.into_body()).await.expect("a body").len(), bytes);
        }
    }
}
