//! Checkouts against an order tier in a few lines: gateways that die between any two steps, two at a time in every order,
//! and carts of which they see different things.

use super::super::till::{books, tests as example};
use super::*;
use crdt::Actor;
use example::{basket_of, key, sold};
use std::collections::BTreeMap;
use wire::order::{Order, OrderState};
use wire::sale::SaleRef;
use wire::{ItemId, OrderNumber};

/// More steps than any checkout takes.
const TO_THE_END: usize = 40;

/// What the order tier knows and what it does next.
#[derive(Clone, Default)]
struct Desk {
    orders: BTreeMap<OrderId, Basket>,
    /// Books of which nothing is left.
    gone: Vec<u32>,
    /// It sells, and its answers get lost.
    silent: bool,
    /// Nobody can be reached.
    away: bool,
}

fn receipt(id: OrderId, basket: &Basket) -> Receipt {
    let sale = SaleRef { actor: journal::ActorId::from_bits(1), seq: 1 };
    let order = Order {
        id,
        number: OrderNumber(196),
        also: Vec::new(),
        buyer: "b".parse().expect("a buyer"),
        lines: sold(basket),
        created_ms: 1,
        sale,
        told: true,
        advances: Vec::new(),
    };
    Receipt { order, copies: 2, state: OrderState::Settled, items: Vec::new() }
}

impl Desk {
    fn look(&self, order: OrderId) -> Result<Receipt, NoOrder> {
        if self.silent || self.away {
            return Err(NoOrder::Unreachable);
        }
        self.orders.get(&order).map(|basket| receipt(order, basket)).ok_or(NoOrder::Unknown)
    }

    fn buy(&mut self, order: OrderId, basket: &Basket) -> Result<Receipt, NoReceipt> {
        let no = |refused| Err(NoReceipt::Refused { refused, doubt: None });
        if self.away {
            return Err(NoReceipt::Unreachable("away".into()));
        }
        if self.orders.get(&order).is_some_and(|known| known != basket) {
            return no(Refused::OtherBasket { order });
        }
        if let Some(line) = basket.lines().iter().find(|line| self.gone.contains(&line.item.0)) {
            return no(Refused::short(line.item, line.quantity, Some(0)));
        }
        self.orders.insert(order, basket.clone());
        if self.silent { Err(NoReceipt::Uncertain("silent".into())) } else { Ok(receipt(order, basket)) }
    }
}

/// A gateway with what it sees of the cart.
struct Gateway {
    author: Author,
    purchase: Purchase,
    step: Option<Step>,
    done: Option<Result<Receipt, Stopped>>,
}

impl Gateway {
    fn begin(actor: u128, called: &str) -> Self {
        Self::at("c", actor, called)
    }

    fn at(cart: &str, actor: u128, called: &str) -> Self {
        let (purchase, step) = Purchase::begin(example::till(cart), key(called));
        Self { author: example::author(actor), purchase, step: Some(step), done: None }
    }

    /// One step, all of it or nothing.
    fn go(&mut self, cart: &mut CounterMap, desk: &mut Desk) {
        let Some(step) = self.step.take() else { return };
        let next = match step {
            Step::Decide => {
                let before = cart.clone();
                let (next, written) = self.purchase.decide(cart, self.author).expect("room");
                assert!(written || *cart == before, "what is changed is stored");
                next
            }
            Step::Look(order) => self.purchase.looked(desk.look(order)),
            Step::Buy(order, basket) => self.purchase.bought(desk.buy(order, &basket)),
            Step::Settle(slot, receipt) => {
                Till::settle(cart, self.author, &slot, &receipt.order.lines).expect("in range");
                self.purchase.written()
            }
            Step::Forget(attempt) => {
                cart.remove(self.author.actor, &attempt).expect("room");
                self.purchase.written()
            }
            Step::Done(done) => {
                self.done = Some(done.map(|receipt| *receipt));
                return;
            }
        };
        self.step = Some(next);
    }
}

/// A gateway of its own that goes so many steps; what it answered, if it lived so long.
fn checkout(
    cart: &mut CounterMap,
    desk: &mut Desk,
    actor: u128,
    called: &str,
    steps: usize,
) -> Option<Result<Basket, Stopped>> {
    let mut gateway = Gateway::begin(actor, called);
    for _ in 0..steps {
        gateway.go(cart, desk);
    }
    assert!(steps < TO_THE_END || gateway.done.is_some(), "a checkout ends");
    gateway.done.map(|done| done.map(|receipt| bought(&receipt)))
}

fn bought(receipt: &Receipt) -> Basket {
    let lines: Vec<_> = receipt.order.lines.iter().map(|line| (line.item.0, line.quantity.units())).collect();
    basket_of(&lines)
}

fn filled(lines: &[(u32, i64)]) -> CounterMap {
    let mut cart = CounterMap::new();
    for (item, count) in lines {
        put(&mut cart, *item, *count);
    }
    cart
}

/// The customer's own changes come from a gateway that does nothing else.
fn put(cart: &mut CounterMap, item: u32, by: i64) {
    cart.add(Actor::from_bits(1), &item.to_string(), by).expect("small numbers");
}

fn in_it(cart: &CounterMap) -> BTreeMap<u32, i64> {
    books(cart).map(|(ItemId(item), count)| (item, count)).collect()
}

/// What is in the cart and in all orders together.
fn all(cart: &CounterMap, desk: &Desk) -> BTreeMap<u32, i64> {
    let mut all = in_it(cart);
    for line in desk.orders.values().flat_map(|basket| basket.lines().to_vec()) {
        *all.entry(line.item.0).or_default() += i64::from(line.quantity.units());
    }
    all
}

fn counts(lines: &[(u32, i64)]) -> BTreeMap<u32, i64> {
    lines.iter().copied().collect()
}

#[test]
fn a_checkout_buys_what_is_in_the_cart_and_its_key_says_the_same_ever_after() {
    let (mut cart, mut desk) = (filled(&[(1, 2), (3, 1)]), Desk::default());
    let whole = basket_of(&[(1, 2), (3, 1)]);
    assert_eq!(checkout(&mut cart, &mut desk, 10, "k", TO_THE_END), Some(Ok(whole.clone())));
    assert_eq!(in_it(&cart), counts(&[]));
    put(&mut cart, 7, 1);
    assert_eq!(checkout(&mut cart, &mut desk, 11, "k", TO_THE_END), Some(Ok(whole)));
    assert_eq!(in_it(&cart), counts(&[(7, 1)]), "the answer to an old question buys nothing");
    assert_eq!(checkout(&mut cart, &mut desk, 12, "l", TO_THE_END), Some(Ok(basket_of(&[(7, 1)]))));
    assert_eq!(checkout(&mut cart, &mut desk, 13, "m", TO_THE_END), Some(Err(Stopped::Empty)));
    assert_eq!(desk.orders.len(), 2);
}

#[test]
fn wherever_a_gateway_dies_the_next_one_finishes_its_order_and_nothing_is_bought_twice_or_lost() {
    for died_after in 0..8 {
        for second in ["k", "another"] {
            let (mut cart, mut desk) = (filled(&[(1, 2), (3, 1)]), Desk::default());
            let first = checkout(&mut cart, &mut desk, 10, "k", died_after);
            let was_begun = !in_it(&cart).is_empty() && example::till("c").is_open(&cart);
            let was_settled = in_it(&cart).is_empty();
            // Meanwhile something is added: one more of what was bought, and something else.
            put(&mut cart, 1, 1);
            put(&mut cart, 7, 1);
            let then = checkout(&mut cart, &mut desk, 11, second, TO_THE_END).expect("an end").expect("an order");
            let (all_of_it, before) = (basket_of(&[(1, 3), (3, 1), (7, 1)]), basket_of(&[(1, 2), (3, 1)]));
            let wanted = match (was_settled, was_begun, second) {
                // The answer was on its way, and this is another question.
                (true, _, "another") => basket_of(&[(1, 1), (7, 1)]),
                (true, _, _) | (_, true, _) => before,
                _ => all_of_it,
            };
            assert_eq!(then, wanted, "died after {died_after}, asked again as {second}");
            assert!(first.is_none_or(|first| first == Ok(basket_of(&[(1, 2), (3, 1)]))));
            assert_eq!(all(&cart, &desk), counts(&[(1, 3), (3, 1), (7, 1)]), "died after {died_after}");
        }
    }
}

#[test]
fn what_the_customer_took_out_after_a_gateway_died_is_bought_only_if_it_was_already() {
    for died_after in 0..4 {
        let (mut cart, mut desk) = (filled(&[(1, 2), (3, 1)]), Desk::default());
        checkout(&mut cart, &mut desk, 10, "k", died_after);
        let was_bought = !desk.orders.is_empty();
        put(&mut cart, 3, -1);
        let then = checkout(&mut cart, &mut desk, 11, "k", TO_THE_END).expect("an end").expect("an order");
        let wanted: &[(u32, u32)] = if was_bought { &[(1, 2), (3, 1)] } else { &[(1, 2)] };
        assert_eq!(then, basket_of(wanted), "died after {died_after}");
        assert_eq!((desk.orders.len(), in_it(&cart)), (1, counts(&[])));
    }
}

#[test]
fn what_a_guest_began_to_buy_is_bought_once_when_their_cart_has_become_a_members() {
    for died_after in 0..8 {
        let mut desk = Desk::default();
        let (of, till) = (example::till("guest"), example::till("c"));
        let (mut guests, mut members) = (filled(&[(1, 2), (3, 1)]), CounterMap::new());
        members.add(Actor::from_bits(2), "7", 1).expect("small numbers");
        let mut dying = Gateway::at("guest", 10, "k");
        for _ in 0..died_after {
            dying.go(&mut guests, &mut desk);
        }
        let joined = |members: &mut CounterMap, guests: &CounterMap| {
            members.merge(guests);
            of.be_adopted(members, example::author(5)).expect("room");
            assert!(of.is_known(members));
        };
        joined(&mut members, &guests);
        assert_eq!(till.is_open(&members), of.is_open(&guests), "died after {died_after}");
        for (number, called) in ["l", "m", "n"].into_iter().enumerate() {
            let actor = 11 + number as u128;
            let bought = checkout(&mut members, &mut desk, actor, called, TO_THE_END).expect("an end");
            assert!(matches!(bought, Ok(_) | Err(Stopped::Empty)), "{bought:?}");
            // The guest's own cart says the same later, if anybody asks there, and is joined again.
            if let Ok(receipt) = desk.look(of.slot(1).order) {
                Till::settle(&mut guests, example::author(6), &of.slot(1), &receipt.order.lines).expect("in range");
            }
            joined(&mut members, &guests);
        }
        assert_eq!(in_it(&members), counts(&[]), "died after {died_after}");
        assert_eq!(all(&members, &desk), counts(&[(1, 2), (3, 1), (7, 1)]), "died after {died_after}");
        assert!(!till.is_open(&members));
    }
}

#[test]
fn what_the_member_took_out_of_what_a_guest_began_to_buy_is_bought_only_if_it_was_already() {
    for died_after in 0..8 {
        let mut desk = Desk::default();
        let of = example::till("guest");
        let mut guests = filled(&[(1, 2), (3, 1)]);
        let mut dying = Gateway::at("guest", 10, "k");
        for _ in 0..died_after {
            dying.go(&mut guests, &mut desk);
        }
        let was_bought = !desk.orders.is_empty();
        let mut members = guests.clone();
        of.be_adopted(&mut members, example::author(5)).expect("room");
        if members.count("3") > 0 {
            members.add(Actor::from_bits(2), "3", -1).expect("small numbers");
        }
        for (number, called) in ["l", "m"].into_iter().enumerate() {
            let bought = checkout(&mut members, &mut desk, 11 + number as u128, called, TO_THE_END).expect("an end");
            assert!(matches!(bought, Ok(_) | Err(Stopped::Empty)), "{bought:?}");
        }
        let wanted: &[(u32, u32)] = if was_bought { &[(1, 2), (3, 1)] } else { &[(1, 2)] };
        assert_eq!(desk.orders.values().collect::<Vec<_>>(), [&basket_of(wanted)], "died after {died_after}");
        assert_eq!(in_it(&members), counts(&[]));
    }
}

/// Two gateways in every order of their steps, on one cart, or each on its own until the end.
fn two_at_once(
    carts: &[CounterMap; 2],
    shared: bool,
    check: impl Fn(&CounterMap, &Desk, [Result<Basket, Stopped>; 2]),
) {
    for order in 0_u32..1 << 14 {
        let mut seen = carts.clone();
        let mut desk = Desk::default();
        let mut gateways = [Gateway::begin(10, "k"), Gateway::begin(11, "l")];
        for turn in 0..14 + TO_THE_END {
            let at = if turn < 14 { (order >> turn & 1) as usize } else { turn % 2 };
            gateways[at].go(&mut seen[if shared { 0 } else { at }], &mut desk);
        }
        let [one, other] = seen;
        let mut cart = one;
        cart.merge(&other);
        let told = gateways.map(|gateway| gateway.done.expect("an end").map(|receipt| bought(&receipt)));
        check(&cart, &desk, told);
    }
}

#[test]
fn two_gateways_that_check_out_one_cart_at_once_make_one_order_of_it() {
    let cart = filled(&[(1, 2), (3, 1)]);
    two_at_once(&[cart.clone(), CounterMap::new()], true, |cart, desk, told| {
        let whole = basket_of(&[(1, 2), (3, 1)]);
        assert!(told.iter().all(|told| *told == Ok(whole.clone()) || *told == Err(Stopped::Empty)), "{told:?}");
        assert_eq!((desk.orders.len(), in_it(cart)), (1, counts(&[])));
    });
}

#[test]
fn two_gateways_that_see_different_carts_make_one_order_and_what_it_lacks_stays_in_the_cart() {
    let old = filled(&[(1, 2), (3, 1)]);
    let mut new = old.clone();
    put(&mut new, 1, 1);
    put(&mut new, 7, 1);
    two_at_once(&[old, new], false, |cart, desk, told| {
        let [Ok(one), Ok(other)] = &told else { panic!("{told:?}") };
        assert_eq!((one, desk.orders.len()), (other, 1));
        assert_eq!(all(cart, desk), counts(&[(1, 3), (3, 1), (7, 1)]));
    });
}

#[test]
fn what_falls_short_ends_the_attempt_and_the_cart_can_be_mended() {
    let (mut cart, mut desk) = (filled(&[(1, 2), (5, 1)]), Desk { gone: vec![5], ..Desk::default() });
    let refused = checkout(&mut cart, &mut desk, 10, "k", TO_THE_END).expect("an end");
    assert!(matches!(refused, Err(Stopped::NoReceipt(NoReceipt::Refused { .. }))), "{refused:?}");
    assert!(!example::till("c").is_open(&cart) && desk.orders.is_empty());
    put(&mut cart, 5, -1);
    put(&mut cart, 7, 1);
    assert_eq!(checkout(&mut cart, &mut desk, 10, "k", TO_THE_END), Some(Ok(basket_of(&[(1, 2), (7, 1)]))));
}

#[test]
fn an_attempt_that_can_not_be_finished_any_more_makes_room_for_what_is_in_the_cart_now() {
    let (mut cart, mut desk) = (filled(&[(1, 2), (5, 1)]), Desk::default());
    // It dies before it buys; then the last one is sold to somebody else, and something is added.
    checkout(&mut cart, &mut desk, 10, "k", 1);
    desk.gone = vec![5];
    put(&mut cart, 7, 1);
    let refused = checkout(&mut cart, &mut desk, 11, "l", TO_THE_END).expect("an end");
    assert!(matches!(refused, Err(Stopped::NoReceipt(_))), "what is in the cart now falls short too: {refused:?}");
    put(&mut cart, 5, -1);
    assert_eq!(checkout(&mut cart, &mut desk, 12, "m", TO_THE_END), Some(Ok(basket_of(&[(1, 2), (7, 1)]))));
    assert_eq!(in_it(&cart), counts(&[]));
}

#[test]
fn while_nobody_can_tell_nothing_else_is_bought() {
    let (mut cart, mut desk) = (filled(&[(1, 2)]), Desk { silent: true, ..Desk::default() });
    let unsure = checkout(&mut cart, &mut desk, 10, "k", TO_THE_END);
    assert!(matches!(unsure, Some(Err(Stopped::NoReceipt(NoReceipt::Uncertain(_))))), "{unsure:?}");
    put(&mut cart, 7, 1);
    assert_eq!(checkout(&mut cart, &mut desk, 10, "l", TO_THE_END), Some(Err(Stopped::Unsure)));
    desk.silent = false;
    assert_eq!(checkout(&mut cart, &mut desk, 10, "l", TO_THE_END), Some(Ok(basket_of(&[(1, 2)]))));
    assert_eq!((desk.orders.len(), in_it(&cart)), (1, counts(&[(7, 1)])));
}

#[test]
fn a_shop_that_can_not_be_reached_leaves_no_attempt_behind() {
    let (mut cart, mut desk) = (filled(&[(1, 2)]), Desk { away: true, ..Desk::default() });
    let refused = checkout(&mut cart, &mut desk, 10, "k", TO_THE_END);
    assert!(matches!(refused, Some(Err(Stopped::NoReceipt(NoReceipt::Unreachable(_))))), "{refused:?}");
    assert!(!example::till("c").is_open(&cart));
    // But one that may have been made before is still in doubt.
    desk = Desk { silent: true, ..Desk::default() };
    checkout(&mut cart, &mut desk, 10, "k", TO_THE_END);
    desk = Desk { away: true, silent: false, ..desk };
    checkout(&mut cart, &mut desk, 11, "k", TO_THE_END);
    assert!(example::till("c").is_open(&cart));
}

#[test]
fn a_cart_that_holds_too_much_says_so_and_buys_nothing() {
    let (mut cart, mut desk) = (filled(&[(1, 101)]), Desk::default());
    let refused = checkout(&mut cart, &mut desk, 10, "k", TO_THE_END);
    assert!(matches!(refused, Some(Err(Stopped::TooMuch(_)))), "{refused:?}");
    assert!(desk.orders.is_empty());
}
