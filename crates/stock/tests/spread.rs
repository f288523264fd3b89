//! Spreading and handing over: units go where they should be, and none is lost or made on the way.

use journal::ActorId;
use proptest::prelude::*;
use stock::{Book, Fields, Granted, Numbers, Op, Shelf, TransferMode, TransferRequest, share, wish};
use wire::ItemId;

const ITEM: ItemId = ItemId(1);

fn actor(index: usize) -> ActorId {
    ActorId::from_bits(index as u128 + 1)
}

/// One replica's view of the stock; all views here read each other's journals at once.
struct Shop {
    shelves: Vec<Shelf>,
    seqs: Vec<u64>,
}

impl Shop {
    fn with(held: &[u64]) -> Self {
        let shelf = |index| Shelf::new(actor(index), Numbers::new('A', 0, false));
        let mut shop = Self { shelves: (0..held.len()).map(shelf).collect(), seqs: vec![0; held.len()] };
        let fields = Fields { title: Some("A book".into()), ..Fields::default() };
        shop.write(0, &Op::Set { item: ITEM, hlc: 1, fields, why: None });
        for (index, n) in held.iter().enumerate() {
            shop.write(index, &Op::Mint { item: ITEM, n: *n, reference: format!("opening-{index}"), why: None });
        }
        shop
    }

    fn write(&mut self, by: usize, op: &Op) {
        self.seqs[by] += 1;
        for shelf in &mut self.shelves {
            shelf.apply(actor(by), self.seqs[by], op.clone());
            shelf.check().expect("own rights are never below zero");
        }
    }

    fn book(&self) -> &Book {
        self.shelves[0].book(ITEM).expect("the book")
    }

    fn held(&self) -> Vec<u64> {
        (0..self.shelves.len()).map(|index| self.book().units_of(actor(index))).collect()
    }

    fn members(&self, home: usize) -> Vec<(ActorId, bool)> {
        (0..self.shelves.len()).map(|index| (actor(index), index == home)).collect()
    }

    /// Each replica asks once for what it misses; whether anybody asked.
    fn spread(&mut self, home: usize) -> bool {
        let mut asked = false;
        for me in 0..self.shelves.len() {
            let Some(wish) = wish(self.book(), actor(me), &self.members(home)) else { continue };
            asked = true;
            let giver = (0..self.shelves.len()).find(|index| actor(*index) == wish.from).expect("a member");
            let at_least = self.book().given(wish.from, actor(me)) + wish.units;
            let request = TransferRequest {
                item: ITEM,
                to: actor(me),
                at_least,
                mode: TransferMode::Balance { keep: wish.keep },
            };
            match self.shelves[giver].grant(&request) {
                Granted::Now(op) => self.write(giver, &op),
                other => panic!("what was wished for can be given, not {other:?}"),
            }
        }
        asked
    }
}

proptest! {
    #[test]
    fn spreading_ends_with_nobody_wanting_and_no_unit_lost_or_made(
        held in prop::collection::vec(0_u64..40, 2..5), home in 0_usize..5,
    ) {
        let home = home % held.len();
        let total: u64 = held.iter().sum();
        let mut shop = Shop::with(&held);
        let rounds = (0..50).take_while(|_| shop.spread(home)).count();
        prop_assert!(rounds < 50, "still travelling: {:?}", shop.held());
        prop_assert_eq!(shop.held().iter().sum::<u64>(), total);
        let members = held.len() as u64;
        for (index, units) in shop.held().into_iter().enumerate() {
            let target = share(total, members, index == home);
            prop_assert!(2 * units + 1 >= target, "replica {} has {} of its share of {}", index, units, target);
        }
    }

    #[test]
    fn the_shares_of_all_are_the_whole(total in 0_u64..10_000, members in 1_u64..9) {
        let sum: u64 = (0..members).map(|index| share(total, members, index == 0)).sum();
        prop_assert_eq!(sum, total);
    }
}

#[test]
fn the_last_copy_comes_to_rest_at_its_home() {
    let mut shop = Shop::with(&[1, 0, 0]);
    while shop.spread(2) {}
    assert_eq!(shop.held(), [0, 0, 1]);
}

fn ask(shop: &Shop, at_least: u64, mode: TransferMode) -> Granted {
    shop.shelves[0].grant(&TransferRequest { item: ITEM, to: actor(1), at_least, mode })
}

fn units(granted: &Granted) -> u64 {
    match granted {
        Granted::Now(Op::Give { cum, .. }) => *cum,
        other => panic!("nothing was given: {other:?}"),
    }
}

#[test]
fn a_sale_is_given_half_of_plenty_exactly_its_need_of_some_and_is_sent_for_the_last() {
    assert_eq!(units(&ask(&Shop::with(&[100, 0]), 1, TransferMode::Sale)), 50);
    assert_eq!(units(&ask(&Shop::with(&[4, 0]), 1, TransferMode::Sale)), 1);
    assert_eq!(ask(&Shop::with(&[1, 0]), 1, TransferMode::Sale), Granted::SendTheSale);
    assert_eq!(units(&ask(&Shop::with(&[1, 0]), 1, TransferMode::Gather)), 1);
    assert_eq!(ask(&Shop::with(&[1, 0]), 2, TransferMode::Gather), Granted::Few);
}

#[test]
fn a_question_asked_again_after_a_lost_answer_gives_nothing_twice() {
    let mut shop = Shop::with(&[10, 0]);
    let Granted::Now(op) = ask(&shop, 2, TransferMode::Gather) else { panic!("there is enough") };
    shop.write(0, &op);
    assert_eq!(ask(&shop, 2, TransferMode::Gather), Granted::Before);
    assert_eq!(shop.held(), [8, 2]);
}

#[test]
fn nobody_gives_to_itself() {
    let shop = Shop::with(&[10, 0]);
    let request = TransferRequest { item: ITEM, to: actor(0), at_least: 3, mode: TransferMode::Gather };
    assert_eq!(shop.shelves[0].grant(&request), Granted::Few);
}
