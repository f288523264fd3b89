//! What is done to the shop while it sells: `runme.sh kill`, and waiting until everything is ready again.

use crate::drive::Floor;
use crate::error::ClientError;
use crate::outcome::{Fault, Finding, Second};
use crate::plan::Faults;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};
use tokio::process::Command;

/// Between two looks at who is ready.
const LOOK: Duration = Duration::from_millis(100);
/// Until a replica that was killed must be back for the next one to be killed.
const BACK_WITHIN: Duration = Duration::from_secs(30);

impl Faults {
    /// Whether the script can be run, and the shop with it is ready: before any load, since a run without its faults
    /// would say that nobody noticed them.
    pub(crate) async fn check(&self) -> Result<(), ClientError> {
        let status = self.says(&["status"]).await?;
        let text = String::from_utf8_lossy(&status.stdout).into_owned();
        if !status.status.success() {
            let why = String::from_utf8_lossy(&status.stderr);
            return Err(ClientError::new(format!(
                "{} status: not all replicas are ready:\n{text}{why}",
                self.runme.display()
            )));
        }
        let known = |victim: &&String| text.lines().any(|line| line.split_whitespace().next() == Some(victim.as_str()));
        match self.victims.iter().find(|victim| !known(victim)) {
            Some(stranger) => Err(ClientError::new(format!("victim {stranger}: there is no such replica:\n{text}"))),
            None => Ok(()),
        }
    }

    /// Kills one after the other, evenly over the time that counts, and notes when all were ready again.
    pub(crate) async fn happen(&self, floor: &Floor) -> Result<Vec<Fault>, ClientError> {
        let mut faults = Vec::new();
        let parts = u32::try_from(self.victims.len() + 1).unwrap_or(u32::MAX);
        let pause = floor.ends.saturating_duration_since(floor.starts) / parts;
        for (number, victim) in (1_u32..).zip(&self.victims) {
            floor.until(floor.starts + pause * number).await;
            if floor.is_over() {
                break;
            }
            let since = || floor.starts.elapsed().as_secs_f64();
            let at = since();
            let killed = self.says(&["kill", victim]).await?;
            if !killed.status.success() {
                return Err(ClientError::during(format!("killing {victim}"), String::from_utf8_lossy(&killed.stderr)));
            }
            faults.push(Fault { at, what: format!("{victim} killed") });
            let began = Instant::now();
            let mut back = false;
            while !back && began.elapsed() < BACK_WITHIN && !floor.is_over() {
                tokio::time::sleep(LOOK).await;
                back = self.says(&["status"]).await?.status.success();
            }
            if back {
                faults.push(Fault { at: since(), what: format!("{victim} back") });
            } else if !floor.is_over() {
                // The next one would find the shop without two: that is another experiment.
                faults.push(Fault { at: since(), what: format!("{victim} not back; nobody else is killed") });
                break;
            }
        }
        Ok(faults)
    }

    async fn says(&self, arguments: &[&str]) -> Result<Output, ClientError> {
        let mut command = Command::new(&self.runme);
        command.args(arguments).envs(self.environment.iter().cloned()).stdin(Stdio::null()).kill_on_drop(true);
        command.output().await.map_err(|why| ClientError::during(format!("running {}", self.runme.display()), why))
    }
}

/// What the faults did to those who asked: the worst p99 of a second in or after one, by the usual one.
pub(crate) fn findings(faults: &[Fault], timeline: &[Second]) -> Vec<Finding> {
    let of = |at: f64| timeline.iter().filter(move |second| (at - f64::from(second.at)).abs() < 2.0);
    let worst = faults.iter().flat_map(|fault| of(fault.at)).map(|second| second.p99).max();
    let mut usual: Vec<u64> = timeline
        .iter()
        .filter(|second| faults.iter().all(|fault| (fault.at - f64::from(second.at)).abs() >= 2.0))
        .map(|second| second.p99)
        .collect();
    usual.sort_unstable();
    match (worst, usual.get(usual.len() / 2)) {
        (Some(worst), Some(usual)) if *usual > 0 => vec![Finding {
            says: "in the worst second beside a fault, p99 was so many times the usual one".to_owned(),
            ratio: crate::report::words::float(worst) / crate::report::words::float(*usual),
        }],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_set_against_the_seconds_that_are_far_from_any() {
        let second = |at, p99| Second { at, answered: 10, failed: 0, p50: 1, p99, max: p99 };
        let line =
            [second(0, 5), second(1, 4), second(2, 6), second(3, 400), second(4, 50), second(5, 6), second(6, 5)];
        let fault = Fault { at: 3.2, what: "catalogA killed".to_owned() };
        let found = findings(&[fault], &line);
        assert!((found[0].ratio - 80.0).abs() < 1e-9, "{found:?}");
        assert_eq!(findings(&[], &line), []);
    }
}
