//! A shop of one frontend or more, two catalogs, two order replicas and three of the carts, each on a port the system chooses.

use crate::fakes::{self, World, book};
use actix_web::rt;
use actix_web::web::{Data, ServiceConfig};
use cluster::{Member, ReplicaName, Secrets};
use frontend::cache::CacheMode;
use frontend::start::{Tiers, bind};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use serve::{Limits, Readiness, Server, Stopper};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Longer than anything here takes on a machine that is busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A shop under way.
pub(crate) struct Stage {
    pub(crate) world: Data<World>,
    pub(crate) secrets: Secrets,
    replicas: BTreeMap<String, Running>,
    frontends: Vec<SocketAddr>,
    tiers: Tiers,
    client: Client,
    _dir: TempDir,
}

struct Running {
    member: Member,
    stopper: Stopper,
    ended: JoinHandle<()>,
}

/// The status, the headers and the body of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    headers: reqwest::header::HeaderMap,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The session cookie as a browser would send it back.
    pub(crate) fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }

    /// The value of the hidden field `name` of the page's form.
    pub(crate) fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.body.split(&start).nth(1).unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

fn member(name: &str) -> Member {
    let name: ReplicaName = name.parse().expect("a name");
    let (tier, letter) = (name.tier(), name.letter());
    Member { name, tier, letter, ip: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 0 }
}

fn start(
    mut member: Member,
    secrets: &Secrets,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Running {
    let readiness = Readiness::new(&member.name);
    readiness.release("starting");
    let server = Server {
        member: member.clone(),
        secrets: secrets.clone(),
        readiness,
        limits: Limits { workers: 1, stop: Duration::ZERO, ..Limits::default() },
    };
    let bound = server.bind(configure).expect("a port");
    member.port = bound.address().port();
    let stopper = bound.stopper();
    let ended = rt::spawn(async move { bound.run().await.expect("it serves") });
    Running { member, stopper, ended }
}

/// Books that most tests use.
pub(crate) fn books() -> Vec<wire::ItemState> {
    vec![
        book(1, "How to get a good grade in 677 in 20 minutes a day.", "distributed systems", 1000, 15),
        book(2, "RPCs for Dummies.", "distributed systems", 2000, 15),
        book(3, "Xen and the Art of Surviving Graduate School.", "graduate school", 1000, 10),
        book(4, "Cooking for the Impatient Graduate Student.", "graduate school", 800, 1),
        book(5, "Nothing left", "novels", 1250, 0),
    ]
}

impl Stage {
    /// A shop with the usual books.
    pub(crate) async fn open() -> Self {
        Self::open_with(books()).await
    }

    pub(crate) async fn open_with(books: Vec<wire::ItemState>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let secrets = Secrets::open(dir.path()).expect("a new cluster");
        let world = Data::new(World::new(books));
        let mut replicas = BTreeMap::new();
        for name in ["catalogA", "catalogB"] {
            replicas.insert(name.to_owned(), start(member(name), &secrets, fakes::catalog(name, &world)));
        }
        for name in ["orderA", "orderB"] {
            replicas.insert(name.to_owned(), start(member(name), &secrets, fakes::order(name, &world)));
        }
        for name in ["cartA", "cartB", "cartC"] {
            replicas.insert(name.to_owned(), start(member(name), &secrets, fakes::cart(name, &world)));
        }
        let of = |prefix: &str| {
            replicas
                .values()
                .map(|running| running.member.clone())
                .filter(|member| member.name.as_str().starts_with(prefix))
                .collect()
        };
        let tiers = Tiers { catalogs: of("catalog"), orders: of("order"), carts: of("cart"), env_cfg: None };
        let client =
            Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("a client");
        let mut stage = Self { world, secrets, replicas, frontends: Vec::new(), tiers, client, _dir: dir };
        stage.add_frontend("frontend", CacheMode::Join).await;
        stage
    }

    /// Another frontend of the same shop.
    pub(crate) async fn add_frontend(&mut self, name: &str, cache: CacheMode) {
        let tiers = self.tiers.clone();
        let bound = bind(member(name), self.secrets.clone(), tiers, cache, "€".into()).expect("a port");
        let at = self.frontends.len();
        self.frontends.push(bound.address());
        rt::spawn(bound.run());
        self.eventually(async || self.get_from(at, "/readyz").await.status == 200).await;
        // Both tiers have been probed, so that no test meets the moment before.
        self.eventually(async || !self.get_from(at, "/readyz").await.body.contains("unknown")).await;
    }

    /// Waits until something is true.
    pub(crate) async fn eventually(&self, condition: impl AsyncFn() -> bool) {
        let asking = async {
            while !condition().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.expect("it comes true in time");
    }

    /// Stops a replica: from now on its port refuses connections.
    pub(crate) async fn stop(&mut self, name: &str) {
        let running = self.replicas.get_mut(name).expect("it runs");
        running.stopper.stop();
        (&mut running.ended).await.expect("no panic");
    }

    /// Starts a replica again where it was.
    pub(crate) fn restart(&mut self, name: &str) {
        let member = self.replicas[name].member.clone();
        let running = if name.starts_with("catalog") {
            start(member, &self.secrets, fakes::catalog(name, &self.world))
        } else if name.starts_with("cart") {
            start(member, &self.secrets, fakes::cart(name, &self.world))
        } else {
            start(member, &self.secrets, fakes::order(name, &self.world))
        };
        self.replicas.insert(name.into(), running);
    }

    /// Waits until the frontend knows that a replica is in this state: `ready`, `down`.
    pub(crate) async fn until(&self, name: &str, state: &str) {
        let wanted = format!("\"{name}\":\"{state}\"");
        self.eventually(async || self.get("/readyz").await.body.contains(&wanted)).await;
    }

    /// The address of the first frontend, as browsers name it.
    pub(crate) fn host(&self) -> String {
        self.frontends[0].to_string()
    }

    /// A request to a frontend, to be sent with [`Self::send`].
    pub(crate) fn request_to(&self, frontend: usize, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.frontends[frontend]))
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_to(0, method, path)
    }

    pub(crate) async fn send(request: RequestBuilder) -> Answer {
        let response: Response = request.send().await.expect("an answer");
        let status: StatusCode = response.status();
        let headers = response.headers().clone();
        Answer { status: status.as_u16(), headers, body: response.text().await.expect("a text") }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_from(0, path).await
    }

    pub(crate) async fn get_from(&self, frontend: usize, path: &str) -> Answer {
        Self::send(self.request_to(frontend, Method::GET, path)).await
    }

    /// Buys one unit with this key by the API.
    pub(crate) async fn buy(&self, item: u32, key: &str) -> Answer {
        Self::send(self.request(Method::POST, &format!("/buy?id={item}")).header("Idempotency-Key", key)).await
    }

    /// Orders these lines of item and quantity with this key by the API of today.
    pub(crate) async fn order(&self, lines: &[(u32, u32)], key: &str) -> Answer {
        let lines: Vec<_> = lines.iter().map(|(item, units)| json!({"item": item, "quantity": units})).collect();
        let request = self.request(Method::POST, "/api/v1/orders").header("Idempotency-Key", key);
        Self::send(request.json(&json!({"lines": lines}))).await
    }

    /// What catalogs do: push states to the frontend.
    pub(crate) async fn push(&self, states: &[wire::ItemState]) -> Answer {
        let request = self
            .request(Method::POST, "/internal/items")
            .header("bookend-cluster", self.secrets.cluster.to_string())
            .bearer_auth(self.secrets.token.expose())
            .json(states);
        Self::send(request).await
    }
}
