//! Whose cart a classic request may touch: that of whoever holds the session's cookie, or anybody's for the operator.
//!
//! The classic cart APIs name a user in each request. That name is not a key: it only has to be the right one, so that
//! nobody takes somebody else's cart for theirs. Who knows an e-mail address or a userid knows nothing more.

use crate::accounts::NoAccount;
use crate::session::{Seen, Session};
use crate::shop::Shop;
use crate::visitor;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest as _, HttpRequest, HttpResponse};
use serve::{ClassicRefusal, Operator, intent};
use wire::account::Email;
use wire::{Buyer, NotValid, Problem};

/// Somebody whose cart may be touched.
pub(super) struct Whose {
    /// What the cart is called.
    pub(super) owner: Buyer,
    /// The visitor's session; `None` where the operator asks.
    session: Option<Session>,
}

impl Whose {
    /// What the visitor has seen.
    pub(super) fn seen(&self) -> Seen {
        self.session.as_ref().map(|session| session.seen.clone()).unwrap_or_default()
    }

    /// The answer, with the cookie of a visitor.
    pub(super) fn answer(&self, shop: &Shop, request: &HttpRequest, answer: HttpResponse) -> HttpResponse {
        match &self.session {
            Some(session) => visitor::with_cookie(answer, &visitor::cookie(request, &shop.signer, session)),
            None => answer,
        }
    }
}

/// Whether the request comes from the operator.
///
/// # Errors
/// 401 or 403 where it shows a token that is not the shop's.
pub(super) async fn is_operator(request: &HttpRequest) -> Result<bool, actix_web::Error> {
    if !request.headers().contains_key(AUTHORIZATION) {
        return Ok(false);
    }
    Operator::extract(request).await.map(|_| true)
}

/// The cart of `user`, an e-mail address or a userid, if whoever asks may touch it.
///
/// # Errors
/// 401 for who is nobody, 403 for who is somebody else: in the same words whether or not there is such a user.
pub(super) async fn whose(shop: &Shop, request: &HttpRequest, user: &str) -> Result<Whose, actix_web::Error> {
    if is_operator(request).await? {
        return Ok(Whose { owner: named(shop, user).await.map_err(ClassicRefusal)?, session: None });
    }
    Ok(own(shop, request, user).await.map_err(ClassicRefusal)?)
}

async fn own(shop: &Shop, request: &HttpRequest, user: &str) -> Result<Whose, Problem> {
    intent::meant_it(request)?;
    let nobody = || Problem::definite(401, "no-session", "Send the cookie of the session whose cart it is.");
    let session = visitor::owner(request, shop).await.ok_or_else(nobody)?;
    let owner = session.buyer();
    let is_own = match (user.contains('@'), session.member()) {
        (false, _) => user == owner.as_str(),
        (true, None) => false,
        (true, Some(member)) => {
            let visitor = shop.accounts.who(member).await?;
            visitor.email.is_some() && visitor.email == user.parse().ok()
        }
    };
    if is_own {
        return Ok(Whose { owner, session: Some(session) });
    }
    Err(Problem::definite(403, "not-yours", "That is not the user whose session's cookie was sent."))
}

/// What the cart of this user is called.
async fn named(shop: &Shop, user: &str) -> Result<Buyer, Problem> {
    if user.is_empty() {
        return Err(Problem::invalid("userid", "userid is empty."));
    }
    if !user.contains('@') {
        let wrong = |error: NotValid| Problem::invalid("userid", format!("userid is wrong: {error}."));
        return user.parse().map_err(wrong);
    }
    let email: Email = user.parse().map_err(|error: NotValid| Problem::invalid("email", format!("email: {error}.")))?;
    let account = shop.accounts.find(&email).await?;
    let unknown = || Problem::definite(404, "no-such-user", "There is no account of this e-mail address.");
    account.map(|id| id.to_string().parse().unwrap_or_default()).ok_or_else(unknown)
}

impl From<NoAccount> for ClassicRefusal {
    fn from(why: NoAccount) -> Self {
        Self(why.into())
    }
}
