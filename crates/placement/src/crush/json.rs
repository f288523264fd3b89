//! Reading a CRUSH map from its JSON form, and making one of a list of members: whatever the algorithm takes for
//! granted is checked here, and an error names the field. Nothing is placed here.

use super::{Algorithm, Bucket, DEVICE, Device, Item, Kind, Map, Rule, Step};
use crate::{Member, Position, Weight};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What is wrong with a map, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{at}`: {why}")]
pub struct BadMap {
    at: String,
    why: String,
}

impl BadMap {
    pub(crate) fn new(at: impl Into<String>, why: impl Into<String>) -> Self {
        Self { at: at.into(), why: why.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MapText {
    trees: Vec<ItemText>,
    rules: BTreeMap<String, Vec<Vec<Value>>>,
    #[serde(default)]
    tunables: BTreeMap<String, u32>,
}

/// A bucket if it has children, else a device.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemText {
    #[serde(rename = "type")]
    kind: Option<String>,
    name: String,
    id: i32,
    algorithm: Option<Algorithm>,
    weight: Option<Weight>,
    children: Option<Vec<ItemText>>,
}

impl ItemText {
    fn bucket(kind: &str, name: &str, id: i32, children: Vec<Self>) -> Self {
        let (kind, name) = (Some(kind.to_owned()), name.to_owned());
        Self { kind, name, id, algorithm: None, weight: None, children: Some(children) }
    }
}

/// What is known of the map so far.
struct Reading {
    map: Map,
    /// By number, the device first.
    kinds: Vec<String>,
    names: BTreeMap<String, Item>,
    ids: BTreeMap<i32, Item>,
    /// The ids of the buckets around what is being read.
    around: Vec<i32>,
}

impl Map {
    /// The most bytes of a map's text.
    pub const MOST_BYTES: usize = 16 << 20;
    /// The most buckets and devices of a map.
    pub const MOST_ITEMS: usize = 1 << 16;
    /// The most buckets on the way to a device.
    pub const MOST_DEPTH: usize = 10;
    /// The most that `choose_total_tries` may be.
    pub const MOST_TRIES: u32 = 1000;
    /// The most types, rules, and steps of a rule.
    pub const MOST_NAMED: usize = 64;
    /// The rule of the maps that [`Map::of_members`] makes.
    pub const RULE: &str = "data";

    /// Reads a map: `trees` of items (`type`, `name`, `id`, `children`, `algorithm` for buckets; `name`, `id`, `weight`
    /// for devices), `rules` of steps, and `tunables` if `choose_total_tries` is not to be 50. A whole `weight` is in
    /// 65 536ths, one with a point in units, and 1 if there is none.
    ///
    /// # Errors
    /// If the text is no JSON, has an unknown field, says something twice, or is not a map that can be placed by.
    pub fn parse(text: &str) -> Result<Self, BadMap> {
        if text.len() > Self::MOST_BYTES {
            return Err(BadMap::new(".", format!("longer than {} bytes", Self::MOST_BYTES)));
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let read: MapText = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| BadMap::new(error.path().to_string(), error.inner().to_string()))?;
        reader.end().map_err(|error| BadMap::new(".", error.to_string()))?;
        Self::checked(&read)
    }

    /// The map of a list of members: one root, their hosts in it, and them. Its only rule, [`Map::RULE`], puts each
    /// copy on another host.
    ///
    /// Ids are made from names, so who comes or goes changes no other's, and the order of the list does not matter.
    ///
    /// # Errors
    /// If two names, of members or hosts, are the same or have the same id.
    pub fn of_members(members: &[Member]) -> Result<Self, BadMap> {
        let id = |what: &str, name: &str| {
            let top = Position::of(&format!("{what} {name}")).0 >> 98;
            i32::try_from(top).expect("30 bits are left")
        };
        let mut hosts: BTreeMap<&str, Vec<&Member>> = BTreeMap::new();
        for member in members {
            hosts.entry(&member.host).or_default().push(member);
        }
        let device = |member: &&Member| ItemText {
            kind: None,
            name: member.name.clone(),
            id: id("device", &member.name),
            algorithm: None,
            weight: Some(member.weight),
            children: None,
        };
        let hosts = hosts.into_iter().map(|(host, mut members)| {
            members.sort_by_key(|member| &member.name);
            // Names are of one kind only, and a host may be called as its only member is.
            ItemText::bucket(
                "host",
                &format!("host/{host}"),
                -2 - id("host", host),
                members.iter().map(device).collect(),
            )
        });
        let root = ItemText::bucket("root", "root/", -1, hosts.collect());
        let rule = [serde_json::json!(["take", -1]), serde_json::json!(["chooseleaf", "firstn", 0, "type", "host"])];
        let steps = rule.into_iter().chain([serde_json::json!(["emit"])]).filter_map(|step| step.as_array().cloned());
        let rules = BTreeMap::from([(Self::RULE.to_owned(), steps.collect())]);
        Self::checked(&MapText { trees: vec![root], rules, tunables: BTreeMap::new() })
    }

    fn checked(text: &MapText) -> Result<Self, BadMap> {
        let tries = tries(&text.tunables)?;
        let mut reading = Reading {
            map: Self { buckets: Vec::new(), devices: Vec::new(), rules: Vec::new(), tries },
            kinds: vec!["device".to_owned()],
            names: BTreeMap::new(),
            ids: BTreeMap::new(),
            around: Vec::new(),
        };
        for (index, tree) in text.trees.iter().enumerate() {
            let at = format!("trees[{index}]");
            if tree.children.is_none() {
                return Err(BadMap::new(format!("{at}.children"), "missing: a tree begins with a bucket"));
            }
            reading.item(tree, &at)?;
        }
        if text.rules.len() > Self::MOST_NAMED {
            return Err(BadMap::new("rules", format!("more than {}", Self::MOST_NAMED)));
        }
        for (name, steps) in &text.rules {
            let rule = reading.rule(name, steps)?;
            reading.map.rules.push(rule);
        }
        Ok(reading.map)
    }
}

/// How often a choice is tried: Ceph counts the tries after the first.
fn tries(tunables: &BTreeMap<String, u32>) -> Result<u32, BadMap> {
    let mut tries = 50;
    for (name, value) in tunables {
        let (least, most) = match name.as_str() {
            "choose_total_tries" => (1, Map::MOST_TRIES),
            "chooseleaf_descend_once" | "chooseleaf_vary_r" | "chooseleaf_stable" => (1, 1),
            "choose_local_tries" | "choose_local_fallback_tries" => (0, 0),
            _ => return Err(BadMap::new(format!("tunables.{name}"), "unknown")),
        };
        if !(least..=most).contains(value) {
            let why = format!("{value} is not supported: from {least} to {most}");
            return Err(BadMap::new(format!("tunables.{name}"), why));
        }
        if name == "choose_total_tries" {
            tries = *value;
        }
    }
    Ok(tries + 1)
}

impl Reading {
    /// An item with all that is in it, and its weight.
    fn item(&mut self, text: &ItemText, at: &str) -> Result<(Item, u32), BadMap> {
        self.fresh(text, at)?;
        if let Some(children) = &text.children { self.bucket(text, children, at) } else { self.device(text, at) }
    }

    /// Whether neither name nor id is there already, and room is.
    fn fresh(&self, text: &ItemText, at: &str) -> Result<(), BadMap> {
        let wrong = |field: &str, why: String| Err(BadMap::new(format!("{at}.{field}"), why));
        if self.around.contains(&text.id) {
            return wrong("id", format!("a cycle: {} is in itself", text.id));
        }
        if self.ids.contains_key(&text.id) {
            return wrong("id", format!("{} is there twice", text.id));
        }
        if text.name.is_empty() {
            return wrong("name", "empty".to_owned());
        }
        if self.names.contains_key(&text.name) {
            return wrong("name", format!("`{}` is there twice", text.name));
        }
        if self.ids.len() == Map::MOST_ITEMS {
            return wrong("id", format!("more than {} items", Map::MOST_ITEMS));
        }
        Ok(())
    }

    fn device(&mut self, text: &ItemText, at: &str) -> Result<(Item, u32), BadMap> {
        let wrong = |field: &str, why: &str| Err(BadMap::new(format!("{at}.{field}"), why));
        match text.kind.as_deref() {
            None | Some("device") if text.id < 0 => return wrong("id", "below 0: that is for what has `children`"),
            None | Some("device") => {}
            Some(_) => return wrong("children", "missing: only a device has none"),
        }
        if text.algorithm.is_some() {
            return wrong("algorithm", "a device chooses nothing");
        }
        let weight = text.weight.unwrap_or(Weight::ONE).fixed();
        let item = Item::Device(small(self.map.devices.len()));
        self.map.devices.push(Device { id: text.id, name: text.name.clone(), weight, kept: Weight::ONE.fixed() });
        self.know(text, item);
        Ok((item, weight))
    }

    fn bucket(&mut self, text: &ItemText, children: &[ItemText], at: &str) -> Result<(Item, u32), BadMap> {
        let wrong = |field: &str, why: String| BadMap::new(format!("{at}{field}"), why);
        if text.id >= 0 {
            return Err(wrong(".id", "that of a bucket is below 0".to_owned()));
        }
        if text.weight.is_some() {
            return Err(wrong(".weight", "a bucket weighs as much as its children".to_owned()));
        }
        if self.around.len() == Map::MOST_DEPTH {
            return Err(wrong(".children", format!("deeper than {} buckets", Map::MOST_DEPTH)));
        }
        let kind = self.kind(text, at)?;
        let algorithm = text.algorithm.unwrap_or(Algorithm::Straw2);
        self.around.push(text.id);
        let (mut items, mut ids, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for (index, child) in children.iter().enumerate() {
            let (item, weight) = self.item(child, &format!("{at}.children[{index}]"))?;
            if algorithm == Algorithm::Uniform && weights.first().is_some_and(|first| *first != weight) {
                return Err(wrong(&format!(".children[{index}].weight"), "not that of the others: uniform".to_owned()));
            }
            items.push(item);
            ids.push(child.id.cast_unsigned());
            weights.push(weight);
        }
        self.around.pop();
        let weight = u32::try_from(weights.iter().copied().map(u64::from).sum::<u64>())
            .map_err(|_| wrong(".children", "their weights add up to more than 65535.99".to_owned()))?;
        let item = Item::Bucket(small(self.map.buckets.len()));
        let (id, name) = (text.id, text.name.clone());
        self.map.buckets.push(Bucket { id, name, kind, algorithm, weight, items, ids, weights });
        self.know(text, item);
        Ok((item, weight))
    }

    fn know(&mut self, text: &ItemText, item: Item) {
        self.ids.insert(text.id, item);
        self.names.insert(text.name.clone(), item);
    }

    /// The number of a bucket's type.
    fn kind(&mut self, text: &ItemText, at: &str) -> Result<Kind, BadMap> {
        let kind = match text.kind.as_deref() {
            Some(kind) if !kind.is_empty() && kind != "device" => kind,
            _ => return Err(BadMap::new(format!("{at}.type"), "a bucket has one, and it is not `device`")),
        };
        let known = self.kinds.iter().position(|known| known == kind);
        let number = known.unwrap_or_else(|| {
            self.kinds.push(kind.to_owned());
            self.kinds.len() - 1
        });
        let number = u16::try_from(number).ok().filter(|number| usize::from(*number) <= Map::MOST_NAMED);
        number
            .map(Kind)
            .ok_or_else(|| BadMap::new(format!("{at}.type"), format!("more than {} types", Map::MOST_NAMED)))
    }

    /// A rule that can be followed: there is something to choose in each step.
    fn rule(&self, name: &str, text: &[Vec<Value>]) -> Result<Rule, BadMap> {
        if text.len() > Map::MOST_NAMED {
            return Err(BadMap::new(format!("rules.{name}"), format!("more than {} steps", Map::MOST_NAMED)));
        }
        let mut steps = Vec::new();
        // What may be chosen by the steps so far.
        let mut reached: Vec<Item> = Vec::new();
        let mut ends_at_devices = true;
        for (index, step) in text.iter().enumerate() {
            let wrong = |why: String| BadMap::new(format!("rules.{name}[{index}]"), why);
            let step = self.step(step).map_err(wrong)?;
            match step {
                Step::Take(item) => reached = vec![item],
                _ if reached.is_empty() => return Err(wrong("nothing was taken before".to_owned())),
                Step::Choose { kind, leaf, .. } => {
                    reached = self.below(&reached, kind);
                    if reached.is_empty() {
                        let kind = &self.kinds[usize::from(kind.0)];
                        return Err(wrong(format!("there is no `{kind}` below what is chosen before")));
                    }
                    if leaf {
                        reached = self.below_or_there(&reached);
                    }
                }
                Step::Emit => {
                    ends_at_devices &= reached.iter().all(|item| matches!(item, Item::Device(_)));
                    reached.clear();
                }
            }
            steps.push(step);
        }
        if !matches!(steps.last(), Some(Step::Emit)) {
            return Err(BadMap::new(format!("rules.{name}"), "does not end with `emit`"));
        }
        Ok(Rule { name: name.to_owned(), steps, ends_at_devices })
    }

    /// The items of a type that can be reached from these, the nearest on each way.
    fn below(&self, from: &[Item], kind: Kind) -> Vec<Item> {
        let mut open = from.to_vec();
        let mut found = Vec::new();
        while let Some(item) = open.pop() {
            let Item::Bucket(index) = item else { continue };
            for item in &self.map.buckets[index as usize].items {
                let kind_of = match item {
                    Item::Device(_) => DEVICE,
                    Item::Bucket(index) => self.map.buckets[*index as usize].kind,
                };
                (if kind_of == kind { &mut found } else { &mut open }).push(*item);
            }
        }
        found
    }

    fn below_or_there(&self, from: &[Item]) -> Vec<Item> {
        let devices = from.iter().copied().filter(|item| matches!(item, Item::Device(_)));
        self.below(from, DEVICE).into_iter().chain(devices).collect()
    }

    fn step(&self, text: &[Value]) -> Result<Step, String> {
        let words: Vec<&str> = text.iter().map(|word| word.as_str().unwrap_or_default()).collect();
        match words[..] {
            ["take", _] => self.named(&text[1]).map(Step::Take),
            ["choose" | "chooseleaf", "firstn", _, "type", _] => {
                let most = i64::try_from(Map::MOST_REPLICAS).unwrap_or(i64::MAX);
                let wanted = text[2].as_i64().filter(|wanted| wanted.abs() <= most);
                let wanted = wanted.and_then(|wanted| i32::try_from(wanted).ok());
                let wanted = wanted.ok_or_else(|| format!("{} is no number of items: at most {most}", text[2]))?;
                Ok(Step::Choose { wanted, kind: self.known_kind(&text[4])?, leaf: words[0] == "chooseleaf" })
            }
            ["emit"] => Ok(Step::Emit),
            _ => {
                let text = Value::from(text.to_vec());
                Err(format!(
                    r#"{text} is none of ["take", name], ["choose(leaf)", "firstn", number, "type", type], ["emit"]"#
                ))
            }
        }
    }

    /// What has this name, or this id.
    fn named(&self, word: &Value) -> Result<Item, String> {
        let by_id = || self.ids.get(&i32::try_from(word.as_i64()?).ok()?);
        let found = word.as_str().map_or_else(by_id, |name| self.names.get(name));
        found.copied().ok_or_else(|| format!("there is no {word} to take"))
    }

    fn known_kind(&self, word: &Value) -> Result<Kind, String> {
        let known = self.kinds.iter().position(|kind| word == kind || (kind == "device" && *word == 0));
        let number = known.and_then(|number| u16::try_from(number).ok());
        number.map(Kind).ok_or_else(|| format!("there is no type {word}"))
    }
}

/// An index in a list that is no longer than [`Map::MOST_ITEMS`].
fn small(index: usize) -> u32 {
    u32::try_from(index).expect("the size of a map is limited")
}
