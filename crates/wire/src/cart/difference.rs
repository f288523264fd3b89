//! Another layout, as an operator describes it: by what is different from the latest one.

use super::layout::{Holder, Layouts, Wanted};
use placement::Weight;

/// What shall be different.
#[derive(Clone, Debug, Default)]
pub struct Difference<'a> {
    /// Who shall hold objects too: its name and its host.
    pub add: Vec<(&'a str, String)>,
    /// Who shall hold none any more, and gives what it has to the others.
    pub remove: Vec<&'a str>,
    /// Who is gone for good with all it had, so that nobody waits for it.
    pub lost: Vec<&'a str>,
}

/// Who is there already, or is not there; the sentence begins with what was wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDifferent {
    /// It can't be taken away.
    #[error("{wanted}: {name} holds nothing under this layout")]
    HoldsNothing {
        /// `remove` or `lost`.
        wanted: &'static str,
        /// Which replica.
        name: String,
    },
    /// It can't be added.
    #[error("add: {0} is in this layout already")]
    Holds(String),
}

impl Layouts {
    /// The layout that differs so from the latest one.
    ///
    /// # Errors
    /// [`NotDifferent`].
    pub fn differing(&self, difference: &Difference<'_>) -> Result<Wanted, NotDifferent> {
        let holds_nothing = |wanted, name: &str| NotDifferent::HoldsNothing { wanted, name: name.to_owned() };
        let mut holders = self.latest().holders.clone();
        for name in &difference.remove {
            holders.remove(*name).ok_or_else(|| holds_nothing("remove", name))?;
        }
        for name in &difference.lost {
            if holders.remove(*name).is_none() && !self.now().holders.contains_key(*name) {
                return Err(holds_nothing("lost", name));
            }
        }
        for (name, host) in &difference.add {
            let holder = Holder { host: host.clone(), weight: Weight::ONE.fixed() };
            if holders.insert((*name).to_owned(), holder).is_some() {
                return Err(NotDifferent::Holds((*name).to_owned()));
            }
        }
        // As long as it was waited for, whoever was given up stays so.
        let given_up = self.next().into_iter().flat_map(|next| &next.lost).map(String::as_str);
        let lost = given_up.chain(difference.lost.iter().copied());
        let lost = lost.filter(|name| !holders.contains_key(*name)).map(str::to_owned).collect();
        Ok(Wanted { by: self.latest().by.clone(), holders, lost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cart::Layout;
    use std::collections::BTreeSet;

    fn layouts(names: &[&str]) -> Layouts {
        let members = names.iter().map(|name| ((*name).to_owned(), (*name).to_owned()));
        Layouts::first(Layout::first(members), BTreeSet::new())
    }

    fn names(wanted: &Wanted) -> Vec<&str> {
        wanted.holders.keys().map(String::as_str).collect()
    }

    #[test]
    fn what_is_different_is_added_taken_away_and_given_up_and_the_rest_stays() {
        let now = layouts(&["cartA", "cartB", "cartC"]);
        let difference = Difference { add: vec![("cartD", "host".into())], remove: vec!["cartA"], lost: vec!["cartB"] };
        let wanted = now.differing(&difference).expect("a layout");
        assert_eq!((names(&wanted), wanted.lost.len()), (vec!["cartC", "cartD"], 1));
        // Another change in its place gives up the same one still.
        let coming = now.change(wanted).expect("a change");
        let wanted = coming.differing(&Difference { add: vec![("cartA", "a".into())], ..Difference::default() });
        let wanted = wanted.expect("a layout");
        assert_eq!((names(&wanted), wanted.lost.contains("cartB")), (vec!["cartA", "cartC", "cartD"], true));
        let back = coming.differing(&Difference { add: vec![("cartB", "b".into())], ..Difference::default() });
        assert!(back.expect("a layout").lost.is_empty(), "whoever is back is not lost");
        let again = coming.differing(&Difference { lost: vec!["cartB"], ..Difference::default() });
        assert!(again.is_ok(), "it held something before");
    }

    #[test]
    fn whoever_is_not_there_is_not_taken_away_and_whoever_is_there_is_not_added() {
        let now = layouts(&["cartA"]);
        let wrong = |difference: Difference<'_>| now.differing(&difference).expect_err("no layout").to_string();
        let (remove, lost) = (vec!["cartX"], vec!["cartX"]);
        assert_eq!(
            wrong(Difference { remove, ..Difference::default() }),
            "remove: cartX holds nothing under this layout"
        );
        assert_eq!(wrong(Difference { lost, ..Difference::default() }), "lost: cartX holds nothing under this layout");
        let add = vec![("cartA", "a".to_owned())];
        assert_eq!(wrong(Difference { add, ..Difference::default() }), "add: cartA is in this layout already");
    }
}
