//! From the command line to a running frontend: who it is, whom it asks, what it serves.
//!
//! Nothing is decided here that a request could change.

use crate::about::{self, About};
use crate::accounts::Accounts;
use crate::browse::Browse;
use crate::cache::{Cache, CacheMode};
use crate::cart::Carts;
use crate::catalogs::Catalogs;
use crate::checkout::Checkout;
use crate::contexts::Contexts;
use crate::desk::{Census, Counts, Desk};
use crate::lists::{Links, Lists};
use crate::lookups::Lookups;
use crate::objects::{self, Objects};
use crate::orders::Orders;
use crate::pace::Pace;
use crate::pages::failure::as_pages;
use crate::session::Signer;
use crate::shop::{ServedBy, Shop};
use crate::watchers::Watchers;
use crate::{api, coding, feeds, headers, pages, static_files};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use cluster::{Member, Secrets, Tier};
use serve::command_line::{Fatal, Place};
use serve::server::Bound;
use serve::{Caller, ErrorStyle, Limits, Readiness, ServeError, Server, clock, telemetry};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// The largest body that customers may send, in bytes: forms and small JSON.
const BODY_BYTES: usize = 16 * 1024;
/// How long the first look at the other tiers may take before traffic is taken without them.
const FIRST_LOOK: Duration = Duration::from_millis(500);

/// Lists and accounts that strangers at one address may make: so many at once, and then one more in each of these.
const NEW_AT_ONCE: u32 = 120;
const NEW_EVERY: Duration = Duration::from_millis(500);
/// So many pages of books are kept up to date at the same time; all others show one moment.
const MOST_WATCHERS: usize = 1000;

/// Between two looks at what the catalogs last said of their journals.
const LOOK: Duration = Duration::from_millis(100);

/// What the operator chose.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How the cache works.
    pub cache: CacheMode,
    /// What stands behind a price.
    pub currency: String,
    /// The file that says who belongs to the shop: the desk looks who is new in it.
    pub env_cfg: PathBuf,
}

/// Runs the frontend until it is told to stop.
///
/// # Errors
/// When it can't listen, or breaks down.
pub async fn run(Place { roster, secrets, member, .. }: Place, settings: Settings) -> Result<(), Fatal> {
    telemetry::start(member.name.as_str());
    let members = |tier| roster.of(tier).cloned().collect();
    let tiers = Tiers {
        catalogs: members(Tier::Catalog),
        orders: members(Tier::Order),
        carts: members(Tier::Cart),
        env_cfg: Some(settings.env_cfg),
    };
    let frontend = bind(member, secrets, tiers, settings.cache, settings.currency)?;
    frontend.readiness().set_roster(&roster);
    Ok(frontend.run().await?)
}

/// Whom a frontend asks.
#[derive(Clone, Debug)]
pub struct Tiers {
    /// The catalog replicas.
    pub catalogs: Vec<Member>,
    /// The order replicas.
    pub orders: Vec<Member>,
    /// The cart replicas; none in a shop that does without.
    pub carts: Vec<Member>,
    /// Where they are written down; `None` where nobody looks there again.
    pub env_cfg: Option<PathBuf>,
}

/// Listens as `member`, and starts to watch the other tiers.
///
/// # Errors
/// [`ServeError`] when it can't listen.
pub fn bind(
    member: Member,
    secrets: Secrets,
    tiers: Tiers,
    cache: CacheMode,
    currency: String,
) -> Result<Bound, ServeError> {
    let readiness = Readiness::new(&member.name);
    let caller = Caller::new(&secrets, &member.name);
    let browse = Browse::new(Cache::new(cache), Catalogs::watch(&caller, tiers.catalogs));
    let namespace = wire::ids::shop_namespace(secrets.token.expose());
    let objects = Objects::new(objects::Replicas::watch(&caller, tiers.carts));
    let checkout = Arc::new(Checkout::new(browse.clone(), Orders::watch(&caller, tiers.orders), namespace));
    let contexts = Contexts::new(secrets.token.expose());
    let shop = Data::new(Shop {
        carts: Carts::new(browse.clone(), objects.clone(), Arc::clone(&checkout)),
        checkout,
        browse,
        lists: Lists::new(objects.clone(), contexts, Links::new(secrets.token.expose())),
        accounts: Accounts::new(objects.clone(), secrets.token.expose()),
        lookups: Lookups::new(objects.clone(), secrets.token.expose()),
        objects,
        contexts,
        newcomers: Pace::new(NEW_AT_ONCE, NEW_EVERY),
        about: About::new(member.name.clone()),
        watchers: Watchers::new(MOST_WATCHERS, readiness.clone()),
        desk: Desk::new(secrets.token.expose(), readiness.clone(), Census::new(caller, tiers.env_cfg)),
        signer: Signer::new(secrets.token.expose()),
        currency,
        served_by: ServedBy::new(member.name.as_str()),
    });
    let shown = shop.clone();
    readiness.set_detail(Arc::new(move || about::detail(&shown.browse, &shown.checkout, &shown.objects)));
    let limits = Limits { body_bytes: BODY_BYTES, ..Limits::default() };
    let server = Server { member, secrets, readiness: readiness.clone(), limits };
    let routed = shop.clone();
    let bound = server.bind(move |config| routes(config, &routed))?;
    tokio::spawn(count(shop.clone()));
    tokio::spawn(follow(shop.clone()));
    tokio::spawn(look_around(shop, readiness));
    Ok(bound)
}

/// Lets the desk's pulse beat.
async fn count(shop: Data<Shop>) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        let tally = shop.browse.cache().tally();
        shop.desk.pulse.beat(Counts { buys: shop.checkout.bought(), hits: tally.hits, misses: tally.misses });
    }
}

/// Looks who has what was written last, more often than the catalogs are asked.
async fn follow(shop: Data<Shop>) {
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        shop.desk.trails.look(clock::now_ms(), &shop.browse.catalogs().fleet().view());
    }
}

/// Takes traffic as soon as the others have been looked for once: without them a frontend still shows pages that help.
async fn look_around(shop: Data<Shop>, readiness: Readiness) {
    let (catalogs, orders) = (shop.browse.catalogs().fleet(), shop.checkout.orders().fleet());
    futures::join!(catalogs.until_any_ready(FIRST_LOOK), orders.until_any_ready(FIRST_LOOK));
    readiness.release("starting");
}

/// Everything a frontend answers. Errors are envelopes for programs and pages for people.
fn routes(config: &mut ServiceConfig, shop: &Data<Shop>) {
    api::routes(config, shop);
    config.service(
        web::scope("")
            .app_data(shop.clone())
            .app_data(ErrorStyle::Classic)
            .configure(static_files::routes)
            .configure(feeds::routes)
            .configure(pages::routes)
            .default_service(web::to(async || HttpResponse::new(StatusCode::NOT_FOUND)))
            .wrap(from_fn(as_pages))
            .wrap(headers::for_pages())
            .wrap(from_fn(coding::compressed)),
    );
}
