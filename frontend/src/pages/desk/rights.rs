//! Which catalog may sell how many copies of a book alone, drawn as bars.
//!
//! What a catalog says of others may be old; of its own copies it knows exactly, and only those it sells without asking.

use crate::shop::Shop;
use askama::Template;
use std::collections::BTreeMap;
use wire::ItemId;

/// How wide the drawing is, in its own units.
const WIDTH: u32 = 720;
/// Where bars begin, and the room behind them for words.
const MARGINS: (u32, u32) = (180, 240);
/// How far apart bars are, and how thick.
const ROW: (u32, u32) = (34, 16);

/// The copies of a book, a bar for each who holds some.
#[derive(Debug, PartialEq, Eq, Template)]
#[template(path = "parts/desk_rights.html")]
pub(super) struct Rights {
    width: u32,
    height: u32,
    bars: Vec<Bar>,
    /// In words, for whoever can't see it.
    words: String,
}

#[derive(Debug, PartialEq, Eq)]
struct Bar {
    holder: String,
    says: String,
    /// `up`, `down` or `unknown`: how it is drawn.
    style: &'static str,
    top: u32,
    length: u32,
    thickness: u32,
    left: u32,
    /// Where its words begin, and on which line.
    end: u32,
    line: u32,
}

/// Somebody who holds copies.
struct Holder {
    name: String,
    units: u64,
    says: String,
    style: &'static str,
}

impl Rights {
    /// Every catalog with what it holds of this book, and what is held by none of them.
    pub(super) async fn of(shop: &Shop, item: ItemId) -> Self {
        let mut held = shop.browse.catalogs().holders(item).await.unwrap_or_default();
        let fleet = shop.browse.catalogs().fleet();
        let catalog = |member: &cluster::Member, held: &mut BTreeMap<String, u64>| {
            let units = held.remove(member.name.as_str()).unwrap_or(0);
            let silent = fleet.is_down(&member.name);
            let says = format!("may sell {units} alone{}", if silent { ", and does not answer" } else { "" });
            Holder { name: member.name.to_string(), units, says, style: if silent { "down" } else { "up" } }
        };
        let mut holders: Vec<Holder> = fleet.members().iter().map(|member| catalog(member, &mut held)).collect();
        holders.extend(held.into_iter().map(|(name, units)| Holder {
            name,
            units,
            says: format!("{units} that nobody can sell"),
            style: "unknown",
        }));
        Self::drawn(holders)
    }

    fn drawn(holders: Vec<Holder>) -> Self {
        let most = u128::from(holders.iter().map(|holder| holder.units).max().unwrap_or(0).max(1));
        let room = WIDTH - MARGINS.0 - MARGINS.1;
        let says: Vec<String> = holders.iter().map(|holder| format!("{} {}", holder.name, holder.says)).collect();
        let bar = |(nth, Holder { name, units, says, style }): (u32, Holder)| {
            let length = u32::try_from(u128::from(units) * u128::from(room) / most).unwrap_or(room);
            let top = nth * ROW.0 + 2;
            let (left, end) = (MARGINS.0, MARGINS.0 + length + 10);
            Bar { holder: name, says, style, top, length, thickness: ROW.1, left, end, line: top + 13 }
        };
        let bars: Vec<Bar> = (0..).zip(holders).map(bar).collect();
        let height = bars.last().map_or(0, |bar| bar.top + ROW.0);
        Self { width: WIDTH, height, bars, words: says.join("; ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(name: &str, units: u64) -> Holder {
        Holder { name: name.into(), units, says: format!("may sell {units} alone"), style: "up" }
    }

    #[test]
    fn bars_are_as_long_as_what_is_held_and_never_longer_than_their_room() {
        let rights = Rights::drawn(vec![holder("catalogA", 30), holder("catalogB", 10), holder("catalogC", 0)]);
        let lengths: Vec<u32> = rights.bars.iter().map(|bar| bar.length).collect();
        assert_eq!(lengths, [300, 100, 0]);
        assert!(rights.bars.windows(2).all(|pair| pair[0].top + ROW.1 < pair[1].top), "none stands on another");
        assert!(rights.words.starts_with("catalogA may sell 30 alone; catalogB"), "{}", rights.words);
        assert_eq!(Rights::drawn(vec![holder("a", u64::MAX)]).bars[0].length, 300);
        assert_eq!(Rights::drawn(Vec::new()).height, 0);
    }
}
