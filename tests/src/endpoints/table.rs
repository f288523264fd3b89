//! The table itself, tier by tier.

use super::{Endpoint, Guard, Style};
use cluster::Tier;

const READ: &[&str] = &["GET", "HEAD"];
const GET: &[&str] = &["GET"];
const POST: &[&str] = &["POST"];
const PUT: &[&str] = &["PUT"];

const EVERYONE: &[Tier] = &[Tier::Catalog, Tier::Order, Tier::Cart, Tier::Frontend];
const JOURNALS: &[Tier] = &[Tier::Catalog, Tier::Order];
const CATALOG: &[Tier] = &[Tier::Catalog];
const ORDER: &[Tier] = &[Tier::Order];
const CART: &[Tier] = &[Tier::Cart];
const FRONTEND: &[Tier] = &[Tier::Frontend];

/// Bodies that are nearly right. Book 4294967000 is none that a shop of the tests has.
mod bodies {
    pub(super) const PULL: &str = r#"{"held":{"00000000000000000000000000000001":0}}"#;
    pub(super) const PUSH: &str = r#"{"runs":[{"actor":"00000000000000000000000000000001","after":{"seq":0,"hash":"0000000000000000000000000000000000000000000000000000000000000000"},"bodies":[{"op":"mint","item":4294967000,"n":1,"ref":"x"}],"head":{"seq":1,"hash":"0000000000000000000000000000000000000000000000000000000000000000"}}]}"#;
    pub(super) const RESERVE: &str = r#"{"order":"00000000-0000-4000-8000-000000000001","buyer":"","basket":[{"item":4294967000,"quantity":1}],"request_id":"r"}"#;
    pub(super) const BATCH: &str = r#"[{"order":"00000000-0000-4000-8000-000000000001","buyer":"","basket":[{"item":4294967000,"quantity":1}],"request_id":"r"}]"#;
    pub(super) const TRANSFERS: &str = r#"[{"item":4294967000,"to":"00000000000000000000000000000001","at_least":1,"mode":"sale"},{"item":4294967000,"to":"00000000000000000000000000000001","at_least":1,"mode":{"balance":{"keep":1}}}]"#;
    pub(super) const RETIRE: &str = r#"{"replicas":["catalogZ"],"dry_run":true,"although_it_answers":false}"#;
    pub(super) const LAST_SALES: &str =
        r#"{"actor":"00000000000000000000000000000001","after":7,"from":0,"close":false}"#;
    pub(super) const IN_CART: &str = r#"{"userid":"u","item_name":"No such book"}"#;
    pub(super) const CREDENTIALS: &str = r#"{"email":"nobody@example.org","password":"correct horse"}"#;
    pub(super) const SIGNS: &str = "token=x&email=nobody%40example.org&password=correct+horse&next=%2Fcart";
    pub(super) const OBJECT: &str = r#"{"object":{"type":"counters","items":{"4294967000":{"count":1}}}}"#;
    pub(super) const FILE: &str =
        r#"{"name":"books.csv","by":"x","map":"title=Titel","currency":"EUR","check_only":true,"skip_bad":false}"#;
    pub(super) const LAYOUT: &str = r#"{"holders":{"cartA":{"host":"127.0.0.1","weight":0}},"by":"crush"}"#;
    pub(super) const FORGET: &str =
        r#"[{"key":"fuzz/x","digest":"0000000000000000000000000000000000000000000000000000000000000000"}]"#;
    pub(super) const MERGES: &str = r#"[{"key":"fuzz/x","object":{"type":"counters","vv":[["00000000000000000000000000000001",1]],"items":{"4294967000":[[0,1,1]]}}}]"#;
    pub(super) const IMPORT: &str = r#"[{"id":4294967000,"fields":{"title":"A title","authors":"B","year":1900,"language":"en","topic":"c","cost":12.5},"units":1}]"#;
    pub(super) const STATES: &str = r#"[{"id":4294967000,"title":{"v":"a","t":[1,"00000000000000000000000000000001"]},"authors":{"v":"b","t":[1,"00000000000000000000000000000001"]},"year":{"v":1900,"t":[1,"00000000000000000000000000000001"]},"language":{"v":"en","t":[1,"00000000000000000000000000000001"]},"topic":{"v":"c","t":[1,"00000000000000000000000000000001"]},"cost":{"v":10,"t":[1,"00000000000000000000000000000001"]},"parts":{"00000000000000000000000000000001":{"seq":1,"net":1}}}]"#;
}

const fn open(tiers: &'static [Tier], path: &'static str, style: Style) -> Endpoint {
    Endpoint { tiers, scope: "", path, methods: READ, guard: Guard::Open, style, body: "" }
}

const fn inner(
    tiers: &'static [Tier],
    path: &'static str,
    methods: &'static [&'static str],
    body: &'static str,
) -> Endpoint {
    Endpoint { tiers, scope: "", path, methods, guard: Guard::Insider, style: Style::Problem, body }
}

/// The table.
pub const ENDPOINTS: &[Endpoint] = &[
    // Every server.
    open(EVERYONE, "/healthz", Style::Problem),
    open(EVERYONE, "/readyz", Style::Problem),
    open(EVERYONE, "/metrics", Style::Problem),
    // Every replica with a journal.
    inner(JOURNALS, "/internal/journal/heads", GET, ""),
    inner(JOURNALS, "/internal/journal/pull", POST, bodies::PULL),
    inner(CATALOG, "/item/propagate", PUT, bodies::PUSH),
    inner(CATALOG, "/item/propagate/{id}", PUT, bodies::PUSH),
    inner(ORDER, "/update", PUT, bodies::PUSH),
    // Catalogs.
    open(CATALOG, "/item", Style::Classic),
    open(CATALOG, "/item/{id}", Style::Classic),
    Endpoint {
        methods: PUT,
        guard: Guard::Operator,
        body: r#"{"delta":1,"cost":12.5}"#,
        ..open(CATALOG, "/item/{id}", Style::Classic)
    },
    inner(CATALOG, "/internal/reserve", POST, bodies::BATCH),
    inner(CATALOG, "/internal/reserve/alone", POST, bodies::RESERVE),
    inner(CATALOG, "/internal/transfers", POST, bodies::TRANSFERS),
    inner(CATALOG, "/internal/sales", GET, ""),
    inner(CATALOG, "/internal/sales/read", POST, r#"["00000000-0000-4000-8000-000000000001"]"#),
    inner(
        CATALOG,
        "/internal/orders/take-on",
        POST,
        r#"{"order":"00000000-0000-4000-8000-000000000001","from":"placed","to":"packed"}"#,
    ),
    inner(CATALOG, "/internal/stock-take", POST, r#"{"item":4294967000,"count":1,"force":false}"#),
    inner(CATALOG, "/internal/adjust", POST, r#"{"item":4294967000,"delta":1,"reference":"r"}"#),
    Endpoint { guard: Guard::Operator, ..inner(CATALOG, "/internal/import", POST, bodies::IMPORT) },
    Endpoint {
        guard: Guard::Operator,
        ..inner(CATALOG, "/internal/items/{id}/cover", &["PUT", "DELETE"], "\u{89}PNG")
    },
    inner(CATALOG, "/internal/covers/{hash}", GET, ""),
    Endpoint {
        guard: Guard::Operator,
        ..inner(CATALOG, "/internal/changes", POST, r#"{"cause":{"by":"x","way":"other"},"text":"A note."}"#)
    },
    inner(CATALOG, "/internal/imports", GET, ""),
    inner(CATALOG, "/internal/imports", POST, bodies::FILE),
    inner(CATALOG, "/internal/imports/{id}", GET, ""),
    inner(CATALOG, "/internal/imports/{id}/bad", GET, ""),
    inner(CATALOG, "/internal/imports/{id}/begin", POST, ""),
    inner(CATALOG, "/internal/imports/{id}/cancel", POST, ""),
    inner(CATALOG, "/internal/imports/{id}/parts", PUT, "id,title\n"),
    inner(CATALOG, "/internal/changes/read", POST, r#"{"item":null,"before":null,"limit":10}"#),
    Endpoint { guard: Guard::Operator, ..inner(CATALOG, "/internal/retire", POST, bodies::RETIRE) },
    inner(CATALOG, "/internal/retire/turn", GET, ""),
    Endpoint { guard: Guard::Operator, ..inner(CATALOG, "/internal/stranded", GET, "") },
    inner(CATALOG, "/internal/items/read", POST, "[4294967000]"),
    inner(CATALOG, "/internal/topics", GET, ""),
    inner(CATALOG, "/internal/books", GET, ""),
    inner(CATALOG, "/internal/ids", GET, ""),
    inner(CATALOG, "/internal/ids/ranges", GET, ""),
    inner(CATALOG, "/internal/newest", GET, ""),
    inner(CATALOG, "/internal/related", GET, ""),
    inner(CATALOG, "/internal/items/{id}/holders", GET, ""),
    inner(CATALOG, "/internal/isbns/read", POST, r#"["9799999999990"]"#),
    inner(CATALOG, "/internal/find", GET, ""),
    inner(CATALOG, "/internal/search", POST, r#"{"q":"war -peace \"and","limit":3,"sort":"title","min_price":1}"#),
    // Order replicas.
    open(ORDER, "/orders", Style::Classic),
    open(ORDER, "/orders/{id}", Style::Classic),
    Endpoint {
        methods: &["GET", "POST"],
        guard: Guard::Operator,
        body: r#"{"quantity":1}"#,
        ..open(ORDER, "/buy/{item_id}", Style::Classic)
    },
    inner(ORDER, "/internal/orders", POST, bodies::BATCH),
    inner(ORDER, "/internal/orders/alone", POST, bodies::RESERVE),
    inner(ORDER, "/internal/orders/of", POST, r#"{"buyer":"x","after":null,"limit":10}"#),
    inner(ORDER, "/internal/orders/latest", POST, r#"{"fulfilment":"placed","after":null,"limit":10}"#),
    inner(ORDER, "/internal/orders/{id}", GET, ""),
    inner(ORDER, "/internal/orders/{id}/step", POST, r#"{"to":"packed"}"#),
    inner(ORDER, "/internal/evidence/{actor}", GET, ""),
    inner(ORDER, "/internal/evidence/sales", POST, bodies::LAST_SALES),
    inner(ORDER, "/internal/evidence/reopen", POST, r#""00000000000000000000000000000001""#),
    // Cart replicas.
    Endpoint { guard: Guard::Operator, ..open(CART, "/objects/{kind}/{name}", Style::Problem) },
    Endpoint {
        methods: PUT,
        guard: Guard::Operator,
        body: bodies::OBJECT,
        ..open(CART, "/objects/{kind}/{name}", Style::Problem)
    },
    Endpoint { guard: Guard::Operator, ..open(CART, "/layout", Style::Problem) },
    Endpoint { methods: PUT, guard: Guard::Operator, body: bodies::LAYOUT, ..open(CART, "/layout", Style::Problem) },
    Endpoint { guard: Guard::Operator, ..open(CART, "/layout/objects", Style::Problem) },
    inner(CART, "/internal/layouts", POST, r#"{"layouts":null,"birth":"x"}"#),
    inner(CART, "/internal/objects/read", POST, r#"[{"key":"cart/x"}]"#),
    inner(CART, "/internal/objects/merge", POST, bodies::MERGES),
    inner(CART, "/internal/objects/forget", POST, bodies::FORGET),
    inner(CART, "/internal/categories/{category}", GET, ""),
    inner(CART, "/internal/kinds/{kind}", GET, ""),
    inner(CART, "/internal/digests", GET, ""),
    inner(CART, "/internal/digests/{bucket}", GET, ""),
    // Frontends: the APIs.
    open(FRONTEND, "/lookup", Style::Classic),
    open(FRONTEND, "/search", Style::Classic),
    Endpoint {
        methods: &["GET", "POST"],
        body: r#"{"id":4294967000,"quantity":1}"#,
        ..open(FRONTEND, "/buy", Style::Classic)
    },
    Endpoint { methods: POST, body: bodies::IN_CART, ..open(FRONTEND, "/api/insert", Style::Classic) },
    Endpoint { methods: POST, body: bodies::IN_CART, ..open(FRONTEND, "/api/delete", Style::Classic) },
    Endpoint { methods: POST, body: r#"{"userid":"u"}"#, ..open(FRONTEND, "/api/list_all", Style::Classic) },
    Endpoint {
        methods: POST,
        guard: Guard::Operator,
        body: r#"{"category":"novels"}"#,
        ..open(FRONTEND, "/api/list_category", Style::Classic)
    },
    Endpoint {
        methods: POST,
        body: r#"{"email":"nobody@example.org","cart":{"No such book":1}}"#,
        ..open(FRONTEND, "/addtocart", Style::Classic)
    },
    open(FRONTEND, "/productslist", Style::Classic),
    open(FRONTEND, "/product", Style::Classic),
    Endpoint {
        methods: POST,
        guard: Guard::Operator,
        body: r#"{"name":"No such book","quantity":1}"#,
        ..open(FRONTEND, "/product", Style::Classic)
    },
    Endpoint { methods: POST, body: r#"{"email":"new@example.org"}"#, ..open(FRONTEND, "/createuser", Style::Classic) },
    open(FRONTEND, "/user", Style::Classic),
    Endpoint { guard: Guard::Operator, ..open(FRONTEND, "/userslist", Style::Classic) },
    Endpoint { scope: "/api/v1", ..open(FRONTEND, "/books", Style::Problem) },
    Endpoint { scope: "/api/v1", ..open(FRONTEND, "/books/{id}", Style::Problem) },
    Endpoint { scope: "/api/v1", ..open(FRONTEND, "/suggestions", Style::Problem) },
    Endpoint { scope: "/api/v1", ..open(FRONTEND, "/orders", Style::Problem) },
    Endpoint {
        scope: "/api/v1",
        methods: POST,
        body: r#"{"lines":[{"item":4294967000,"quantity":1},{"item":4294967001,"quantity":2}]}"#,
        ..open(FRONTEND, "/orders", Style::Problem)
    },
    Endpoint { scope: "/api/v1", ..open(FRONTEND, "/orders/{id}", Style::Problem) },
    Endpoint { scope: "/api/v1", ..open(FRONTEND, "/cart", Style::Problem) },
    Endpoint { scope: "/api/v1", methods: POST, ..open(FRONTEND, "/cart/checkout", Style::Problem) },
    Endpoint {
        scope: "/api/v1",
        methods: POST,
        body: r#"{"item":4294967000,"quantity":1}"#,
        ..open(FRONTEND, "/cart/items", Style::Problem)
    },
    Endpoint {
        scope: "/api/v1",
        methods: &["PUT", "DELETE"],
        body: r#"{"quantity":1}"#,
        ..open(FRONTEND, "/cart/items/{item}", Style::Problem)
    },
    Endpoint {
        scope: "/api/v1",
        methods: POST,
        body: bodies::CREDENTIALS,
        ..open(FRONTEND, "/accounts", Style::Problem)
    },
    Endpoint { scope: "/api/v1", ..open(FRONTEND, "/session", Style::Problem) },
    Endpoint {
        scope: "/api/v1",
        methods: &["POST", "DELETE"],
        body: bodies::CREDENTIALS,
        ..open(FRONTEND, "/session", Style::Problem)
    },
    Endpoint {
        scope: "/api/v1",
        methods: PUT,
        body: r#"{"old":"correct horse","new":"battery staple"}"#,
        ..open(FRONTEND, "/session/password", Style::Problem)
    },
    Endpoint { scope: "/api/v1", methods: POST, ..open(FRONTEND, "/lists", Style::Problem) },
    Endpoint { scope: "/api/v1", ..open(FRONTEND, "/lists/{id}", Style::Problem) },
    Endpoint { scope: "/api/v1", methods: PUT, body: bodies::OBJECT, ..open(FRONTEND, "/lists/{id}", Style::Problem) },
    Endpoint {
        scope: "/api/v1",
        methods: POST,
        body: r#"{"actor":"80000000000000000000000000000001","since":{"80000000000000000000000000000001":1},"delta":{"seen":[["80000000000000000000000000000001",0,1]],"live":{},"items":{"4294967000":[[0,1,1]]}}}"#,
        ..open(FRONTEND, "/lists/{id}/sync", Style::Problem)
    },
    open(FRONTEND, "/api/openapi.json", Style::Problem),
    Endpoint { scope: "/internal", ..inner(FRONTEND, "/items", POST, bodies::STATES) },
    // Frontends: the pages.
    open(FRONTEND, "/", Style::Page),
    open(FRONTEND, "/topics/{topic}", Style::Page),
    open(FRONTEND, "/books/{id}", Style::Page),
    open(FRONTEND, "/books/{id}/buy", Style::Page),
    Endpoint { methods: GET, ..open(FRONTEND, "/books/{id}/events", Style::Page) },
    Endpoint { methods: POST, body: "token=x&key=k&quantity=1", ..open(FRONTEND, "/books/{id}/buy", Style::Page) },
    open(FRONTEND, "/find", Style::Page),
    open(FRONTEND, "/opensearch.xml", Style::Classic),
    open(FRONTEND, "/cart", Style::Page),
    open(FRONTEND, "/cart/items", Style::Page),
    Endpoint {
        methods: POST,
        body: "token=x&item=4294967000&quantity=1",
        ..open(FRONTEND, "/cart/items", Style::Page)
    },
    open(FRONTEND, "/cart/items/{item}", Style::Page),
    Endpoint { methods: POST, body: "token=x&quantity=1&was=2", ..open(FRONTEND, "/cart/items/{item}", Style::Page) },
    open(FRONTEND, "/cart/items/{item}/remove", Style::Page),
    Endpoint { methods: POST, body: "token=x&was=2", ..open(FRONTEND, "/cart/items/{item}/remove", Style::Page) },
    open(FRONTEND, "/checkout", Style::Page),
    Endpoint { methods: POST, body: "token=x&key=k&total=1250", ..open(FRONTEND, "/checkout", Style::Page) },
    open(FRONTEND, "/sign-in", Style::Page),
    Endpoint { methods: POST, body: bodies::SIGNS, ..open(FRONTEND, "/sign-in", Style::Page) },
    open(FRONTEND, "/sign-up", Style::Page),
    Endpoint { methods: POST, body: bodies::SIGNS, ..open(FRONTEND, "/sign-up", Style::Page) },
    open(FRONTEND, "/sign-out", Style::Page),
    Endpoint { methods: POST, body: "token=x", ..open(FRONTEND, "/sign-out", Style::Page) },
    open(FRONTEND, "/account", Style::Page),
    open(FRONTEND, "/account/password", Style::Page),
    Endpoint {
        methods: POST,
        body: "token=x&old=correct+horse&new=battery+staple",
        ..open(FRONTEND, "/account/password", Style::Page)
    },
    open(FRONTEND, "/orders", Style::Page),
    Endpoint { methods: POST, body: "number=1&email=nobody%40example.org", ..open(FRONTEND, "/orders", Style::Page) },
    open(FRONTEND, "/lists", Style::Page),
    Endpoint { methods: POST, body: "token=x&do=make&name=n&kind=wish", ..open(FRONTEND, "/lists", Style::Page) },
    open(FRONTEND, "/lists/shell", Style::Page),
    open(FRONTEND, "/lists/{id}", Style::Page),
    Endpoint { methods: POST, body: "token=x&do=add&what=4294967000", ..open(FRONTEND, "/lists/{id}", Style::Page) },
    open(FRONTEND, "/offline", Style::Page),
    open(FRONTEND, "/orders/{id}", Style::Page),
    open(FRONTEND, "/about", Style::Page),
    open(FRONTEND, "/language", Style::Page),
    Endpoint { methods: POST, body: "language=de&next=%2Fcart", ..open(FRONTEND, "/language", Style::Page) },
    open(FRONTEND, "/desk", Style::Page),
    Endpoint { methods: GET, ..open(FRONTEND, "/desk/events", Style::Page) },
    open(FRONTEND, "/desk/sign-in", Style::Page),
    Endpoint { methods: POST, body: "name=Ann&token=x", ..open(FRONTEND, "/desk/sign-in", Style::Page) },
    Endpoint { methods: POST, body: "token=x", ..open(FRONTEND, "/desk/sign-out", Style::Page) },
    open(FRONTEND, "/desk/orders", Style::Page),
    Endpoint { methods: GET, ..open(FRONTEND, "/desk/orders.csv", Style::Page) },
    open(FRONTEND, "/desk/orders/{id}", Style::Page),
    Endpoint { methods: POST, body: "token=x&to=packed", ..open(FRONTEND, "/desk/orders/{id}", Style::Page) },
    open(FRONTEND, "/desk/orders/{id}/cancel", Style::Page),
    open(FRONTEND, "/desk/books", Style::Page),
    open(FRONTEND, "/desk/books/{id}", Style::Page),
    Endpoint {
        methods: POST,
        body: "token=x&key=k&what=count&value=1",
        ..open(FRONTEND, "/desk/books/{id}", Style::Page)
    },
    Endpoint { methods: POST, body: "token=x", ..open(FRONTEND, "/desk/books/{id}/cover", Style::Page) },
    open(FRONTEND, "/desk/replicas", Style::Page),
    open(FRONTEND, "/desk/replicas/{name}", Style::Page),
    Endpoint { methods: GET, ..open(FRONTEND, "/desk/replicas/{name}/events", Style::Page) },
    open(FRONTEND, "/desk/replicas/{name}/leave", Style::Page),
    Endpoint {
        methods: POST,
        body: "token=x&do=retire&confirm=catalogZ",
        ..open(FRONTEND, "/desk/replicas/{name}/leave", Style::Page)
    },
    open(FRONTEND, "/desk/replicas/{name}/join", Style::Page),
    Endpoint {
        methods: POST,
        body: "token=x&do=add&confirm=cartZ",
        ..open(FRONTEND, "/desk/replicas/{name}/join", Style::Page)
    },
    open(FRONTEND, "/desk/changes", Style::Page),
    Endpoint { methods: GET, ..open(FRONTEND, "/desk/changes.csv", Style::Page) },
    open(FRONTEND, "/desk/imports", Style::Page),
    Endpoint { methods: POST, body: "token=x&what=check&file=id", ..open(FRONTEND, "/desk/imports", Style::Page) },
    open(FRONTEND, "/desk/imports/{catalog}/{id}", Style::Page),
    Endpoint { methods: POST, body: "token=x", ..open(FRONTEND, "/desk/imports/{catalog}/{id}", Style::Page) },
    Endpoint { methods: GET, ..open(FRONTEND, "/desk/imports/{catalog}/{id}/events", Style::Page) },
    Endpoint { methods: GET, ..open(FRONTEND, "/desk/imports/{catalog}/{id}/bad.csv", Style::Page) },
    open(FRONTEND, "/api/docs", Style::Page),
    open(FRONTEND, "/covers/{file}", Style::Page),
    open(FRONTEND, "/static/{name}", Style::Page),
    open(FRONTEND, "/sw.js", Style::Classic),
    open(FRONTEND, "/manifest.webmanifest", Style::Classic),
    open(FRONTEND, "/favicon.svg", Style::Classic),
    open(FRONTEND, "/favicon.ico", Style::Classic),
    open(FRONTEND, "/robots.txt", Style::Classic),
    // Frontends: the shop as a whole, for programs that know formats of others.
    open(FRONTEND, "/sitemap.xml", Style::Problem),
    open(FRONTEND, "/sitemaps/{part}", Style::Problem),
    open(FRONTEND, "/opds", Style::Problem),
    open(FRONTEND, "/opds/new", Style::Problem),
    open(FRONTEND, "/opds/books", Style::Problem),
    open(FRONTEND, "/opds/books/{id}", Style::Problem),
    open(FRONTEND, "/opds/topics/{topic}", Style::Problem),
    open(FRONTEND, "/opds/find", Style::Problem),
    open(FRONTEND, "/opds1", Style::Problem),
    open(FRONTEND, "/opds1/new", Style::Problem),
    open(FRONTEND, "/opds1/books", Style::Problem),
    open(FRONTEND, "/opds1/books/{id}", Style::Problem),
    open(FRONTEND, "/opds1/topics/{topic}", Style::Problem),
    open(FRONTEND, "/opds1/find", Style::Problem),
];
