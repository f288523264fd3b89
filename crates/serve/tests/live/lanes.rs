//! Many questions, few calls: nothing lost, nothing in the wrong place, nothing waiting for ever.

use crate::stage::{PATIENCE, Running, caller, free_port, member, secrets, start};
use actix_web::web::{self, Data, ServiceConfig};
use futures::future::join_all;
use serve::{CallError, Lane, LaneLimits, Refusal, request_id};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use wire::Problem;

/// A replica that squares numbers, batch by batch, as the test lets it.
#[derive(Clone)]
struct Squarer {
    /// One permit lets one batch through.
    open: Arc<Semaphore>,
    /// One permit for each batch that has arrived.
    arrived: Arc<Semaphore>,
    batches: Arc<Mutex<Vec<Vec<u64>>>>,
    ids: Arc<Mutex<Vec<String>>>,
}

impl Squarer {
    fn new(open: usize) -> Self {
        let (open, arrived) = (Arc::new(Semaphore::new(open)), Arc::new(Semaphore::new(0)));
        Self { open, arrived, batches: Arc::default(), ids: Arc::default() }
    }

    fn start(&self) -> (Running, Lane<u64, u64>) {
        self.start_with(LaneLimits { deadline: PATIENCE, ..LaneLimits::default() })
    }

    fn start_with(&self, limits: LaneLimits) -> (Running, Lane<u64, u64>) {
        let secrets = secrets();
        let squarer = Data::new(self.clone());
        let running = start(member("catalogA", 0), &secrets, move |config: &mut ServiceConfig| {
            config.app_data(squarer.clone()).route("/internal/square", web::post().to(square));
        });
        let lane = Lane::new(caller(&secrets), running.member.clone(), "/internal/square", limits);
        (running, lane)
    }

    async fn batch_arrives(&self) {
        timeout(PATIENCE, self.arrived.acquire()).await.unwrap().unwrap().forget();
    }

    fn batches(&self) -> Vec<Vec<u64>> {
        self.batches.lock().unwrap().clone()
    }
}

async fn square(squarer: Data<Squarer>, batch: web::Json<Vec<u64>>) -> Result<web::Json<Vec<u64>>, Refusal> {
    squarer.batches.lock().unwrap().push(batch.clone());
    squarer.ids.lock().unwrap().push(request_id::current().unwrap().to_string());
    squarer.arrived.add_permits(1);
    squarer.open.acquire().await.unwrap().forget();
    if batch.contains(&13) {
        return Err(Problem::definite(503, "unlucky", "no squares today").into());
    }
    let answers = batch.iter().map(|number| number * number);
    // A replica that has lost count.
    Ok(web::Json(answers.skip(usize::from(batch.contains(&99))).collect()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_gets_its_own_answer_and_questions_travel_together() {
    let squarer = Squarer::new(usize::MAX >> 4);
    let (running, lane) = squarer.start();
    let asking = (1_000..3_000_u64).map(|number| {
        let lane = lane.clone();
        tokio::spawn(async move { (number, lane.ask(number).await) })
    });
    for answer in join_all(asking).await {
        let (number, square) = answer.unwrap();
        assert_eq!(square, Ok(number * number));
    }
    let batches = squarer.batches();
    let mut seen: Vec<u64> = batches.iter().flatten().copied().collect();
    seen.sort_unstable();
    assert_eq!(seen, (1_000..3_000).collect::<Vec<_>>(), "each question travels once");
    assert!(batches.len() < 1_000, "{} calls for 2000 questions", batches.len());
    assert!(batches.iter().all(|batch| batch.len() <= 512));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_queues_while_the_slots_are_taken_leaves_as_one_batch_in_order() {
    let squarer = Squarer::new(0);
    let (running, lane) = squarer.start();
    let mut asked = Vec::new();
    // Two lonely questions leave at once, each by itself, and take both slots.
    for number in [1, 2] {
        asked.push(tokio::spawn({
            let lane = lane.clone();
            async move { lane.ask(number).await }
        }));
        squarer.batch_arrives().await;
    }
    // The questions join the queue in the order in which they are first polled.
    let rest = join_all((3..=7).map(|number| lane.ask(number)));
    let mut rest = Box::pin(rest);
    assert!(futures::poll!(&mut rest).is_pending());
    squarer.open.add_permits(3);
    assert_eq!(timeout(PATIENCE, rest).await.unwrap(), [9, 16, 25, 36, 49].map(Ok));
    for (asked, square) in asked.into_iter().zip([1, 4]) {
        assert_eq!(asked.await.unwrap(), Ok(square));
    }
    assert_eq!(squarer.batches(), [vec![1], vec![2], vec![3, 4, 5, 6, 7]]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_question_more_than_the_queue_holds_is_busy_at_once() {
    let squarer = Squarer::new(0);
    let (running, lane) = squarer.start_with(LaneLimits { batch: 8, in_flight: 1, queue: 3, deadline: PATIENCE });
    let first = tokio::spawn({
        let lane = lane.clone();
        async move { lane.ask(1).await }
    });
    squarer.batch_arrives().await;
    let mut queued = Box::pin(join_all((2..=4).map(|number| lane.ask(number))));
    assert!(futures::poll!(&mut queued).is_pending());
    let busy = lane.ask(5).await.unwrap_err();
    assert_eq!(busy, CallError::Busy { to: running.member.name.clone() });
    squarer.open.add_permits(2);
    assert_eq!(timeout(PATIENCE, queued).await.unwrap(), [4, 9, 16].map(Ok));
    assert_eq!(first.await.unwrap(), Ok(1));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_takes_too_long_times_out_for_each_of_its_askers() {
    let squarer = Squarer::new(0);
    let deadline = Duration::from_millis(100);
    let (running, lane) = squarer.start_with(LaneLimits { deadline, ..LaneLimits::default() });
    for answer in timeout(PATIENCE, join_all((1..=3).map(|number| lane.ask(number)))).await.unwrap() {
        assert_eq!(answer, Err(CallError::TimedOut { to: running.member.name.clone(), after_ms: 100 }));
    }
    squarer.open.add_permits(3);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_whose_asker_has_gone_away_is_not_sent() {
    let squarer = Squarer::new(0);
    let (running, lane) = squarer.start_with(LaneLimits { batch: 8, in_flight: 1, queue: 8, deadline: PATIENCE });
    let mut first = Box::pin(lane.ask(1));
    assert!(futures::poll!(&mut first).is_pending());
    squarer.batch_arrives().await;
    let mut gone = Box::pin(lane.ask(2));
    assert!(futures::poll!(&mut gone).is_pending());
    let mut third = Box::pin(lane.ask(3));
    assert!(futures::poll!(&mut third).is_pending());
    drop(gone);
    squarer.open.add_permits(2);
    assert_eq!(timeout(PATIENCE, futures::future::join(first, third)).await.unwrap(), (Ok(1), Ok(9)));
    assert_eq!(squarer.batches(), [[1], [3]]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_fails_for_each_of_its_askers_and_the_lane_goes_on() {
    let squarer = Squarer::new(0);
    let (running, lane) = squarer.start_with(LaneLimits { in_flight: 1, deadline: PATIENCE, ..LaneLimits::default() });
    // Questions that are asked while the slot is taken are one batch.
    let mut first = Box::pin(lane.ask(1));
    assert!(futures::poll!(&mut first).is_pending());
    squarer.batch_arrives().await;
    let mut unlucky = Box::pin(join_all([12, 13, 14].map(|number| lane.ask(number))));
    assert!(futures::poll!(&mut unlucky).is_pending());
    squarer.open.add_permits(1);
    squarer.batch_arrives().await;
    let mut short = Box::pin(join_all([98, 99, 100].map(|number| lane.ask(number))));
    assert!(futures::poll!(&mut short).is_pending());
    squarer.open.add_permits(3);

    for answer in unlucky.await {
        assert!(matches!(&answer, Err(CallError::Refused { problem, .. }) if problem.kind == "unlucky"), "{answer:?}");
    }
    for answer in short.await {
        assert!(matches!(&answer, Err(CallError::Malformed { why, .. }) if why == "2 answers to 3 questions"));
    }
    assert_eq!((first.await, lane.ask(5).await), (Ok(1), Ok(25)));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_asker_learns_that_the_replica_is_unreachable() {
    let nobody = member("catalogB", free_port().await);
    let lane: Lane<u64, u64> = Lane::new(caller(&secrets()), nobody, "/", LaneLimits::default());
    for answer in join_all((0..20).map(|number| lane.ask(number))).await {
        let error = answer.unwrap_err();
        assert!(matches!(error, CallError::Unreachable { .. }), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lonely_question_travels_under_the_id_of_its_request() {
    let squarer = Squarer::new(1);
    let (running, lane) = squarer.start();
    assert_eq!(request_id::on_behalf_of("trip-1".parse().unwrap(), lane.ask(3)).await, Ok(9));
    assert_eq!(*squarer.ids.lock().unwrap(), ["trip-1"]);
    running.stop().await;
}
