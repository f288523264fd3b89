//! The client against shops of a few lines, honest ones and others: what it must notice, and how it ends then.

mod shop;

use client::outcome::{Load, Outcome};
use client::{Plan, Progress, Scenario};
use shop::{Fault, Shop};
use std::process::{Command, Output};
use std::time::Duration;

fn plan(shop: &Shop, scenario: Scenario, load: Load) -> Plan {
    Plan {
        scenario,
        target: shop.origin(),
        load,
        warm_up: Duration::ZERO,
        span: Duration::from_secs(1),
        seed: 7,
        titles: 100,
        title: None,
        topic: None,
        faults: None,
    }
}

async fn run(plan: &Plan) -> Outcome {
    client::run(plan, Progress::Silent, std::future::pending()).await.expect("the shop is there")
}

/// What did not hold.
fn broken(outcome: &Outcome) -> Vec<&str> {
    outcome.audit.checks.iter().filter(|check| !check.held).map(|check| check.says.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_shop_is_found_honest_in_every_scenario() {
    for scenario in [Scenario::Browse, Scenario::Mixed, Scenario::FlashSale, Scenario::LongTail, Scenario::Invalidation]
    {
        let shop = Shop::open(30, None);
        let outcome = run(&plan(&shop, scenario, Load::Clients(4))).await;
        assert_eq!(broken(&outcome), Vec::<&str>::new(), "{scenario}: {:?}", outcome.audit);
        assert!(outcome.series.iter().all(|series| series.failed == 0), "{scenario}: {:?}", outcome.series);
        assert!(outcome.series.iter().any(|series| series.answered > 20), "{scenario}: {:?}", outcome.series);
        let buys = !matches!(scenario, Scenario::Browse);
        assert_eq!(outcome.audit.orders > 0, buys, "{scenario}: {:?}", outcome.audit);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_breaking_the_promise_is_named() {
    for (fault, units, named) in [
        (Fault::SellsTooMuch, 5, "no title sold more units than it had"),
        (Fault::KeepsTheUnits, 1_000_000, "every unit sold has left the stock"),
        (Fault::TellsOneOrderTwice, 1_000_000, "every purchase has an order of its own"),
        (Fault::ForgetsKeys, 1_000_000, "a purchase asked for again is the same order"),
    ] {
        let shop = Shop::open(units, Some(fault));
        let outcome = run(&plan(&shop, Scenario::FlashSale, Load::Clients(4))).await;
        assert!(broken(&outcome).contains(&named), "{fault:?}: {:?}", outcome.audit);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_whose_answer_was_lost_is_asked_for_again_under_its_key_and_counted_once() {
    let shop = Shop::open(1_000_000, Some(Fault::LosesAnswers));
    let outcome = run(&plan(&shop, Scenario::FlashSale, Load::Clients(4))).await;
    assert_eq!(broken(&outcome), Vec::<&str>::new(), "{:?}", outcome.audit);
    assert!(outcome.series.iter().any(|series| series.failed > 0), "{:?}", outcome.series);
    assert_eq!((outcome.audit.orders, outcome.audit.unsure), (shop.sold(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_hangs_is_seen_by_all_who_would_have_come_and_not_only_by_those_who_waited() {
    let hang = Duration::from_millis(400);
    let slow = async |load| {
        let shop = Shop::open(1_000_000, Some(Fault::HangsOnce(hang)));
        let outcome = run(&plan(&shop, Scenario::Lookup, load)).await;
        let [series] = outcome.series.as_slice() else { panic!("{:?}", outcome.series) };
        series.histogram.iter().filter(|bucket| bucket.upto > 100_000).map(|bucket| bucket.count).sum::<u64>()
    };
    let closed = slow(Load::Clients(1)).await;
    let open = slow(Load::Rate(200)).await;
    assert_eq!(closed, 1, "one client waits, and asks nothing meanwhile");
    // Planned for the first 300 of these 400 ms, 60 arrivals have more than 100 ms to wait.
    assert!(open >= 50, "{open} of those who would have come were kept waiting");
}

/// The program, at a shop.
fn program(shop: &Shop, arguments: &[&str]) -> Output {
    let reports = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_client"));
    command.args(["run", "--seconds", "1", "--warm-up", "0", "--target", &shop.origin(), "--report"]);
    command.arg(reports.path()).args(arguments);
    let output = command.output().expect("the program runs");
    let files = std::fs::read_dir(reports.path()).map_or(0, Iterator::count);
    assert_eq!(files, 2, "a page and its data: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn the_program_ends_with_one_when_the_shop_broke_its_word_or_an_expectation_was_missed() {
    let honest = Shop::open(1_000_000, None);
    let output = program(&honest, &["flash-sale", "--clients", "2", "--expect", "buy:failed<1", "--expect", "p99<10s"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("The ledger holds"));
    let output = program(&honest, &["lookup", "--clients", "2", "--expect", "p50<1us"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("Not as expected: p50<1us"));
    let liar = Shop::open(5, Some(Fault::SellsTooMuch));
    let output = program(&liar, &["flash-sale", "--clients", "2"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("The ledger is BROKEN"));
}

#[test]
fn a_shop_that_is_not_there_and_one_that_is_not_ours_are_named_in_a_sentence() {
    for (target, word) in [("http://127.0.0.1:1", "listing the shop's books"), ("http://192.0.2.1:80", "--elsewhere")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_client"));
        let output = command.args(["run", "lookup", "--no-report", "--target", target]).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(word), "{said}");
    }
}
