//! The form that sends a file of books: read part by part as it comes, and passed on, whatever its size.
//!
//! The fields before the file say what is wanted of it, the session's token first: nothing of a file is taken without it.

use crate::catalogs::importing::Sending;
use crate::desk::OperatorSession;
use crate::shop::Shop;
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_LENGTH;
use futures::TryStreamExt as _;
use std::time::Duration;
use uuid::Uuid;
use wire::Problem;
use wire::import::{MOST_BYTES, Wanted};

/// How long a file may take to arrive: 256 MiB over a slow line.
const ARRIVES_WITHIN: Duration = Duration::from_mins(15);
/// The most bytes of a field that is not the file.
const MOST_TEXT: usize = 2048;
/// What the form itself adds to a file, at most.
const MOST_AROUND: u64 = 64 << 10;
/// How many fields a form has at most.
const MOST_FIELDS: usize = 12;

/// Where a file is that was sent: the catalog, and its name there.
pub(super) type Place = (String, Uuid);

/// Reads the form into `wanted`, and sends its file to a catalog, which then begins. The token is compared before the file.
///
/// # Errors
/// Why nothing is imported; `wanted` has what was read until then.
pub(super) async fn receive(
    shop: &Shop,
    session: &OperatorSession,
    request: &HttpRequest,
    mut form: Multipart,
    wanted: &mut Wanted,
) -> Result<Place, Problem> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > MOST_BYTES + MOST_AROUND) {
        return Err(too_large());
    }
    serve::arrives_within(request, ARRIVES_WITHIN);
    let mut let_in = false;
    for _ in 0..MOST_FIELDS {
        let Some(field) = form.try_next().await.map_err(unreadable)? else { break };
        match field.name().unwrap_or_default() {
            "token" => {
                let_in = shop.desk.gate.is_form_token(session, text(field).await?.trim());
            }
            "map" => wanted.map = text(field).await?,
            "currency" => text(field).await?.trim().clone_into(&mut wanted.currency),
            "what" => wanted.check_only = text(field).await? != "import",
            "skip_bad" => wanted.skip_bad = !text(field).await?.is_empty(),
            "file" if !let_in => {
                let why = "This form is not one of your session's, so nothing was imported. Send the file again.";
                return Err(Problem::definite(403, "wrong-token", why));
            }
            "file" => {
                wanted.name = named(&field);
                return send(shop, wanted, field).await;
            }
            other => {
                let other: String = other.chars().take(40).collect();
                return Err(Problem::invalid(&other, format!("{other} is no field of this form.")));
            }
        }
    }
    Err(Problem::missing("file", "Choose a file."))
}

async fn send(shop: &Shop, wanted: &Wanted, mut file: Field) -> Result<Place, Problem> {
    let first = file.try_next().await.map_err(unreadable)?;
    let Some(first) = first.filter(|first| !first.is_empty()) else {
        return Err(Problem::missing("file", "Choose a file that has something in it."));
    };
    let mut sending = shop.browse.catalogs().begin_sending(wanted).await?;
    match all_of(&mut sending, &first, file).await {
        Ok(()) => {
            let (catalog, id) = sending.place();
            let place = (catalog.to_owned(), id);
            sending.end().await?;
            Ok(place)
        }
        Err(problem) => {
            sending.give_up().await;
            Err(problem)
        }
    }
}

async fn all_of(sending: &mut Sending<'_>, first: &[u8], mut file: Field) -> Result<(), Problem> {
    sending.send(first).await?;
    while let Some(bytes) = file.try_next().await.map_err(unreadable)? {
        sending.send(&bytes).await?;
    }
    Ok(())
}

/// What the file was called where it came from, without what can't be shown.
fn named(file: &Field) -> String {
    let name = file.content_disposition().and_then(|disposition| disposition.get_filename()).unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|letter| !letter.is_control()).take(100).collect()
}

async fn text(field: Field) -> Result<String, Problem> {
    let mut field = field;
    let name = field.name().unwrap_or_default().to_owned();
    let bytes = field.bytes(MOST_TEXT).await;
    let long = |_| Problem::invalid(&name, format!("{name} has at most {MOST_TEXT} bytes."));
    let bytes = bytes.map_err(long)?.map_err(unreadable)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Problem::invalid(&name, format!("{name} is not UTF-8.")))
}

fn too_large() -> Problem {
    let mib = MOST_BYTES >> 20;
    let why =
        format!("A file has at most {mib} MiB here. Send it in parts, or use catalog import, which takes any size.");
    Problem::definite(413, "too-large", why)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what a stream fails with")]
fn unreadable(error: MultipartError) -> Problem {
    match &error {
        MultipartError::ContentTypeMissing | MultipartError::ContentTypeIncompatible => {
            Problem::definite(415, "wrong-media-type", "The form must be sent as multipart/form-data.")
        }
        error => {
            let why = format!("The file did not arrive whole, and nothing was imported: {error}.");
            Problem::definite(400, "broken-form", why)
        }
    }
}
