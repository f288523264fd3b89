//! A round: three replicas, each with its own actor, that edit and exchange what may be lost, late or repeated, and are
//! held against the model after every step.

use super::chance::Chance;
use super::model::{Known, Model, ROOM};
use crdt::{Actor, Context, CounterMap, Delta, EditError, Gap, Line, Lines};

/// The merges under test: the product's, or wrong ones.
pub(crate) struct Rules {
    pub(crate) merge: fn(&mut CounterMap, &CounterMap) -> bool,
    pub(crate) merge_delta: fn(&mut CounterMap, &Delta) -> Result<bool, Gap>,
    /// Whether to merge over a gap is wrong in itself; a mutant has to be noticed by what comes of it.
    pub(crate) strict: bool,
}

/// What the product does.
pub(crate) const PRODUCT: Rules =
    Rules { merge: CounterMap::merge, merge_delta: CounterMap::merge_delta, strict: true };

const ITEMS: [&str; 3] = ["a", "b", "c"];
const FIELDS: [&str; 2] = ["f", "g"];
const REPLICAS: usize = 3;
/// More messages or contexts than this are not under way.
const UNDER_WAY: usize = 6;

struct Replica {
    state: CounterMap,
    known: Known,
    actor: Actor,
}

enum Message {
    State(CounterMap, Known),
    /// What it takes for granted, and what is known afterwards.
    Delta(Delta, Known, Known),
}

struct World<'a> {
    rules: &'a Rules,
    chance: Chance,
    model: Model,
    replicas: Vec<Replica>,
    messages: Vec<Message>,
    contexts: Vec<(Context, Known)>,
    /// What was taken, each by an actor of its own.
    taken: Vec<(CounterMap, Known)>,
    actors: u128,
}

/// One round. What went wrong, if anything did.
pub(crate) fn round(seed: u64, rules: &Rules) -> Result<(), String> {
    let mut world = World {
        rules,
        chance: Chance::new(seed),
        model: Model::default(),
        replicas: Vec::new(),
        messages: Vec::new(),
        contexts: vec![(Context::default(), 0)],
        taken: Vec::new(),
        actors: 0,
    };
    for _ in 0..REPLICAS {
        let actor = world.new_actor();
        world.replicas.push(Replica { state: CounterMap::new(), known: 0, actor });
    }
    if world.chance.once_in(2) {
        world.share()?;
    }
    let steps = 8 + world.chance.below(32);
    for _ in 0..steps {
        let at = world.chance.below(REPLICAS);
        let told = world.step(at)?;
        world.check(at).map_err(|broken| format!("after {told} at {at}: {broken}"))?;
    }
    world.converge()
}

impl World<'_> {
    fn new_actor(&mut self) -> Actor {
        self.actors += 1;
        // A later actor is not always the larger one.
        let high = u128::try_from(self.chance.below(4)).expect("small");
        Actor::from_bits(high << 64 | self.actors)
    }

    /// All begin with some of everything: else there is little to take away at the same time.
    fn share(&mut self) -> Result<(), String> {
        for item in ITEMS {
            let one = &mut self.replicas[0];
            one.known |= self.model.add(one.known, one.actor, item, 2);
            one.state.add(one.actor, item, 2).map_err(|error| error.to_string())?;
        }
        let (state, known) = (self.replicas[0].state.clone(), self.replicas[0].known);
        for at in 1..REPLICAS {
            self.replicas[at].state = state.clone();
            self.replicas[at].known = known;
            self.check(at)?;
        }
        Ok(())
    }

    fn step(&mut self, at: usize) -> Result<&'static str, String> {
        let full = self.model.size() + ITEMS.len() > ROOM;
        match self.chance.below(if full { 12 } else { 27 }) {
            0..=2 => Ok(self.send_state(at)),
            3..=5 => Ok(self.send_delta(at)),
            6..=10 => self.deliver(at),
            11 => Ok(self.lose_or_restart(at)),
            12..=16 => self.add(at),
            17..=18 => self.remove(at),
            19..=21 => self.set(at),
            22..=23 => self.put(at),
            24..=25 => self.take(at),
            _ => self.sweep(at),
        }
    }

    fn add(&mut self, at: usize) -> Result<&'static str, String> {
        let (item, by) = (*self.chance.pick(&ITEMS), *self.chance.pick(&[-2, -1, -1, -1, 1, 1, 2]));
        let one = &mut self.replicas[at];
        let edit = self.model.add(one.known, one.actor, item, by);
        let dot = one.state.add(one.actor, item, by).map_err(|error| error.to_string())?;
        one.known |= edit;
        if dot.is_some() == (edit != 0) { Ok("add") } else { Err(format!("add {by} to {item}: {dot:?}")) }
    }

    fn remove(&mut self, at: usize) -> Result<&'static str, String> {
        let item = *self.chance.pick(&ITEMS);
        let one = &mut self.replicas[at];
        let edit = self.model.remove(one.known, item);
        let dot = one.state.remove(one.actor, item).map_err(|error| error.to_string())?;
        one.known |= edit;
        if dot.is_some() == (edit != 0) { Ok("remove") } else { Err(format!("remove {item}: {dot:?}")) }
    }

    fn set(&mut self, at: usize) -> Result<&'static str, String> {
        let (item, name) = (*self.chance.pick(&ITEMS), *self.chance.pick(&FIELDS));
        // Clocks are wrong and coarse, so that stamps collide.
        let (stamp, value) = (self.chance.below(8) as u64, self.model.size().to_string());
        let one = &mut self.replicas[at];
        let set = one.state.set(one.actor, item, name, &value, stamp);
        if self.model.count(one.known, item) == 0 {
            return if set == Err(EditError::NotThere) { Ok("set") } else { Err(format!("set on {item}: {set:?}")) };
        }
        set.map_err(|error| format!("set on {item}: {error}"))?;
        one.known |= self.model.set(one.known, one.actor, item, (name, &value), stamp);
        Ok("set")
    }

    fn put(&mut self, at: usize) -> Result<&'static str, String> {
        let mut lines = Lines::new();
        for item in ITEMS {
            if self.chance.once_in(2) {
                let mut line = Line::of(1 + i64::try_from(self.chance.below(2)).expect("small"));
                if self.chance.once_in(3) {
                    let name = (*self.chance.pick(&FIELDS)).to_owned();
                    line.fields.insert(name, self.model.size().to_string());
                }
                lines.insert(item.to_owned(), line);
            }
        }
        let stamp = self.chance.below(8) as u64;
        let (context, overwritten) = &self.contexts[self.chance.below(self.contexts.len())];
        let one = &mut self.replicas[at];
        let edit = self.model.put(one.known, one.actor, *overwritten, &lines, stamp);
        one.state.put(one.actor, context, &lines, stamp).map_err(|error| format!("put: {error}"))?;
        // Whoever puts knows of what it overwrote that it is gone, even if it never held it.
        one.known |= edit | overwritten;
        Ok("put")
    }

    /// Takes something, or what was taken before: whoever hears of it does the same.
    fn take(&mut self, at: usize) -> Result<&'static str, String> {
        if self.taken.is_empty() || self.chance.once_in(2) {
            let actor = self.new_actor();
            let first = self.chance.below(ITEMS.len());
            let items = &ITEMS[first..=first + self.chance.below(ITEMS.len() - first)];
            let units = items.iter().map(|item| ((*item).to_owned(), 1 + i64::from(self.chance.once_in(2)))).collect();
            let state = CounterMap::taken(actor, &units).map_err(|error| error.to_string())?;
            self.taken.push((state, self.model.take(actor, &units)));
        }
        let (state, edit) = self.chance.pick(&self.taken);
        let one = &mut self.replicas[at];
        (self.rules.merge)(&mut one.state, state);
        one.known |= edit;
        Ok("take")
    }

    fn sweep(&mut self, at: usize) -> Result<&'static str, String> {
        let one = &mut self.replicas[at];
        let edit = self.model.sweep(one.known);
        let dot = one.state.sweep(one.actor).map_err(|error| error.to_string())?;
        one.known |= edit;
        if dot.is_some() == (edit != 0) && one.state.hidden() == 0 {
            Ok("sweep")
        } else {
            Err(format!("sweep: {dot:?}"))
        }
    }

    fn send_state(&mut self, at: usize) -> &'static str {
        let one = &self.replicas[at];
        if self.chance.once_in(3) {
            // The text is what a client gets, and gives back.
            let text = one.state.context().to_string();
            self.contexts.push((text.parse().expect("a context reads back"), one.known));
        }
        let mut state = one.state.clone();
        if self.chance.once_in(64) {
            let text = serde_json::to_string(&state).expect("a state is JSON");
            state = serde_json::from_str(&text).expect("a state reads back");
        }
        self.messages.push(Message::State(state, one.known));
        self.forget();
        "sending a state"
    }

    /// To a replica as it is now, or to anyone as far as somebody had seen once.
    fn send_delta(&mut self, at: usize) -> &'static str {
        let to = &self.replicas[self.chance.below(REPLICAS)];
        let (context, then) = self.chance.pick(&self.contexts);
        let (vv, known) = if self.chance.once_in(2) { (to.state.version(), to.known) } else { (context.seen(), *then) };
        let one = &self.replicas[at];
        if let Some(mut delta) = one.state.delta_since(vv) {
            if self.chance.once_in(64) {
                let text = serde_json::to_string(&delta).expect("a delta is JSON");
                delta = serde_json::from_str(&text).expect("a delta reads back");
            }
            self.messages.push(Message::Delta(delta, known & one.known, one.known));
        } else {
            assert_eq!(one.known & !known, 0, "a delta is missing");
        }
        self.forget();
        "sending a delta"
    }

    /// What is too much is lost.
    fn forget(&mut self) {
        if self.messages.len() > UNDER_WAY {
            self.messages.swap_remove(self.chance.below(UNDER_WAY));
        }
        if self.contexts.len() > UNDER_WAY {
            self.contexts.swap_remove(self.chance.below(UNDER_WAY));
        }
    }

    /// Any message, in any order; it may come again.
    fn deliver(&mut self, at: usize) -> Result<&'static str, String> {
        if self.messages.is_empty() {
            return Ok("nothing");
        }
        let which = self.chance.below(self.messages.len());
        let again = self.chance.once_in(3);
        let one = &mut self.replicas[at];
        let before = one.state.clone();
        let (changed, known) = match &self.messages[which] {
            Message::State(state, known) => ((self.rules.merge)(&mut one.state, state), *known),
            Message::Delta(delta, since, known) => match (self.rules.merge_delta)(&mut one.state, delta) {
                Ok(_) if self.rules.strict && since & !one.known != 0 => {
                    return Err("a delta was merged over a gap".to_owned());
                }
                Ok(changed) => (changed, *known),
                Err(_) if since & !one.known == 0 => return Err("a gap where nothing is missing".to_owned()),
                Err(_) => (false, 0),
            },
        };
        if changed == (one.state == before) {
            return Err(format!("a merge says that changed = {changed}"));
        }
        one.known |= known;
        if !again {
            self.messages.swap_remove(which);
        }
        Ok("a merge")
    }

    /// A message is lost, or a process starts anew: with what it had stored, or with nothing, but never as the same actor.
    fn lose_or_restart(&mut self, at: usize) -> &'static str {
        if self.chance.once_in(2) && !self.messages.is_empty() {
            self.messages.swap_remove(self.chance.below(self.messages.len()));
            return "a loss";
        }
        self.replicas[at].actor = self.new_actor();
        if self.chance.once_in(3) {
            self.replicas[at].state = CounterMap::new();
            self.replicas[at].known = 0;
        }
        "a restart"
    }

    /// Only the replica that did something can have become wrong; what others are shown was checked before.
    fn check(&self, at: usize) -> Result<(), String> {
        let one = &self.replicas[at];
        let (shown, wanted) = (one.state.lines(), self.model.shown(one.known));
        if shown != wanted {
            return Err(format!("{shown:?} is shown instead of {wanted:?}"));
        }
        if one.state.is_empty_of_content() != wanted.is_empty() {
            return Err("it is not said right whether anything is shown".to_owned());
        }
        for other in &self.replicas {
            if other.known == one.known && other.state != one.state {
                return Err(format!("two know the same and differ: {:?}, {:?}", one.state, other.state));
            }
            let knows = other.known & !one.known == 0;
            if one.state.version().dominates(other.state.version()) != knows {
                return Err("the versions do not say who knows more".to_owned());
            }
        }
        Ok(())
    }

    /// All tell all, in some order, whole or in deltas: then all are the same.
    fn converge(mut self) -> Result<(), String> {
        let mut pairs: Vec<_> = (0..REPLICAS).flat_map(|to| (0..REPLICAS).map(move |from| (from, to))).collect();
        pairs.extend(pairs.clone());
        while !pairs.is_empty() {
            let (from, to) = pairs.swap_remove(self.chance.below(pairs.len()));
            let (state, known) = (self.replicas[from].state.clone(), self.replicas[from].known);
            let one = &mut self.replicas[to];
            if self.chance.once_in(2) {
                (self.rules.merge)(&mut one.state, &state);
            } else if let Some(delta) = state.delta_since(one.state.version()) {
                (self.rules.merge_delta)(&mut one.state, &delta).map_err(|gap| gap.to_string())?;
            }
            one.known |= known;
            self.check(to).map_err(|broken| format!("while they converge: {broken}"))?;
        }
        let all = self.replicas.iter().fold(0, |all, one| all | one.known);
        for at in 0..REPLICAS {
            let mut others: Vec<_> = (0..REPLICAS).filter(|other| *other != at).collect();
            while !others.is_empty() {
                let other = self.replicas[others.pop().expect("one is left")].state.clone();
                (self.rules.merge)(&mut self.replicas[at].state, &other);
            }
            self.replicas[at].known = all;
            self.check(at).map_err(|broken| format!("in the end: {broken}"))?;
        }
        let bytes = |one: &Replica| crdt::Object::Counters(one.state.clone()).canonical_bytes();
        let first = bytes(&self.replicas[0]);
        let same = self.replicas.iter().all(|one| bytes(one) == first);
        if same { Ok(()) } else { Err("in the end the bytes differ".to_owned()) }
    }
}
