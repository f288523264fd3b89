//! CRUSH: where copies are, as a function of an input and a map of what fails together, and nothing else.
//!
//! The algorithm of Weil et al., "CRUSH: Controlled, Scalable, Decentralized Placement of Replicated Data", SC '06: a
//! rule takes a bucket of the map, chooses some distinct items of a type below it, and goes on from those. A choice
//! that ends at what is taken already, or at a device that is out, is made anew from the top with another number. Hash,
//! straw2 and the retries agree bit by bit with Ceph's at its present tunables (`chooseleaf_descend_once`, `_vary_r`
//! and `_stable` are 1; no local retries), but for one thing: what weighs nothing is never chosen, not even if all
//! items of a bucket weigh nothing.
//!
//! How a map is read and checked is in `crush/json.rs`, hash and logarithm in `crush/straw.rs`. A *bucket* here is the
//! paper's: what holds items. The buckets of keys are elsewhere.

mod json;
mod ln_table;
mod straw;

use crate::Weight;
use straw::{draw, hash2, hash3};

pub use json::BadMap;

/// What is where: buckets in buckets down to devices, and the rules that choose among them. Checked when it was read.
#[derive(Debug, Clone)]
pub struct Map {
    buckets: Vec<Bucket>,
    devices: Vec<Device>,
    rules: Vec<Rule>,
    tries: u32,
}

/// What holds items: a rack, a host. Its items lie side by side, each property for itself, for the loop over them.
#[derive(Debug, Clone)]
struct Bucket {
    id: i32,
    name: String,
    kind: Kind,
    algorithm: Algorithm,
    /// The sum of its items' weights, in 65 536ths.
    weight: u32,
    items: Vec<Item>,
    /// The items' ids, as they are hashed.
    ids: Vec<u32>,
    weights: Vec<u32>,
}

/// What holds copies.
#[derive(Debug, Clone)]
struct Device {
    id: i32,
    name: String,
    weight: u32,
    /// How much of what comes here stays here, in 65 536ths: the paper's test for overload and failure.
    kept: u32,
}

/// Where an item is in [`Map::buckets`] or [`Map::devices`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    Bucket(u32),
    Device(u32),
}

/// A type of the hierarchy, as a number: 0 is a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind(u16);

const DEVICE: Kind = Kind(0);

/// How a bucket chooses one of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Algorithm {
    /// Each item draws a straw, heavy ones longer straws; what is added draws only copies that move to it.
    Straw2,
    /// A permutation of items that weigh the same.
    Uniform,
}

#[derive(Debug, Clone)]
struct Rule {
    name: String,
    steps: Vec<Step>,
    /// Whether all that it emits are devices.
    ends_at_devices: bool,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Take(Item),
    /// `firstn`. `wanted` of 0 or less is added to the number of replicas; with `leaf`, a device below each is meant.
    Choose {
        wanted: i32,
        kind: Kind,
        leaf: bool,
    },
    Emit,
}

/// A rule of the map that gave this index, and of no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleIndex(usize);

/// Lists that a placement needs on its way, kept for the next one: then it allocates nothing.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    from: Vec<Item>,
    chosen: Vec<Item>,
    leaves: Vec<Item>,
    emitted: Vec<Item>,
}

/// What one way down from a bucket ended at.
enum Descent {
    Found(Item),
    /// A bucket in which nothing can be chosen.
    Empty,
    /// A device, where another type was asked for.
    Astray,
}

/// A choice that a rule's step makes, again and again: in which direction, and for which input.
#[derive(Clone, Copy)]
struct Choice {
    from: u32,
    kind: Kind,
    leaf: bool,
    input: u32,
}

impl Map {
    /// The most replicas that are looked for, whatever is asked for.
    pub const MOST_REPLICAS: usize = 4096;

    /// The rule of that name.
    ///
    /// # Errors
    /// If the map has none, saying which it has.
    pub fn rule(&self, name: &str) -> Result<RuleIndex, BadMap> {
        let known = || self.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>().join(", ");
        let index = self.rules.iter().position(|rule| rule.name == name);
        index.map(RuleIndex).ok_or_else(|| BadMap::new("rules", format!("there is no `{name}`, only: {}", known())))
    }

    /// The ids of what holds an input's copies by that rule, first copy first: devices, and buckets (ids below 0) if
    /// the rule emits such. They may be fewer than `replicas`, if there are no more or the tries were used up.
    pub fn place(&self, rule: RuleIndex, input: u32, replicas: usize) -> Vec<i32> {
        let mut scratch = Scratch::default();
        self.place_into(rule, input, replicas, &mut scratch).collect()
    }

    /// As [`Map::place`], without allocating once `scratch` has been used.
    pub fn place_into<'a>(
        &'a self,
        rule: RuleIndex,
        input: u32,
        replicas: usize,
        scratch: &'a mut Scratch,
    ) -> impl Iterator<Item = i32> + 'a {
        self.items(rule, input, replicas, scratch).iter().map(|item| self.id(*item))
    }

    /// The name of what has this id.
    pub fn name(&self, id: i32) -> Option<&str> {
        let bucket = || self.buckets.iter().find(|bucket| bucket.id == id).map(|bucket| bucket.name.as_str());
        self.devices.iter().find(|device| device.id == id).map(|device| device.name.as_str()).or_else(bucket)
    }

    /// Says how much of what would come to a device stays there: all with a weight of 1 or more, nothing with 0. The
    /// rest is chosen anew among all others, and nothing else moves. So an operator takes a device out that will be
    /// back.
    ///
    /// # Errors
    /// If no device has this id.
    pub fn reweight(&mut self, device: i32, kept: Weight) -> Result<(), BadMap> {
        let found = self.devices.iter_mut().find(|known| known.id == device);
        let found = found.ok_or_else(|| BadMap::new("device", format!("there is no device of the id {device}")))?;
        found.kept = kept.fixed();
        Ok(())
    }

    /// The names and weights of the devices, in the order of [`Item::Device`].
    pub(crate) fn devices(&self) -> impl Iterator<Item = (&str, Weight)> {
        self.devices.iter().map(|device| (device.name.as_str(), Weight::from_fixed(device.weight)))
    }

    pub(crate) fn ends_at_devices(&self, rule: RuleIndex) -> bool {
        self.rules.get(rule.0).is_some_and(|rule| rule.ends_at_devices)
    }

    /// How long a straw this device draws for an input by itself, whatever bucket it is in: the smallest is the best.
    pub(crate) fn straw(&self, device: u32, input: u32) -> u64 {
        let device = &self.devices[device as usize];
        draw(input, device.id.cast_unsigned(), 0, device.weight)
    }

    /// Follows a rule: the algorithm's outermost loop.
    pub(crate) fn items<'a>(&self, rule: RuleIndex, input: u32, replicas: usize, on: &'a mut Scratch) -> &'a [Item] {
        let replicas = replicas.min(Self::MOST_REPLICAS);
        on.emitted.clear();
        on.from.clear();
        for step in self.rules.get(rule.0).map_or(&[][..], |rule| &rule.steps) {
            match *step {
                Step::Take(item) => {
                    on.from.clear();
                    on.from.push(item);
                }
                Step::Choose { wanted, kind, leaf } => self.choose(wanted, (kind, leaf), input, replicas, on),
                Step::Emit => {
                    let room = replicas - on.emitted.len();
                    on.emitted.extend(on.from.drain(..).take(room));
                }
            }
        }
        &on.emitted
    }

    /// One `choose` or `chooseleaf` step: some items below each of those that were chosen before.
    fn choose(&self, wanted: i32, (kind, leaf): (Kind, bool), input: u32, replicas: usize, on: &mut Scratch) {
        let wanted = match usize::try_from(wanted) {
            Ok(wanted) if wanted > 0 => wanted,
            _ => replicas.saturating_sub(wanted.unsigned_abs() as usize),
        };
        on.chosen.clear();
        on.leaves.clear();
        for item in &on.from {
            let Item::Bucket(from) = *item else { continue };
            let choice = Choice { from, kind, leaf, input };
            // What was chosen below another item is not in the way.
            let (first, room) = (on.chosen.len(), replicas - on.chosen.len());
            for replica in (0_u32..).take(wanted) {
                if on.chosen.len() - first == room {
                    break;
                }
                if let Some((item, leaf)) = self.one(choice, replica, &on.chosen[first..]) {
                    on.chosen.push(item);
                    on.leaves.push(leaf);
                }
            }
        }
        std::mem::swap(&mut on.from, if leaf { &mut on.leaves } else { &mut on.chosen });
    }

    /// One item that is not taken, and the device below it if that is asked for; tried anew with the next number until
    /// it is found or the tries are used up.
    ///
    /// Devices below two items are never the same, since whatever is in the map is in one bucket only.
    fn one(&self, choice: Choice, replica: u32, taken: &[Item]) -> Option<(Item, Item)> {
        for failed in 0..self.tries {
            let number = replica + failed;
            let item = match self.descend(choice, number) {
                Descent::Found(item) if !taken.contains(&item) => item,
                Descent::Found(_) | Descent::Empty => continue,
                Descent::Astray => return None,
            };
            let below = match item {
                // One try only: a bucket that gives no device is left for another bucket.
                Item::Bucket(from) if choice.leaf => self.descend(Choice { from, kind: DEVICE, ..choice }, number),
                _ => Descent::Found(item),
            };
            match below {
                Descent::Found(Item::Device(device)) if self.is_out(device, choice.input) => {}
                Descent::Found(below) => return Some((item, below)),
                Descent::Empty | Descent::Astray => {}
            }
        }
        None
    }

    /// From a bucket down, choosing in each, to the first item of the type.
    fn descend(&self, choice: Choice, number: u32) -> Descent {
        let mut bucket = &self.buckets[choice.from as usize];
        loop {
            let Some(item) = bucket.choose(choice.input, number) else { return Descent::Empty };
            match item {
                Item::Device(_) if choice.kind == DEVICE => return Descent::Found(item),
                Item::Device(_) => return Descent::Astray,
                Item::Bucket(index) => bucket = &self.buckets[index as usize],
            }
            if bucket.kind == choice.kind {
                return Descent::Found(item);
            }
        }
    }

    fn is_out(&self, device: u32, input: u32) -> bool {
        let device = &self.devices[device as usize];
        device.kept < Weight::ONE.fixed() && hash2(input, device.id.cast_unsigned()) & 0xffff >= device.kept
    }

    fn id(&self, item: Item) -> i32 {
        match item {
            Item::Bucket(index) => self.buckets[index as usize].id,
            Item::Device(index) => self.devices[index as usize].id,
        }
    }
}

impl Bucket {
    fn choose(&self, input: u32, number: u32) -> Option<Item> {
        if self.weight == 0 {
            return None;
        }
        let index = match self.algorithm {
            Algorithm::Straw2 if self.items.len() == 1 => 0,
            Algorithm::Straw2 => self.straw2(input, number),
            Algorithm::Uniform => self.uniform(input, number),
        };
        Some(self.items[index])
    }

    /// The item with the best straw; the first of equals.
    fn straw2(&self, input: u32, number: u32) -> usize {
        let mut best = (u64::MAX, 0);
        for (index, (id, weight)) in self.ids.iter().zip(&self.weights).enumerate() {
            let draw = draw(input, *id, number, *weight);
            if draw < best.0 {
                best = (draw, index);
            }
        }
        best.1
    }

    /// The item at place `number` of a permutation that depends on the input.
    ///
    /// The permutation swaps place 0, 1, 2 … with one at or after it. Following what ends at the place backwards
    /// through the swaps takes no list.
    fn uniform(&self, input: u32, number: u32) -> usize {
        let size = u32::try_from(self.items.len()).expect("the size of a map is limited");
        let mut place = number % size;
        for swap in (0..=place).rev().filter(|swap| *swap < size - 1) {
            let with = swap + hash3(input, self.id.cast_unsigned(), swap) % (size - swap);
            if place == swap {
                place = with;
            } else if place == with {
                place = swap;
            }
        }
        place as usize
    }
}
