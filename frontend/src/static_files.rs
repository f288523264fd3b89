//! The style sheet, the scripts, the icons and `robots.txt`: in the program itself, under addresses made of their content.
//!
//! Another content is another address, so a browser may keep what it has for ever. A script that imports another one says
//! its plain name; the address of the other one is put in its place when the program starts, so that a change of one file
//! is a change of all that build on it. What must keep its address (the service worker, the manifest) is asked for anew
//! each time. Covers are drawn, not stored: see `pages/cover.rs`.

mod lean;

use crate::coding::Coding;
use crate::language::Language;
use crate::visitor;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use actix_web::web::{self, Bytes, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use serve::get_or_head;
use std::sync::{LazyLock, OnceLock};

/// What never changes under its address.
pub const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What may change, but not often.
pub const A_MINUTE: &str = "public, max-age=60";
/// What must be asked for before it is used.
const ASK_FIRST: &str = "no-cache";

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";

/// Every file with its media type; what one names stands before it.
const FILES: [(&str, &str, &[u8]); 16] = [
    ("favicon.svg", SVG, include_bytes!("../static/favicon.svg")),
    ("icon-192.png", PNG, include_bytes!("../static/icon-192.png")),
    ("icon-512.png", PNG, include_bytes!("../static/icon-512.png")),
    ("shop.css", STYLE, include_bytes!("../static/shop.css")),
    ("desk.css", STYLE, include_bytes!("../static/desk.css")),
    ("desk.js", SCRIPT, include_bytes!("../static/desk.js")),
    ("book.js", SCRIPT, include_bytes!("../static/book.js")),
    ("crdt.js", SCRIPT, include_bytes!("../static/crdt.js")),
    ("say.js", SCRIPT, include_bytes!("../static/say.js")),
    ("lines.js", SCRIPT, include_bytes!("../static/lines.js")),
    ("store.js", SCRIPT, include_bytes!("../static/store.js")),
    ("sync.js", SCRIPT, include_bytes!("../static/sync.js")),
    ("list.js", SCRIPT, include_bytes!("../static/list.js")),
    ("lists.js", SCRIPT, include_bytes!("../static/lists.js")),
    ("search.js", SCRIPT, include_bytes!("../static/search.js")),
    ("shop.js", SCRIPT, include_bytes!("../static/shop.js")),
];

/// Order pages and lists are secret links, and nobody's robot shall buy.
const ROBOTS: &str = "User-agent: *\nDisallow: /orders\nDisallow: /lists/\nDisallow: /cart\nDisallow: /checkout\nDisallow: /account\nDisallow: /buy\nDisallow: /internal/\nDisallow: /desk\n";

/// A file as it is served.
struct File {
    name: &'static str,
    href: String,
    media: &'static str,
    plain: Bytes,
    /// Made when first asked for; nothing where it would not be smaller.
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

static SERVED: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files: Vec<File> = Vec::new();
    for (name, media, content) in FILES {
        let file = File::new(name, media, named(content, media, &files));
        files.push(file);
    }
    files
});

/// The address of the style sheet.
pub static STYLE_HREF: LazyLock<String> = LazyLock::new(|| address("shop.css"));
/// The address of the icon.
pub static ICON_HREF: LazyLock<String> = LazyLock::new(|| address("favicon.svg"));
/// The address of the script of every page.
pub static SCRIPT_HREF: LazyLock<String> = LazyLock::new(|| address("shop.js"));
/// The address of what helps with searching.
pub static SEARCH_HREF: LazyLock<String> = LazyLock::new(|| address("search.js"));
/// The address of the desk's own style sheet.
pub static DESK_STYLE_HREF: LazyLock<String> = LazyLock::new(|| address("desk.css"));
/// The address of the script that keeps the desk's picture up to date.
pub static DESK_SCRIPT_HREF: LazyLock<String> = LazyLock::new(|| address("desk.js"));
/// The address of the script that keeps a book's offer up to date.
pub static BOOK_SCRIPT_HREF: LazyLock<String> = LazyLock::new(|| address("book.js"));
/// The address of the script of a list's page.
pub static LIST_SCRIPT_HREF: LazyLock<String> = LazyLock::new(|| address("list.js"));
/// The address of the script of the page with all lists.
pub static LISTS_SCRIPT_HREF: LazyLock<String> = LazyLock::new(|| address("lists.js"));
/// The addresses of what those two import, to be fetched with them.
pub static IMPORTED_HREFS: LazyLock<Vec<String>> =
    LazyLock::new(|| ["crdt.js", "say.js", "lines.js", "store.js", "sync.js"].map(address).into());

static WORKER: LazyLock<File> = LazyLock::new(|| served_as("sw.js", SCRIPT, include_bytes!("../static/sw.js")));
/// One for each language.
static MANIFESTS: LazyLock<[File; 2]> = LazyLock::new(|| Language::ALL.map(manifest_in));

impl File {
    fn new(name: &'static str, media: &'static str, content: Vec<u8>) -> Self {
        let href = href(name, &content);
        Self { name, href, media, plain: content.into(), brotli: OnceLock::new(), gzip: OnceLock::new() }
    }

    fn small(&self, coding: Coding) -> Option<&Bytes> {
        let kept = match coding {
            Coding::Brotli => &self.brotli,
            Coding::Gzip => &self.gzip,
        };
        kept.get_or_init(|| coding.best(&self.plain).map(Bytes::from)).as_ref()
    }
}

fn address(name: &str) -> String {
    // A name that is not in the table above is a mistake that every test of a page finds.
    SERVED.iter().find(|file| file.name == name).map(|file| file.href.clone()).unwrap_or_default()
}

fn href(name: &str, content: &[u8]) -> String {
    let (stem, kind) = name.split_once('.').unwrap_or((name, ""));
    let hash = blake3::hash(content).to_hex();
    format!("/static/{stem}.{}.{kind}", &hash[..12])
}

/// A text with the addresses of `files` in the place of their names: `./crdt.js` where a script imports it, and
/// `/static/shop.css` elsewhere.
fn named(content: &[u8], media: &str, files: &[File]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(content) else { return content.into() };
    if media == PNG || media == STYLE || media == SVG {
        return content.into();
    }
    let text = if media == SCRIPT { lean::script(text) } else { text.to_owned() };
    let put = |text: String, file: &File| {
        let plain = ["'", "\""].map(|quote| (format!("{quote}./{}{quote}", file.name), quote));
        let text = plain
            .into_iter()
            .fold(text, |text, (name, quote)| text.replace(&name, &format!("{quote}{}{quote}", file.href)));
        text.replace(&format!("/static/{}", file.name), &file.href)
    };
    files.iter().fold(text, put).into_bytes()
}

/// A file whose address stays. `VERSION` in it is the hash of the rest: another content is another worker.
fn served_as(name: &'static str, media: &'static str, content: &[u8]) -> File {
    let content = named(content, media, &SERVED);
    let version = blake3::hash(&content).to_hex()[..12].to_owned();
    let text = String::from_utf8_lossy(&content).replace("VERSION", &version);
    File::new(name, media, text.into_bytes())
}

/// What an installed shop is called, in this language.
fn manifest_in(language: Language) -> File {
    let around = &language.say().around;
    let texts = [
        ("LANGUAGE", language.tag()),
        ("DIRECTION", language.direction()),
        ("DESCRIPTION", around.manifest),
        ("LISTS", around.lists),
    ];
    let text = include_str!("../static/manifest.webmanifest").to_owned();
    let text = texts.into_iter().fold(text, |text, (name, said)| text.replace(name, said));
    served_as("manifest.webmanifest", "application/manifest+json", text.as_bytes())
}

/// The addresses of the files.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/static/{name}").route(get_or_head(file)))
        .service(web::resource("/sw.js").route(get_or_head(worker)))
        .service(web::resource("/manifest.webmanifest").route(get_or_head(manifest)))
        .service(web::resource("/favicon.svg").route(get_or_head(icon)))
        .service(web::resource("/favicon.ico").route(get_or_head(icon)))
        .service(web::resource("/robots.txt").route(get_or_head(robots)));
}

async fn file(request: HttpRequest, name: Path<String>) -> HttpResponse {
    let mut parts = name.split('.');
    let (stem, kind) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    let is_it = |file: &&File| file.name.split_once('.') == Some((stem, kind));
    match SERVED.iter().find(is_it) {
        // A page from before an update may still ask for the old name: it gets what there is, and must ask again.
        Some(file) => answer(&request, file, if file.href.ends_with(name.as_str()) { FOR_EVER } else { A_MINUTE }),
        None => HttpResponse::new(StatusCode::NOT_FOUND),
    }
}

async fn worker(request: HttpRequest) -> HttpResponse {
    answer(&request, &WORKER, ASK_FIRST)
}

async fn manifest(request: HttpRequest) -> HttpResponse {
    let language = visitor::named_language(&request);
    let at = Language::ALL.into_iter().position(|one| one == language).unwrap_or_default();
    answer(&request, &MANIFESTS[at], A_MINUTE)
}

async fn icon() -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, SVG)).insert_header((CACHE_CONTROL, A_MINUTE)).body(FILES[0].2)
}

/// Robots are told where everything is: a whole address, as far as the request says where the shop is.
async fn robots(request: HttpRequest) -> HttpResponse {
    let media = (CONTENT_TYPE, "text/plain; charset=utf-8");
    let map = visitor::origin(&request).map(|origin| format!("\nSitemap: {origin}/sitemap.xml\n")).unwrap_or_default();
    let mut answer = HttpResponse::Ok();
    answer.insert_header(media).insert_header((CACHE_CONTROL, A_MINUTE)).insert_header((VARY, visitor::ORIGIN_VARIES));
    answer.body(format!("{ROBOTS}{map}"))
}

fn answer(request: &HttpRequest, file: &File, keep: &'static str) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_TYPE, file.media)).insert_header((CACHE_CONTROL, keep));
    let coding = Coding::taken(request.headers());
    match coding.and_then(|coding| Some((coding, file.small(coding)?))) {
        Some((coding, small)) => {
            answer.insert_header((VARY, "accept-encoding")).insert_header((CONTENT_ENCODING, coding.name()));
            answer.body(small.clone())
        }
        // Of a text, `coding` says that others may get it compressed.
        None => answer.body(file.plain.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_file_changes_with_its_content() {
        assert_ne!(href("shop.css", b"a"), href("shop.css", b"b"));
        assert!(STYLE_HREF.starts_with("/static/shop.") && STYLE_HREF.ends_with(".css"));
    }

    #[test]
    fn whoever_imports_a_script_changes_with_it() {
        let one = File::new("a.js", SCRIPT, b"1".into());
        let other = File::new("a.js", SCRIPT, b"2".into());
        let importer = b"import './a.js'; import \"./a.js\"; fetch('/static/a.js')";
        let (with_one, with_other) = (named(importer, SCRIPT, &[one]), named(importer, SCRIPT, &[other]));
        assert_ne!(with_one, with_other);
        let text = String::from_utf8(with_one).expect("UTF-8");
        assert_eq!(text.matches("/static/a.").count(), 3, "{text}");
        assert!(!text.contains("a.js'"), "{text}");
    }

    #[test]
    fn no_script_names_another_one_by_a_name_that_may_change() {
        for file in SERVED.iter().chain([&*WORKER]).chain(&*MANIFESTS).filter(|file| file.media != PNG) {
            let text = String::from_utf8_lossy(&file.plain);
            for (name, _, _) in FILES {
                let left = text.contains(&format!("./{name}")) || text.contains(&format!("/static/{name}"));
                assert!(!left, "{} names {name}", file.name);
            }
        }
    }

    #[test]
    fn no_style_sheet_knows_left_from_right() {
        for file in SERVED.iter().filter(|file| file.media == STYLE) {
            let text = String::from_utf8_lossy(&file.plain);
            for side in ["left", "right"] {
                assert!(!text.contains(side), "{}: {side} is another side where people write the other way", file.name);
            }
        }
    }

    #[test]
    fn there_is_a_manifest_in_each_language() {
        for (file, language) in MANIFESTS.iter().zip(Language::ALL) {
            let manifest: serde_json::Value = serde_json::from_slice(&file.plain).expect("JSON");
            assert_eq!((&manifest["lang"], &manifest["dir"]), (&language.tag().into(), &"ltr".into()));
            assert_eq!(manifest["shortcuts"][0]["name"], language.say().around.lists);
        }
    }
}
