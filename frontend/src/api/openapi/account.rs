//! Accounts and sessions of `/api/v1`, described.

use super::describe::{Described, V1, json_body_of, path};
use serde_json::{Value, json};
use utoipa::openapi::PathsBuilder;
use utoipa::openapi::path::HttpMethod;
use wire::account::{Credentials, Email, NewPassword, Visitor};

pub(super) fn paths(paths: PathsBuilder) -> PathsBuilder {
    let paths = path(paths, "/api/v1/accounts", [(HttpMethod::Post, sign_up())]);
    let session = [(HttpMethod::Get, show()), (HttpMethod::Post, sign_in()), (HttpMethod::Delete, sign_out())];
    let paths = path(paths, "/api/v1/session", session);
    path(paths, "/api/v1/session/password", [(HttpMethod::Put, set_password())])
}

const EMAIL: &str = "ada@example.org";
const BROKEN: (u16, &str, &str) = (400, "broken-json", "The body is not JSON.");
const WRONG: (u16, &str, &str) = (401, "wrong-password", "No account has this e-mail address and this password.");
const OTHER_SITE: (u16, &str, &str) =
    (403, "not-meant", "This request was made by another site; buying starts on a page of this shop.");
const NO_ACCOUNTS: (u16, &str, &str) = (404, "no-accounts", "This shop has no accounts; everybody buys as a guest.");
const TOO_LARGE: (u16, &str, &str) = (413, "too-large", "The body is larger than this address takes.");
const UNREADABLE: (u16, &str, &str) =
    (415, "wrong-media-type", "The body must be sent as Content-Type: application/json.");
const INVALID: (u16, &str, &str) = (422, "invalid", "password: a password has 8 to 200 characters.");
const TOO_OFTEN: (u16, &str, &str) =
    (429, "too-often", "That was tried too often; nothing was done. Try again in 10 s.");
const NO_QUORUM: (u16, &str, &str) = (
    503,
    "no-quorum",
    "Too little of the shop answers to be sure of an account; nothing was done. Try again in a moment.",
);

fn member() -> Visitor {
    // The example is an address.
    EMAIL.parse().map_or(Visitor::GUEST, |email: Email| Visitor::member(email))
}

fn credentials() -> Value {
    json!({"email": EMAIL, "password": "correct horse"})
}

fn sign_up() -> Described {
    Described::new(
        V1,
        "signUp",
        "Sign up",
        "Makes an account and signs in. Nobody needs one to buy. What was put into the cart before is in the account's.",
    )
    .takes_body(json_body_of::<Credentials>(&credentials(), "Who signs up."))
    .answers(201, "Signed up, and signed in by the cookie.", &member())
    .refuses(&[
        BROKEN,
        OTHER_SITE,
        NO_ACCOUNTS,
        (409, "account-exists", "There is an account of this e-mail address."),
        TOO_LARGE,
        UNREADABLE,
        INVALID,
        TOO_OFTEN,
        NO_QUORUM,
    ])
}

fn sign_in() -> Described {
    Described::new(
        V1,
        "signIn",
        "Sign in",
        "The cookie lasts for thirty days. Whether an address has an account can't be told from a refusal. What was put \
         into the cart before is in the account's.",
    )
    .takes_body(json_body_of::<Credentials>(&credentials(), "Who signs in."))
    .answers(200, "Signed in by the cookie.", &member())
    .refuses(&[BROKEN, WRONG, OTHER_SITE, NO_ACCOUNTS, TOO_LARGE, UNREADABLE, INVALID, TOO_OFTEN, NO_QUORUM])
}

fn show() -> Described {
    Described::new(V1, "session", "Who is asking", "A guest, or somebody with an account.")
        .answers(200, "Who it is.", &member())
        .refuses(&[BROKEN, TOO_LARGE, UNREADABLE, INVALID, NO_QUORUM])
}

fn sign_out() -> Described {
    Described::new(V1, "signOut", "Sign out", "The cookie is replaced by one of a guest.")
        .answers(200, "A guest.", &Visitor::GUEST)
        .refuses(&[BROKEN, OTHER_SITE, TOO_LARGE, UNREADABLE, INVALID])
}

fn set_password() -> Described {
    let given = json!({"old": "correct horse", "new": "battery staple"});
    Described::new(
        V1,
        "setPassword",
        "Set another password",
        "For whoever is signed in. Everywhere else they are signed out, within half a minute.",
    )
    .takes_body(json_body_of::<NewPassword>(&given, "The password so far, and the one from now on."))
    .answers(200, "Set. The cookie is another one.", &member())
    .refuses(&[BROKEN, WRONG, OTHER_SITE, NO_ACCOUNTS, TOO_LARGE, UNREADABLE, INVALID, TOO_OFTEN, NO_QUORUM])
}
