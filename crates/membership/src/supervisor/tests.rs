//! Stories of a session, event by event, with the step that each must lead to.

use super::{Event, MOST_FAILURES, Role, Step, Supervisor};
use crate::pace::Pace;
use std::time::Duration;

fn pace() -> Pace {
    let ms = Duration::from_millis;
    Pace {
        session: ms(3000),
        answer: ms(1000),
        first_pause: ms(100),
        longest_pause: ms(1000),
        settle: ms(50),
        refresh: ms(9000),
    }
}

/// Plays a story, one line an event: the event, the step it leads to, and whether the list is then taken for today's.
fn play(role: Role, story: &[(Event, &str)]) -> Supervisor {
    let mut supervisor = Supervisor::new(role, pace());
    for (number, (event, expected)) in story.iter().enumerate() {
        let step = match supervisor.next(*event) {
            Step::Connect => "connect".to_owned(),
            Step::Register => "register".to_owned(),
            Step::Read => "read".to_owned(),
            Step::Listen(time) => format!("listen {}", time.as_millis()),
            Step::Pause(time) => format!("pause {}", time.as_millis()),
        };
        let health = if supervisor.healthy() { "healthy" } else { "old" };
        assert_eq!(format!("{step}, {health}"), *expected, "event {number}, {event:?}");
    }
    supervisor
}

const LISTED: Event = Event::Listed { own: true };
const OPENED: [(Event, &str); 3] =
    [(Event::Connected, "register, old"), (Event::Registered, "read, old"), (LISTED, "listen 9000, healthy")];

/// Plays a story that begins with a session in which all is well.
fn play_on(story: &[(Event, &str)]) -> Supervisor {
    play(Role::Member, &[&OPENED, story].concat())
}

#[test]
fn a_member_registers_reads_and_listens_and_reads_again_after_a_change_or_a_while() {
    play_on(&[
        (Event::Changed, "pause 50, healthy"),
        (Event::Elapsed, "read, healthy"),
        (LISTED, "listen 9000, healthy"),
        (Event::Elapsed, "read, healthy"),
        (LISTED, "listen 9000, healthy"),
    ]);
}

#[test]
fn a_connection_that_comes_back_keeps_its_session_and_reads_what_it_missed() {
    let supervisor =
        play_on(&[(Event::Lost, "listen 6000, old"), (Event::Back, "read, old"), (LISTED, "listen 9000, healthy")]);
    assert!(supervisor.connected());
}

#[test]
fn a_session_that_expired_is_followed_by_a_new_one_that_registers_again() {
    play_on(&[
        (Event::Lost, "listen 6000, old"),
        (Event::Expired, "pause 100, old"),
        (Event::Elapsed, "connect, old"),
        (Event::Connected, "register, old"),
        (Event::Registered, "read, old"),
        (LISTED, "listen 9000, healthy"),
        (Event::Expired, "pause 100, old"),
    ]);
}

#[test]
fn a_connection_that_stays_away_longer_than_any_node_lives_is_given_up() {
    play_on(&[
        (Event::Lost, "listen 6000, old"),
        (Event::Elapsed, "connect, old"),
        (Event::Failed, "pause 100, old"),
        (Event::Elapsed, "connect, old"),
    ]);
}

#[test]
fn pauses_double_up_to_the_longest_and_begin_anew_after_a_good_list() {
    play(
        Role::Member,
        &[
            (Event::Failed, "pause 100, old"),
            (Event::Elapsed, "connect, old"),
            (Event::Failed, "pause 200, old"),
            (Event::Elapsed, "connect, old"),
            (Event::Failed, "pause 400, old"),
            (Event::Elapsed, "connect, old"),
            (Event::Failed, "pause 800, old"),
            (Event::Elapsed, "connect, old"),
            (Event::Failed, "pause 1000, old"),
            (Event::Elapsed, "connect, old"),
            (Event::Failed, "pause 1000, old"),
            (Event::Elapsed, "connect, old"),
            (Event::Connected, "register, old"),
            (Event::Registered, "read, old"),
            (LISTED, "listen 9000, healthy"),
            (Event::Elapsed, "read, healthy"),
            (Event::Failed, "pause 100, old"),
            (Event::Elapsed, "read, old"),
            (LISTED, "listen 9000, healthy"),
        ],
    );
}

#[test]
fn ever_so_many_failures_never_lead_to_more_than_the_longest_pause() {
    let mut supervisor = Supervisor::new(Role::Member, pace());
    for _ in 0..10_000 {
        let Step::Pause(time) = supervisor.next(Event::Failed) else { panic!("a failure is followed by a pause") };
        assert!((pace().first_pause..=pace().longest_pause).contains(&time), "{time:?}");
        assert_eq!(supervisor.next(Event::Elapsed), Step::Connect);
    }
}

#[test]
fn a_session_that_answers_nothing_is_given_up_though_nobody_said_that_it_is_gone() {
    let mut supervisor = play_on(&[]);
    for _ in 1..MOST_FAILURES {
        supervisor.next(Event::Failed);
        assert_eq!(supervisor.next(Event::Elapsed), Step::Read);
    }
    supervisor.next(Event::Failed);
    assert_eq!(supervisor.next(Event::Elapsed), Step::Connect);
    assert!(!supervisor.connected());
}

#[test]
fn a_node_or_a_directory_that_somebody_removed_is_made_again_ever_more_slowly() {
    let gone = Event::Listed { own: false };
    play_on(&[
        (Event::Changed, "pause 50, healthy"),
        (Event::Elapsed, "read, healthy"),
        (gone, "pause 100, healthy"),
        (Event::Elapsed, "register, healthy"),
        (Event::Registered, "read, healthy"),
        (gone, "pause 200, healthy"),
        (Event::Elapsed, "register, healthy"),
        (Event::Registered, "read, healthy"),
        (Event::Missing, "pause 400, healthy"),
        (Event::Elapsed, "register, healthy"),
        (Event::Registered, "read, healthy"),
        (LISTED, "listen 9000, healthy"),
    ]);
}

#[test]
fn an_observer_has_no_node_to_miss() {
    play(
        Role::Observer,
        &[
            (Event::Connected, "register, old"),
            (Event::Registered, "read, old"),
            (Event::Listed { own: false }, "listen 9000, healthy"),
        ],
    );
}

#[test]
fn a_connection_lost_before_the_node_was_made_is_followed_by_registering() {
    play(
        Role::Member,
        &[
            (Event::Connected, "register, old"),
            (Event::Lost, "listen 6000, old"),
            (Event::Back, "register, old"),
            (Event::Failed, "pause 100, old"),
            (Event::Lost, "listen 6000, old"),
            (Event::Back, "register, old"),
        ],
    );
}

#[test]
fn whatever_happens_in_whatever_order_a_way_back_stays_open() {
    let every = [
        Event::Connected,
        Event::Registered,
        LISTED,
        Event::Listed { own: false },
        Event::Missing,
        Event::Changed,
        Event::Lost,
        Event::Back,
        Event::Expired,
        Event::Failed,
        Event::Elapsed,
    ];
    // All sequences of five; after each, steps that work lead to a list within a few steps.
    for mut code in 0..every.len().pow(5) {
        let mut supervisor = Supervisor::new(Role::Member, pace());
        let mut step = Step::Connect;
        for _ in 0..5 {
            step = supervisor.next(every[code % every.len()]);
            code /= every.len();
        }
        for _ in 0..8 {
            step = supervisor.next(match step {
                Step::Connect => Event::Connected,
                Step::Register => Event::Registered,
                Step::Read => LISTED,
                Step::Listen(_) | Step::Pause(_) => Event::Elapsed,
            });
        }
        assert!(supervisor.healthy(), "{supervisor:?}");
    }
}
