//! The named failure cases of the protocol, each a file: commands, then what follows from them.
//!
//! A trace is the specification of a case: whoever changes a decision sees here what it changes. Commands are written
//! above the line `---`; what the product decides stands below it, and is written anew with `UPDATE_TRACES=1`.

use journal::{ActorId, Claim, Recall, Run, Verdict, Witness, judge, recall};
use proof::catalog::{Catalog, Fault};
use proof::disk::{Committed, Disk};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use stock::command::{Command, NewBook, NotSold, Reply};
use stock::{Fields, Op, TransferMode, TransferRequest};
use uuid::Uuid;
use wire::sale::{Basket, PlacedSale, Reserve};
use wire::{Buyer, ItemId, Money, OrderId, Quantity};

const BOOK: ItemId = ItemId(1);

struct Replica {
    machine: Catalog,
    disk: Disk<Catalog>,
    witness: Option<Witness>,
    saved: Option<(Disk<Catalog>, Option<Witness>)>,
}

#[derive(Default)]
struct Stage {
    replicas: BTreeMap<String, Replica>,
    /// What actors are called here: the replica, and which of its incarnations.
    names: BTreeMap<ActorId, String>,
    told: Vec<PlacedSale>,
    out: String,
}

fn order(name: &str) -> OrderId {
    OrderId(Uuid::from_u128(name.trim_start_matches('o').parse().expect("an order is o and a number")))
}

impl Stage {
    fn say(&mut self, line: &str) {
        writeln!(self.out, "  {line}").expect("a text takes lines");
    }

    fn name(&self, actor: ActorId) -> &str {
        self.names.get(&actor).map_or("nobody", String::as_str)
    }

    fn at(&mut self, name: &str) -> &mut Replica {
        self.replicas.get_mut(name).unwrap_or_else(|| panic!("there is no replica {name}"))
    }

    /// Incarnations of A sort before those of B: of two that sold one order, B's gives way.
    fn become_new(&mut self, name: &str) {
        let before = self.names.values().filter(|known| known.starts_with(name)).count();
        let letter = u128::from(name.as_bytes()[0]);
        let actor = ActorId::from_bits((letter << 8 | (before as u128 + 1)) << 112);
        self.names.insert(actor, format!("{name}{}", before + 1));
        self.at(name).disk.become_actor(actor);
        self.commit(name, &[], Vec::new());
    }

    fn commit(&mut self, name: &str, runs: &[Run], commands: Vec<Command>) -> Vec<Reply> {
        let replica = self.at(name);
        let me = replica.disk.identity.expect("it has a name");
        let before = replica.disk.held.head(me).seq;
        match replica.disk.commit(&replica.machine.clone(), 0, runs, commands).expect("nothing is broken") {
            Committed::Done { replies, witness } => {
                replica.witness = witness.or(replica.witness);
                let own = replica.disk.journals.get(&me).cloned().unwrap_or_default();
                for entry in own.iter().filter(|entry| entry.head.seq > before) {
                    let text = self.entry(&entry.body.read().expect("an operation"));
                    self.say(&format!("{} {}: {text}", self.name(me).to_owned(), entry.head.seq));
                }
                replies
            }
            Committed::Ended(why) => {
                self.say(&format!("{name} takes nothing on any more: {why}"));
                Vec::new()
            }
        }
    }

    fn entry(&self, op: &Op) -> String {
        let number = |order: &OrderId| format!("o{}", order.0.as_u128());
        match op {
            Op::Open { replica } => format!("open {replica}"),
            Op::Mint { n, .. } => format!("mint {n}"),
            Op::Burn { n, .. } => format!("burn {n}"),
            Op::Give { to, cum, .. } => format!("give {} {cum} in all", self.name(*to)),
            Op::Sell(sale) => format!("sell {}", number(&sale.order)),
            Op::Void { order } => format!("void {}", number(order)),
            Op::Advance { order, to, .. } => format!("{} is {to}", number(order)),
            Op::Set { .. } => "set".into(),
            Op::Note { .. } => "note".into(),
            Op::Retire { actor, end, .. } => format!("retire {} at entry {}", self.name(*actor), end.seq),
            Op::Inherit { from, cum, .. } => format!("inherit from {}, {cum} in all", self.name(*from)),
        }
    }

    fn sell(&mut self, at: &str, name: &str) {
        let wish = Reserve {
            order: order(name),
            buyer: Buyer::default(),
            basket: Basket::single(BOOK, Quantity::ONE),
            request_id: String::new(),
        };
        let Some(reply) = self.commit(at, &[], vec![Command::Sell(wish)]).pop() else { return };
        match reply.sold() {
            Ok(reserved) => {
                let line =
                    format!("{at} answers: {name} is entry {} of {}", reserved.at.seq, self.name(reserved.at.actor));
                self.told.push(PlacedSale { sale: reserved.sale, at: reserved.at });
                self.say(&line);
            }
            Err(NotSold::Refused(refused)) => self.say(&format!("{at} refuses {name}: {}", refused.problem().kind)),
            Err(NotSold::Short(lacks)) => {
                let holders: Vec<_> =
                    lacks[0].holders.iter().map(|h| format!("{} has {}", self.name(h.actor), h.units)).collect();
                self.say(&format!("{at} is short for {name}: {}", holders.join(", ")));
            }
        }
    }

    fn give(&mut self, from: &str, to: &str, at_least: u64) {
        let asker = self.at(to).disk.identity.expect("it has a name");
        let request = TransferRequest { item: BOOK, to: asker, at_least, mode: TransferMode::Gather };
        if let Some(reply) = self.commit(from, &[], vec![Command::Give(request)]).pop() {
            let answer = reply.given();
            self.say(&format!("{from} answers {to}: {answer:?}"));
        }
    }

    fn read(&mut self, from: &str, to: &str) {
        let asks = self.at(to).disk.held.asks();
        let disk = &self.replicas[from].disk;
        let runs = disk
            .held
            .heads
            .keys()
            .filter_map(|actor| disk.run_after(*actor, asks.get(actor).copied().unwrap_or(0), 1000));
        let runs: Vec<Run> = runs.collect();
        let gone_on = self.replicas[to].disk.held.gone_on(&disk.held.heads);
        for (actor, why) in gone_on {
            self.say(&format!("{to} freezes {}: {why}", self.name(actor).to_owned()));
        }
        for run in &runs {
            let line = format!("{to} reads {} {} to {}", self.name(run.actor), run.after.seq + 1, run.head.seq);
            self.say(&line);
        }
        let before = self.at(to).disk.held.clone();
        self.commit(to, &runs, Vec::new());
        let after = self.at(to).disk.held.clone();
        for (actor, why) in after.frozen.iter().filter(|(actor, _)| !before.frozen.contains_key(actor)) {
            self.say(&format!("{to} freezes {}: {why}", self.name(*actor).to_owned()));
        }
    }

    fn start(&mut self, name: &str, asked: &[&str]) {
        let replica = &self.replicas[name];
        let Disk { identity, held, .. } = &replica.disk;
        let data = identity.map(|actor| (actor, held.head(actor)));
        let at_witness = replica.witness.and_then(|last| replica.disk.hash_at(last.actor, last.head.seq));
        let recalled = recall(data, replica.witness, at_witness, identity.is_some_and(|actor| held.has_ended(actor)));
        let mut same = recalled == Recall::Same;
        if let (Recall::Ask, Some((actor, mine))) = (recalled, data) {
            let claim = |other: &String| {
                let other = asked.contains(&other.as_str()).then(|| &self.replicas[other].disk)?;
                let theirs = other.held.heads.get(&actor).copied();
                let mine = theirs.and_then(|theirs| replica.disk.hash_at(actor, theirs.seq));
                Some(Claim::of(theirs, mine, other.held.has_ended(actor)))
            };
            let others = self.replicas.keys().filter(|other| *other != name);
            let seen = self.told.iter().filter(|placed| placed.at.actor == actor).map(|placed| placed.at.seq);
            let orders = Claim { seq: seen.max().unwrap_or(0), agrees: true };
            let claims: Vec<_> = others.map(claim).chain([Some(orders)]).collect();
            same = judge(mine, &claims) == Verdict::Same;
        }
        self.say(&format!("{name} recalls: {recalled:?}"));
        if let (true, Some((actor, head))) = (same, data) {
            self.at(name).witness = Some(Witness { actor, head });
            self.say(&format!("{name} goes on as {}", self.name(actor).to_owned()));
        } else {
            self.become_new(name);
        }
    }

    fn retire(&mut self, at: &str, whom: &str) {
        let actor = *self.names.iter().find(|(_, name)| *name == whom).expect("an actor of this trace").0;
        let end = self.at(at).disk.held.head(actor);
        let last = self.told.iter().filter(|placed| placed.at.actor == actor && placed.at.seq > end.seq);
        let sales: Vec<_> = last.cloned().collect();
        let all = vec![
            Command::Retire { actor, end },
            Command::Adopt { from: vec![actor], sales },
            Command::Inherit { from: actor, items: vec![BOOK] },
        ];
        for reply in self.commit(at, &[], all) {
            if let Err(refused) = reply.taken_over() {
                self.say(&format!("{at} refuses: {refused}"));
            }
        }
    }

    fn play(&mut self, line: &str) {
        writeln!(self.out, "{line}").expect("a text takes lines");
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["replicas", names @ ..] => {
                for name in names {
                    let full: &'static str =
                        ["catalogA", "catalogB", "catalogC"][usize::from(name.as_bytes()[0] - b'A')];
                    let machine = Catalog { name: full, fault: Fault::None };
                    let replica = Replica { machine, disk: Disk::default(), witness: None, saved: None };
                    self.replicas.insert((*name).to_owned(), replica);
                    self.become_new(name);
                }
            }
            ["stock", at, units] => {
                let cost = Money::from_cents(100).ok();
                let fields = Fields { title: Some("Momo".into()), topic: Some("t".into()), cost, ..Fields::default() };
                let units = units.parse().expect("a number of units");
                self.commit(at, &[], vec![Command::Shelve(vec![NewBook::counted(BOOK, fields, units)])]);
            }
            ["sell", at, name] => self.sell(at, name),
            ["give", from, to, cum] => self.give(from, to, cum.parse().expect("a number of units")),
            ["read", from, to] => self.read(from, to),
            ["save", name] => {
                let replica = self.at(name);
                replica.saved = Some((replica.disk.clone(), replica.witness));
            }
            ["put-back", name] => self.at(name).disk = self.replicas[*name].saved.clone().expect("it was saved").0,
            ["put-back-with-witness", name] => {
                let (disk, witness) = self.replicas[*name].saved.clone().expect("it was saved");
                (self.at(name).disk, self.at(name).witness) = (disk, witness);
            }
            ["lose-witness", name] => self.at(name).witness = None,
            ["lose-disk", name] => self.at(name).disk = Disk::default(),
            ["start", name, asked @ ..] => self.start(name, asked),
            ["retire", at, whom] => self.retire(at, whom),
            ["left", at] => {
                let book = self.replicas[*at].disk.fold.books[&BOOK].clone();
                let units: Vec<_> =
                    book.accounts.iter().map(|(a, account)| format!("{} {}", self.name(*a), account.units())).collect();
                self.say(&format!("{at} shows {}; rights: {}", book.total(), units.join(", ")));
            }
            _ => panic!("not a command: {line}"),
        }
    }
}

#[test]
fn every_trace_leads_to_what_stands_below_it() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/traces");
    let mut files: Vec<_> =
        fs::read_dir(directory).expect("traces").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() >= 9, "the named cases of the protocol");
    for file in files {
        let text = fs::read_to_string(&file).expect("a trace");
        let (commands, expected) = text.split_once("---\n").expect("commands, a line ---, what follows");
        let mut stage = Stage::default();
        for line in commands.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            stage.play(line);
        }
        if std::env::var_os("UPDATE_TRACES").is_some() {
            fs::write(&file, format!("{commands}---\n{}", stage.out)).expect("written");
        } else {
            assert_eq!(stage.out, expected, "{}", file.display());
        }
    }
}
