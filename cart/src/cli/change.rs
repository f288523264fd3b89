//! Another layout, as an operator describes it: by what is different from the one there is.

use clap::Args;
use cluster::Member;
use placement::Weight;
use serve::command_line::Fatal;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use wire::cart::{Difference, Layout, Layouts, PlacedBy, Wanted};

/// What shall be different.
#[derive(Args, Debug)]
pub(super) struct Change {
    /// A replica of env.cfg that shall hold objects too.
    #[arg(long, value_name = "NAME")]
    add: Vec<String>,
    /// A replica that shall hold none any more.
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    /// A replica that is gone for good with all it had, so that nobody waits for it: also removes it. What only its disk had
    /// is given up.
    #[arg(long, value_name = "NAME")]
    lost: Vec<String>,
    /// How much a replica shall hold compared with others of weight 1; 0 empties it.
    #[arg(long, value_name = "NAME=WEIGHT")]
    weight: Vec<Weighed>,
    /// How holders are found.
    #[arg(long, value_enum)]
    by: Option<By>,
    /// A CRUSH map to place by; its devices are the holders, with the weights that it says.
    #[arg(long, value_name = "FILE", requires = "rule", conflicts_with = "by")]
    map: Option<PathBuf>,
    /// The rule of the map.
    #[arg(long, requires = "map")]
    rule: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum By {
    /// Tokens on a ring.
    Ring,
    /// CRUSH, by the map that follows from the holders.
    Crush,
}

#[derive(Clone, Debug)]
struct Weighed {
    name: String,
    weight: Weight,
}

impl FromStr for Weighed {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, weight) = text.split_once('=').ok_or("a name and a weight, such as cartA=1.5")?;
        Ok(Self {
            name: name.to_owned(),
            weight: weight.parse().map_err(|error: placement::BadWeight| error.to_string())?,
        })
    }
}

impl Change {
    /// Whether nothing shall be different.
    pub(super) fn is_none(&self) -> bool {
        self.add.is_empty()
            && self.remove.is_empty()
            && self.lost.is_empty()
            && self.weight.is_empty()
            && self.by.is_none()
            && self.map.is_none()
    }

    /// The layout that follows from the ones there are.
    ///
    /// # Errors
    /// Which replica is not there, or there already, and what can't be read.
    pub(super) fn of<'s>(&'s self, layouts: &Layouts, members: &[&Member]) -> Result<Wanted, Fatal> {
        let added = |name: &'s String| {
            let member = members.iter().find(|member| member.name.as_str() == name);
            let member = member.ok_or_else(|| Fatal::Usage(format!("--add: {name} is no cart replica of env.cfg")))?;
            Ok((name.as_str(), member.ip.to_string()))
        };
        let names = |names: &'s [String]| names.iter().map(String::as_str).collect();
        let add = self.add.iter().map(added).collect::<Result<_, Fatal>>()?;
        let difference = Difference { add, remove: names(&self.remove), lost: names(&self.lost) };
        let mut wanted = layouts.differing(&difference).map_err(|error| Fatal::Usage(format!("--{error}")))?;
        for Weighed { name, weight } in &self.weight {
            let holder = wanted.holders.get_mut(name);
            let holder = holder.ok_or_else(|| Fatal::Usage(format!("--weight: {name} is not in this layout")))?;
            holder.weight = weight.fixed();
        }
        wanted.by = self.placed_by(layouts.latest())?;
        Ok(wanted)
    }

    fn placed_by(&self, layout: &Layout) -> Result<PlacedBy, Fatal> {
        if let (Some(file), Some(rule)) = (&self.map, &self.rule) {
            let map = fs::read_to_string(file);
            let map = map.map_err(|error| Fatal::Usage(format!("--map: {}: {error}", file.display())))?;
            return Ok(PlacedBy::Map { map, rule: rule.clone() });
        }
        Ok(match self.by {
            Some(By::Ring) => PlacedBy::Ring,
            Some(By::Crush) => PlacedBy::Crush,
            None => layout.by.clone(),
        })
    }
}
