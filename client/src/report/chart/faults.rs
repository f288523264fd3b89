//! Faults as flags on a chart: numbered, and named where there is room for the name.

use super::scale::Scale;
use super::{Flag, Share, flags};
use crate::outcome::Fault;
use crate::report::words;

/// The most that are drawn; the JSON file has them all.
const MOST: usize = 40;
/// From here on a label stands to the left of its line.
const LATE: f64 = 0.7;

/// The flags of what happened within the run, and the room they need above the plot, in pixels.
pub(super) fn faults(faults: &[Fault], scale: Scale, end: f64) -> (Vec<Flag>, u32) {
    let within = faults.iter().enumerate().filter(|(_, fault)| fault.at >= 0.0 && fault.at <= end);
    let mut drawn: Vec<Flag> = within.take(MOST).map(|(index, fault)| flag(index + 1, fault, scale)).collect();
    let above = flags::place(&mut drawn);
    (drawn, above)
}

fn flag(number: usize, fault: &Fault, scale: Scale) -> Flag {
    let at = scale.place(fault.at);
    let what = words::clip(&fault.what, 30);
    Flag {
        style: "fault",
        at: Share(at),
        lift: None,
        short: number.to_string(),
        left: at > LATE,
        tip: format!("{number}, {}: {what}", words::seconds(fault.at)),
        words: what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::fault;

    #[test]
    fn every_fault_has_its_line_even_where_there_is_no_room_for_its_name() {
        let flapping: Vec<Fault> = (0..30).map(|at| fault(20.0 + f64::from(at) / 10.0, "a flapping replica")).collect();
        let (flags, _) = faults(&flapping, Scale::upto(60.0), 60.0);
        assert_eq!(flags.len(), 30);
        assert!(flags.iter().any(|flag| flag.lift.is_none()));
    }

    #[test]
    fn what_happened_after_the_run_is_not_drawn_and_the_numbers_are_those_of_the_list() {
        let (flags, _) = faults(&[fault(61.0, "later"), fault(3.0, "now")], Scale::upto(60.0), 60.0);
        assert_eq!(flags.iter().map(|flag| flag.short.as_str()).collect::<Vec<_>>(), ["2"]);
    }
}
