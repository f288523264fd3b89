//! What a browser's own copy of a list may bring, and what it is told: the rules of `POST /api/v1/lists/{id}/sync`. Pure.
//!
//! A browser writes to its copy under an actor of its own and sends deltas. It is believed in what that actor did, and in
//! nothing else: of everybody else's edits a delta only says which ones it had seen and removed.

use crdt::{CounterMap, Delta, Gap};
use wire::Quantity;
use wire::cart::is_browsers;
use wire::v1::{LIST_LIMITS, ListSync, ListSynced};

/// How far a browser's clock may be ahead, in milliseconds: nobody could write a field after a stamp of the far future.
const AHEAD_MS: u64 = 5 * 60 * 1000;

/// Why a browser's edits can't be taken; it begins with the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotTaken {
    /// Somebody else's edits, or an actor that is none of a browser.
    #[error("{0}")]
    Actor(&'static str),
    /// Too much of something.
    #[error("delta: {0}")]
    TooMuch(String),
}

/// Whether a delta has only what its sender may send.
pub(super) fn check(asked: &ListSync, now_ms: u64) -> Result<(), NotTaken> {
    if !is_browsers(asked.actor) {
        return Err(NotTaken::Actor("actor: a browser's begins with a digit from 8 to f"));
    }
    let Some(delta) = &asked.delta else { return Ok(()) };
    let mut advanced = delta.advanced().peekable();
    if advanced.peek().is_none() {
        return Err(NotTaken::Actor("delta: it has no edit of the actor"));
    }
    if advanced.any(|actor| actor != asked.actor) {
        return Err(NotTaken::Actor("delta: it has edits of others than the actor"));
    }
    delta.fits(&LIST_LIMITS).map_err(|error| NotTaken::TooMuch(error.to_string()))?;
    if delta.largest_count() > u64::from(Quantity::MOST) {
        return Err(NotTaken::TooMuch(format!("a count is at most {} up or down", Quantity::MOST)));
    }
    if delta.latest_stamp() > now_ms.saturating_add(AHEAD_MS) {
        return Err(NotTaken::TooMuch("a stamp is in Unix milliseconds, and not of the future".into()));
    }
    Ok(())
}

/// Takes the browser's edits into the list, unless some that were before them are missing here.
pub(super) fn take(map: &mut CounterMap, delta: &Delta) -> Result<(), Gap> {
    map.merge_delta(delta).map(|_| ())
}

/// What the browser lacks of this list. Who else has it open is not its business.
pub(super) fn answer(map: &CounterMap, asked: &ListSync, taken: bool, context: String, acks: usize) -> ListSynced {
    let mut known = asked.since.clone();
    if !taken {
        // The browser builds on edits that are not here. It gets all there is, so that it knows from where on to send.
        return ListSynced { taken, delta: None, object: Some(map.clone()), context, acks, others: 0 };
    }
    if let Some(delta) = &asked.delta {
        known.join(delta.version());
    }
    ListSynced { taken, delta: map.delta_since(&known), object: None, context, acks, others: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crdt::{Actor, VersionVector};

    const NOW: u64 = 1_700_000_000_000;
    const MINE: Actor = Actor::from_bits(1 << 127);
    const GATEWAY: Actor = Actor::from_bits(7);

    fn asked(actor: Actor, since: &CounterMap, copy: &CounterMap) -> ListSync {
        ListSync { actor, since: copy.version().clone(), delta: copy.delta_since(since.version()) }
    }

    fn server() -> CounterMap {
        let mut map = CounterMap::new();
        map.add(GATEWAY, "momo", 1).expect("an edit");
        map
    }

    #[test]
    fn what_the_browser_did_is_taken_and_it_is_told_what_others_did_meanwhile() {
        let mut server = server();
        let mut copy = server.clone();
        copy.add(MINE, "emma", 2).expect("an edit");
        copy.remove(MINE, "momo").expect("an edit");
        let asked = asked(MINE, &server, &copy);
        server.add(GATEWAY, "faust", 1).expect("an edit");
        assert_eq!(check(&asked, NOW), Ok(()));
        take(&mut server, asked.delta.as_ref().expect("a delta")).expect("no gap");
        let told = answer(&server, &asked, true, String::new(), 3);
        copy.merge_delta(told.delta.as_ref().expect("news")).expect("no gap");
        assert_eq!(copy, server);
        assert_eq!(server.lines().keys().collect::<Vec<_>>(), ["emma", "faust"]);
        let again = ListSync { actor: MINE, since: copy.version().clone(), delta: None };
        assert_eq!(answer(&server, &again, true, String::new(), 0).delta, None, "nothing is new");
    }

    #[test]
    fn edits_of_anybody_else_are_not_taken() {
        let base = server();
        let mut forged = base.clone();
        forged.add(GATEWAY, "emma", 1).expect("an edit");
        let theirs = asked(MINE, &base, &forged);
        assert!(matches!(check(&theirs, NOW), Err(NotTaken::Actor(why)) if why.starts_with("delta")));
        forged.add(MINE, "emma", 1).expect("an edit");
        assert!(check(&asked(MINE, &base, &forged), NOW).is_err(), "not beside own ones either");
        assert!(
            matches!(check(&asked(GATEWAY, &base, &forged), NOW), Err(NotTaken::Actor(why)) if why.starts_with("actor"))
        );
    }

    #[test]
    fn a_delta_without_an_edit_removes_nothing() {
        let text = r#"{"seen":[["00000000000000000000000000000007",1,1]],"live":{},"items":{}}"#;
        let delta = Some(serde_json::from_str(text).expect("a delta"));
        let asked = ListSync { actor: MINE, since: VersionVector::new(), delta };
        assert!(check(&asked, NOW).is_err());
    }

    #[test]
    fn counts_and_stamps_out_of_range_are_not_taken() {
        let edited = |count, stamp| {
            let mut copy = CounterMap::new();
            copy.add(MINE, "emma", count).expect("an edit");
            copy.set(MINE, "emma", "note", "for me", stamp).expect("an edit");
            check(&asked(MINE, &CounterMap::new(), &copy), NOW)
        };
        assert_eq!(edited(100, NOW + AHEAD_MS), Ok(()));
        assert!(edited(101, NOW).is_err() && edited(100, NOW + AHEAD_MS + 1).is_err());
    }

    #[test]
    fn a_gap_is_answered_with_everything_so_that_the_browser_can_send_what_was_missing() {
        let (mut server, mut copy) = (server(), server());
        copy.add(MINE, "emma", 1).expect("an edit");
        let lost = copy.clone();
        copy.add(MINE, "faust", 1).expect("an edit");
        let first = asked(MINE, &lost, &copy);
        assert!(take(&mut server, first.delta.as_ref().expect("a delta")).is_err());
        let told = answer(&server, &first, false, String::new(), 0);
        let here = told.object.expect("everything");
        let second = asked(MINE, &here, &copy);
        take(&mut server, second.delta.as_ref().expect("a delta")).expect("no gap");
        assert_eq!(server, copy);
    }
}
