//! Where the labels of flags stand above a plot, so that none covers another.

use super::Flag;

/// The rows of labels there may be.
const LANES: usize = 4;
/// The height of such a row, in pixels.
const LANE: u32 = 17;
/// The share of the plot a letter takes, on a screen that shows the names.
const LETTER: f64 = 0.009;

/// Lifts each label to the lowest row with room for it, and takes away those that fit nowhere. Answers how much room
/// above the plot they need, in pixels.
pub(super) fn place(flags: &mut [Flag]) -> u32 {
    let mut lanes: Vec<Vec<(f64, f64)>> = Vec::new();
    // From the right to the left: a line then seldom crosses the label of a later one.
    for flag in flags.iter_mut().rev() {
        let (begin, end) = span(flag);
        let clear = |lane: &Vec<(f64, f64)>| lane.iter().all(|taken| end <= taken.0 || taken.1 <= begin);
        let lane = lanes.iter().position(clear).unwrap_or(lanes.len());
        if lane == LANES {
            flag.lift = None;
            continue;
        }
        if lane == lanes.len() {
            lanes.push(Vec::new());
        }
        lanes[lane].push((begin, end));
        flag.lift = Some(5 + LANE * u32::try_from(lane).unwrap_or(0));
    }
    14 + LANE * u32::try_from(lanes.len()).unwrap_or(0)
}

/// What a flag's label covers, from the left.
fn span(flag: &Flag) -> (f64, f64) {
    let letters = flag.short.chars().count() + flag.words.chars().count() + 3;
    let wide = LETTER * f64::from(u32::try_from(letters).unwrap_or(u32::MAX));
    if flag.left { (flag.at.0 - wide, flag.at.0) } else { (flag.at.0, flag.at.0 + wide) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::Share;

    fn flag(at: f64) -> Flag {
        let (short, words, tip) = ("1".to_owned(), "catalogA killed".to_owned(), String::new());
        Flag { style: "fault", at: Share(at), lift: None, short, words, left: at > 0.7, tip }
    }

    #[test]
    fn no_two_labels_of_a_row_overlap() {
        let mut flags: Vec<Flag> = (0..9).map(|at| flag(f64::from(at) * 0.11)).collect();
        assert!(place(&mut flags) >= 14 + LANE * 2);
        for (index, one) in flags.iter().enumerate() {
            for other in flags[index + 1..].iter().filter(|other| other.lift == one.lift && one.lift.is_some()) {
                let (one, other) = (span(one), span(other));
                assert!(one.1 <= other.0 || other.1 <= one.0, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn what_has_no_room_goes_without_a_label() {
        let mut flags: Vec<Flag> = (0..30).map(|at| flag(0.3 + f64::from(at) / 1000.0)).collect();
        assert_eq!(place(&mut flags), 14 + 4 * LANE);
        assert_eq!(flags.iter().filter(|flag| flag.lift.is_some()).count(), LANES);
    }

    #[test]
    fn without_flags_there_is_hardly_any_room_above() {
        assert_eq!(place(&mut []), 14);
    }
}
