//! `/about`: what the shop promises, and how its replicas are doing right now.

use super::{Frame, page};
use crate::about::{Replica, replicas_in};
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

#[derive(Template)]
#[template(path = "pages/about.html")]
struct AboutPage {
    frame: Frame,
    name: String,
    /// `, up for 4 min.`
    up_for: String,
    tiers: Vec<Tier>,
    /// How much it remembers.
    remembers: String,
}

/// The replicas of one kind.
struct Tier {
    id: &'static str,
    name: &'static str,
    replicas: Vec<Replica>,
}

impl AboutPage {
    /// For how long a replica has been as it is: `for 4 min`.
    fn since(&self, replica: &Replica) -> String {
        (self.frame.say.doing.since)(&replica.since)
    }
}

pub(super) async fn about(shop: Data<Shop>, request: HttpRequest) -> HttpResponse {
    let say = visitor::say(&request);
    let (catalogs, orders) = (shop.browse.catalogs(), shop.checkout.orders());
    let tally = shop.browse.cache().tally();
    let tiers = [
        ("catalogs", say.doing.catalogs, replicas_in(say, catalogs.fleet(), catalogs.answered_last().as_ref())),
        ("orders", say.doing.order_desks, replicas_in(say, orders.fleet(), orders.answered_last().as_ref())),
        ("carts", say.doing.cart_replicas, replicas_in(say, shop.objects.fleet(), None)),
    ];
    let tiers = tiers.into_iter().filter(|(_, _, replicas)| !replicas.is_empty());
    page(
        StatusCode::OK,
        &AboutPage {
            frame: Frame::titled(&request, say.doing.title),
            name: shop.about.name().to_owned(),
            up_for: (say.doing.up_for)(&say.span(shop.about.up_s())),
            tiers: tiers.map(|(id, name, replicas)| Tier { id, name, replicas }).collect(),
            remembers: (say.doing.remembers)(
                &say.number(tally.items),
                &say.number(tally.hits),
                &say.number(tally.misses),
            ),
        },
    )
}
