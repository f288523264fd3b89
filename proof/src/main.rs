//! `proof`: the model checker and the simulator, for people.

use clap::{Parser, Subcommand};
use proof::catalog::Fault;
use proof::explore::{Budget, Model, explore};
use proof::simulation::{Lives, live, live_many};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Plays the shop's own decisions in every order, or in very many.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Live the lives of many simulated clusters, one a seed; exit status 1 when anything did not hold.
    Simulate {
        /// How many lives.
        #[arg(long, default_value_t = 1000)]
        lives: u64,
        /// The seed of the first one; the others follow.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Live this one life again, and tell it step by step.
        #[arg(long, conflicts_with_all = ["lives", "from"])]
        seed: Option<u64>,
    },
    /// Look at every state of a small shop, as far as the time goes; exit status 1 when anything does not hold.
    Explore {
        /// How many catalogs.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=3))]
        replicas: u8,
        /// Units of the one book.
        #[arg(long, default_value_t = 2)]
        units: u64,
        /// How many orders.
        #[arg(long, default_value_t = 3)]
        orders: usize,
        /// How long to look, in seconds.
        #[arg(long, default_value_t = 90)]
        seconds: u64,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Simulate { seed: Some(seed), .. } => tell(seed),
        Command::Simulate { lives, from, seed: None } => simulate(from, lives),
        Command::Explore { replicas, units, orders, seconds } => {
            let budget = Budget { gives: 2, kills: 1, put_backs: 1, losses: 1, retirements: 1 };
            let model = Model { replicas: replicas.into(), units, orders, budget, ..Model::default() };
            look(model, Duration::from_secs(seconds))
        }
    }
}

fn tell(seed: u64) -> ExitCode {
    let life = live(seed, Fault::None, true);
    for line in &life.trace {
        println!("{line}");
    }
    println!("\nseed {seed}: {} steps, {} confirmed orders", life.steps, life.orders);
    for breach in &life.breaches {
        println!("BROKEN: {breach}");
    }
    if life.breaches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn simulate(from: u64, lives: u64) -> ExitCode {
    let began = Instant::now();
    let said = Mutex::new(began);
    println!("{lives} lives, seeds {from} to {}", from + lives.saturating_sub(1));
    let heard = |done: u64, _| {
        let Ok(mut said) = said.lock() else { return };
        if said.elapsed() > Duration::from_secs(2) {
            *said = Instant::now();
            println!("{done} of {lives} lives, {:.0} a minute", a_minute(done, began));
        }
    };
    let all = live_many(from..from + lives, Fault::None, heard);
    report(&all, began);
    if all.broken.is_empty() && all.unreached().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
fn a_minute(lives: u64, began: Instant) -> f64 {
    lives as f64 * 60.0 / began.elapsed().as_secs_f64().max(0.001)
}

fn report(lived: &Lives, began: Instant) {
    for (what, lives) in &lived.reached {
        println!("{lives:7} lives reached: {what}");
    }
    for what in lived.unreached() {
        println!("  NEVER reached: {what}");
    }
    let rate = a_minute(lived.lives, began);
    println!(
        "{} lives, {} steps audited, {} confirmed orders, {rate:.0} lives a minute",
        lived.lives, lived.steps, lived.orders
    );
    for life in &lived.broken {
        println!("BROKEN, seed {}: {}", life.seed, life.breaches.join("; "));
        println!("  tell it: ./runme.sh simulate --seed {}", life.seed);
    }
    if let Some(first) = lived.broken.first() {
        let told = live(first.seed, Fault::None, true).trace;
        println!("\nThe end of seed {}:\n{}", first.seed, told[told.len().saturating_sub(40)..].join("\n"));
    }
}

fn look(model: Model, within: Duration) -> ExitCode {
    println!("{model:?}");
    let explored = explore(model, within, None);
    println!(
        "{} states{}",
        explored.states,
        if explored.exhausted { ", all there are" } else { " in the time there was" }
    );
    for what in &explored.unreached {
        println!("never reached: {what}");
    }
    for (property, steps) in &explored.breaches {
        println!("BROKEN: {property}, by");
        for step in steps {
            println!("  {step:?}");
        }
    }
    if explored.breaches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
