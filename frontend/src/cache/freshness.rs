//! What the cache decides, without the cache: how one book is made of two answers, and how long it may be shown.
//!
//! Pure: time is an argument. Any order of fills, pushes and receipts can be played, and the result never goes back
//! in time, because states are joined and never replaced. Keeping and finding books is `cache.rs`' business.

use crate::cache::Book;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::ItemState;

/// So long an answer is shown without a thought.
pub const FRESH: Duration = Duration::from_secs(1);
/// So long it is shown while a new one is fetched behind it; after that, a reader waits for the new one.
pub const TTL: Duration = Duration::from_millis(1_500);
/// So long it may be shown while no catalog answers.
pub const STALE: Duration = Duration::from_mins(10);

/// How old an answer is, in terms of what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Show it.
    Fresh,
    /// Show it, and fetch another behind it.
    Ageing,
    /// Fetch another first; show this one only when no catalog answers.
    Expired,
    /// Never show it.
    TooOld,
}

impl Age {
    /// The age at `now` of an answer to a question that was asked at `asked_at`.
    ///
    /// It counts from the question, not from the answer: what happened in between may not be in it.
    pub fn of(asked_at: Instant, now: Instant) -> Self {
        match now.saturating_duration_since(asked_at) {
            age if age < FRESH => Self::Fresh,
            age if age < TTL => Self::Ageing,
            age if age < STALE => Self::Expired,
            _ => Self::TooOld,
        }
    }
}

/// A book as this frontend knows it.
#[derive(Clone, Debug)]
pub struct Known {
    /// The book.
    pub book: Arc<Book>,
    /// When the question was asked that the freshest answer in it is for.
    pub asked_at: Instant,
}

/// A state of a book that has come in.
#[derive(Clone, Debug)]
pub struct News {
    /// The state.
    pub state: ItemState,
    /// When it was asked for; `None` when a catalog pushed it. Nobody can tell how long a push was under way, so it adds
    /// to what is known but makes nothing fresher.
    pub asked_at: Option<Instant>,
}

/// What news does to a cached book.
#[derive(Debug)]
pub enum Joined {
    /// Nothing was known and nobody had asked: pushes must not fill a cache with books nobody looks at.
    NotWanted,
    /// The same book, perhaps fresher.
    Same(Known),
    /// The book has changed.
    Changed(Known),
}

/// Makes one of what was known and what has come in. The only way a book gets into the cache.
pub fn join(old: Option<Known>, news: News) -> Joined {
    let Some(old) = old else {
        return match news.asked_at {
            Some(asked_at) => Joined::Changed(Known { book: Arc::new(Book::new(news.state)), asked_at }),
            None => Joined::NotWanted,
        };
    };
    let asked_at = news.asked_at.map_or(old.asked_at, |asked_at| asked_at.max(old.asked_at));
    let mut state = old.book.state().clone();
    state.join(news.state);
    if state == *old.book.state() {
        Joined::Same(Known { book: old.book, asked_at })
    } else {
        Joined::Changed(Known { book: Arc::new(Book::new(state)), asked_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::state;
    use proptest::prelude::*;

    /// The history of one book at two catalogs: `(a, b)` entries of each had been read. Equal numbers, equal contents.
    fn at(a: u64, b: u64) -> ItemState {
        let net = |seq: u64| 10 - i64::try_from(seq).expect("small");
        state(1, &[(1, a, net(a)), (2, b, net(b))])
    }

    fn taken(old: Option<Known>, news: News) -> Option<Known> {
        match join(old.clone(), news) {
            Joined::NotWanted => old,
            Joined::Same(known) | Joined::Changed(known) => Some(known),
        }
    }

    prop_compose! {
        fn news(base: Instant)(a in 1_u64..6, b in 1_u64..6, asked in prop::option::of(0_u64..2000)) -> News {
            News { state: at(a, b), asked_at: asked.map(|ms| base + Duration::from_millis(ms)) }
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_in_a_book_never_goes_back_in_time(all in prop::collection::vec(news(Instant::now()), 1..12)) {
            let mut known = None;
            for news in all {
                let before = known.clone();
                known = taken(known, news);
                if let (Some(before), Some(after)) = (before, &known) {
                    prop_assert!(after.book.state().contains(&before.book.state().versions()));
                    prop_assert!(after.asked_at >= before.asked_at);
                }
            }
        }

        #[test]
        fn the_order_in_which_answers_come_makes_no_difference(first in news(Instant::now()), second in news(Instant::now()), filled in news(Instant::now())) {
            let start = taken(None, News { asked_at: Some(Instant::now()), ..filled });
            let one = taken(taken(start.clone(), first.clone()), second.clone()).expect("filled");
            let other = taken(taken(start, second), first).expect("filled");
            prop_assert_eq!(one.book.state(), other.book.state());
            prop_assert_eq!(one.asked_at, other.asked_at);
        }
    }

    #[test]
    fn a_late_stale_fill_is_harmless() {
        let start = Instant::now();
        let filled = taken(None, News { state: at(1, 1), asked_at: Some(start) });
        let pushed = taken(filled, News { state: at(3, 1), asked_at: None });
        let late = taken(pushed, News { state: at(2, 2), asked_at: Some(start) }).expect("known");
        assert_eq!(*late.book.state(), at(3, 2));
    }

    #[test]
    fn a_push_adds_what_it_knows_and_makes_nothing_fresher() {
        let start = Instant::now();
        let filled = taken(None, News { state: at(1, 1), asked_at: Some(start) });
        let pushed = taken(filled, News { state: at(2, 1), asked_at: None }).expect("known");
        assert_eq!(pushed.asked_at, start);
        assert_eq!(*pushed.book.state(), at(2, 1));
    }

    #[test]
    fn a_push_of_a_book_nobody_asked_for_is_not_kept() {
        assert!(matches!(join(None, News { state: at(1, 1), asked_at: None }), Joined::NotWanted));
    }

    #[test]
    fn the_same_state_again_keeps_the_rendered_body() {
        let start = Instant::now();
        let filled = taken(None, News { state: at(1, 1), asked_at: Some(start) }).expect("filled");
        let again = join(Some(filled.clone()), News { state: at(1, 1), asked_at: Some(start + TTL) });
        let Joined::Same(known) = again else { panic!("nothing has changed: {again:?}") };
        assert!(Arc::ptr_eq(&known.book, &filled.book));
        assert_eq!(known.asked_at, start + TTL);
    }

    #[test]
    fn an_answer_ages_from_fresh_to_too_old() {
        let start = Instant::now();
        let ages = [Duration::ZERO, FRESH, TTL, STALE].map(|age| Age::of(start, start + age));
        assert_eq!(ages, [Age::Fresh, Age::Ageing, Age::Expired, Age::TooOld]);
        assert_eq!(Age::of(start + TTL, start), Age::Fresh, "asked in the future: clocks of two threads may differ");
    }
}
