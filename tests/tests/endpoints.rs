//! The table of addresses against the sources, against a running shop, and against the document that the shop publishes.

use cluster::Tier;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tests::endpoints::{ENDPOINTS, Endpoint, Guard, Style, sound};
use tests::{Answer, Cluster, raw, repository};

/// Where routes are registered, and by which tiers.
const SOURCES: [(&str, &[Tier]); 12] = [
    ("crates/serve/src/health.rs", &[Tier::Catalog, Tier::Order, Tier::Cart, Tier::Frontend]),
    ("crates/replica/src/http.rs", &[Tier::Catalog, Tier::Order]),
    ("catalog/src/http/mod.rs", &[Tier::Catalog]),
    ("order/src/http/mod.rs", &[Tier::Order]),
    ("cart/src/http/mod.rs", &[Tier::Cart]),
    ("frontend/src/api.rs", &[Tier::Frontend]),
    ("frontend/src/api/openapi.rs", &[Tier::Frontend]),
    ("frontend/src/api/v1.rs", &[Tier::Frontend]),
    ("frontend/src/feeds.rs", &[Tier::Frontend]),
    ("frontend/src/pages.rs", &[Tier::Frontend]),
    ("frontend/src/pages/desk.rs", &[Tier::Frontend]),
    ("frontend/src/static_files.rs", &[Tier::Frontend]),
];

/// Everything that is not routed by name: what is left goes to the page that says so.
const CATCH_ALL: &str = "frontend/src/start.rs";

/// The text of a source up to its tests, without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    lines.join("\n")
}

/// The texts in `code` that begin with a slash.
fn addresses(code: &str) -> BTreeSet<String> {
    let texts = code.split('"').skip(1).step_by(2);
    texts.filter(|text| text.starts_with('/')).map(str::to_owned).collect()
}

/// The addresses that a source registers: those in its `routes`, and those in its constants that are named for it.
fn registered(file: &str) -> BTreeSet<String> {
    let code = code(&repository().join(file));
    let bodies = code.split("fn routes").skip(1).map(|body| body.split("\n}\n").next().unwrap_or_default());
    let mut found: BTreeSet<String> = bodies.flat_map(addresses).collect();
    // The pages' constant lists what begins their addresses; the APIs' are addresses.
    if file != "frontend/src/pages.rs" {
        found.extend(code.lines().filter(|line| line.starts_with("pub const PATH")).flat_map(addresses));
    }
    found
}

#[test]
fn the_table_has_every_address_that_a_source_registers_and_no_other() {
    for tier in Tier::START_ORDER {
        let sources = SOURCES.iter().filter(|(_, tiers)| tiers.contains(&tier));
        let registered: BTreeSet<String> = sources.flat_map(|(file, _)| registered(file)).collect();
        let listed = ENDPOINTS.iter().filter(|endpoint| endpoint.tiers.contains(&tier));
        let listed: BTreeSet<String> =
            listed.flat_map(|one| [one.scope, one.path]).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        assert_eq!(listed, registered, "the addresses of {tier:?}: the table on the left, the sources on the right");
    }
}

#[test]
fn routes_are_registered_nowhere_but_in_the_sources_that_are_compared() {
    let known: BTreeSet<PathBuf> =
        SOURCES.iter().map(|(file, _)| *file).chain([CATCH_ALL]).map(|file| repository().join(file)).collect();
    let mut open: Vec<PathBuf> = ["catalog", "order", "cart", "frontend", "crates"]
        .iter()
        .map(|directory| repository().join(directory))
        .collect();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).expect("a directory can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("tests") {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !known.contains(&path) {
                let code = code(&path);
                let registers = ["web::resource(", "web::scope(", ".route(", "#[get(", "#[post(", "#[put("];
                let found: Vec<_> = registers.iter().filter(|words| code.contains(**words)).collect();
                assert!(found.is_empty(), "{} registers routes ({found:?}) and is not compared", path.display());
            }
        }
    }
}

/// Whether an answer says that there is no such address, or no such method at it.
fn is_unrouted(answer: &Answer) -> bool {
    answer.status == 405 || answer.text.contains("Nothing is found at") || answer.text.contains("no-such-address")
}

/// The methods that a tier answers at an address: some have another guard for others, and some fit two patterns.
fn methods(tier: Tier, address: &str) -> BTreeSet<&'static str> {
    let fits = |endpoint: &&Endpoint| {
        let (pattern, parts) = (endpoint.address(), address.split('/'));
        let same = |(pattern, part): (&str, &str)| pattern.starts_with('{') || pattern == part;
        pattern.split('/').count() == parts.clone().count() && pattern.split('/').zip(parts).all(same)
    };
    let fitting = ENDPOINTS.iter().filter(|endpoint| endpoint.tiers.contains(&tier)).filter(fits);
    // Where one is the address itself, no pattern is asked: but a route that stands alone leaves other methods to the next.
    let (exact, loose): (Vec<&Endpoint>, Vec<&Endpoint>) = fitting.partition(|endpoint| endpoint.address() == address);
    let falls_through = exact.iter().all(|endpoint| endpoint.address().starts_with("/internal/"));
    let asked = exact.into_iter().chain(loose.into_iter().filter(|_| falls_through));
    asked.flat_map(|endpoint| endpoint.methods).copied().collect()
}

#[tokio::test]
async fn every_address_of_the_table_answers_to_its_methods_and_to_no_others() {
    let shop = Cluster::builder().carts(1).start().await;
    for endpoint in ENDPOINTS {
        for tier in endpoint.tiers {
            let member = shop.roster().of(*tier).next().expect("a replica of each tier");
            let routed = methods(*tier, &sound(endpoint));
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"] {
                let request = raw::request(method, sound(endpoint).as_bytes(), &[], b"");
                let answer = raw::exchange(member.address(), &request, raw::Then::Waits).await.expect("an answer");
                let what = format!("{} {method} {}: {answer}", member.name, endpoint.address());
                match (routed.contains(method), method) {
                    (true, "HEAD") => assert_ne!(answer.status, 405, "{what}"),
                    (true, _) => assert!(!is_unrouted(&answer), "{what}"),
                    (false, _) => assert!(matches!(answer.status, 404 | 405), "{what}"),
                }
                if routed.contains(method) && endpoint.guard != Guard::Open && endpoint.methods.contains(&method) {
                    assert_eq!(answer.status, 401, "without credentials: {what}");
                }
            }
        }
    }
}

/// Whether the document is to describe this address: all that programs outside the shop may ask, the operator's included.
fn is_public(endpoint: &Endpoint) -> bool {
    let files = ["/sw.js", "/manifest.webmanifest", "/favicon.svg", "/favicon.ico", "/robots.txt", "/opensearch.xml"];
    // Formats of others, which describe themselves.
    let feeds = ["/sitemap", "/opds"];
    endpoint.tiers.contains(&Tier::Frontend)
        && endpoint.guard != Guard::Insider
        && endpoint.style != Style::Page
        && !files.contains(&endpoint.path)
        && !feeds.iter().any(|begins| endpoint.path.starts_with(begins))
}

#[tokio::test]
async fn the_document_describes_every_address_for_programs_and_every_address_in_it_answers() {
    let shop = Cluster::builder().carts(1).start().await;
    let document = shop.get("frontend", "/api/openapi.json").await;
    let document = document.has_status(200).json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().expect("operations").keys().map(|method| (path.clone(), method.clone()))
        })
        .collect();
    let public = ENDPOINTS.iter().filter(|endpoint| is_public(endpoint));
    let public: BTreeSet<(String, String)> = public
        .flat_map(|one| one.methods.iter().map(|method| (one.address(), method.to_lowercase())))
        // A HEAD is answered wherever a GET is that only reads, and needs no words of its own.
        .filter(|(_, method)| method != "head")
        .collect();
    assert_eq!(described, public, "the document on the left, the table on the right");
    for (path, method) in described {
        let method = method.to_uppercase().parse().expect("a method");
        let answer = Answer::to(shop.request(method, "frontend", &path)).await;
        assert!(answer.status != 0 && answer.status < 500 && !is_unrouted(&answer), "{path}: {answer}");
        let documented = &document["paths"][&path];
        let statuses: Vec<&String> = documented
            .as_object()
            .expect("operations")
            .values()
            .flat_map(|operation| operation["responses"].as_object().expect("answers").keys())
            .collect();
        assert!(statuses.contains(&&answer.status.to_string()), "{path} answers {answer}, and has only {statuses:?}");
    }
    // The page for people is made of it, and works without a script.
    let page = shop.customer().opens("/api/docs").await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("<script>") && page.text.contains("/api/v1/books"), "{page}");
}
