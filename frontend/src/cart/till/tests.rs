//! Orders written into carts; and carts and tills for the tests of `purchase.rs`.

use super::*;
use wire::Money;

pub(in crate::cart) fn till(cart: &str) -> Till {
    Till::new(Uuid::from_u128(1), Key::of("cart", cart).expect("a key"))
}

pub(in crate::cart) fn author(bits: u128) -> Author {
    Author { actor: Actor::from_bits(bits), stamp: 1 }
}

pub(in crate::cart) fn basket_of(lines: &[(u32, u32)]) -> Basket {
    let line = |(item, units): &(u32, u32)| Line {
        item: ItemId(*item),
        quantity: u64::from(*units).try_into().expect("a quantity"),
    };
    Basket::try_from(lines.iter().map(line).collect::<Vec<_>>()).expect("a basket")
}

pub(in crate::cart) fn sold(basket: &Basket) -> Vec<SoldLine> {
    let cost = Money::from_cents(1000).expect("a price");
    basket.lines().iter().map(|line| SoldLine { item: line.item, quantity: line.quantity, cost }).collect()
}

pub(in crate::cart) fn key(text: &str) -> IdempotencyKey {
    text.parse().expect("a key")
}

fn cart(lines: &[(u32, i64)]) -> CounterMap {
    let mut cart = CounterMap::new();
    for (item, count) in lines {
        cart.add(author(1).actor, &item.to_string(), *count).expect("small numbers");
    }
    cart
}

fn shown(cart: &CounterMap) -> Vec<(u32, i64)> {
    let mut books: Vec<_> = books(cart).map(|(item, count)| (item.0, count)).collect();
    books.sort_unstable();
    books
}

#[test]
fn an_order_takes_its_lines_out_of_the_cart_once_and_what_was_added_meanwhile_stays() {
    let (till, mut cart) = (till("c"), cart(&[(1, 2), (3, 1)]));
    let order = sold(&basket_of(&[(1, 2), (3, 1)]));
    // Two gateways settle, and a third one adds without having heard of either.
    let (mut other, mut adding) = (cart.clone(), cart.clone());
    Till::settle(&mut cart, author(4), &till.slot(1), &order).expect("in range");
    Till::settle(&mut cart, author(4), &till.slot(1), &order).expect("in range");
    Till::settle(&mut other, author(5), &till.slot(1), &order).expect("in range");
    adding.add(author(1).actor, "1", 1).expect("small numbers");
    adding.add(author(1).actor, "7", 1).expect("small numbers");
    cart.merge(&other);
    cart.merge(&adding);
    assert_eq!((shown(&cart), till.settled(&cart)), (vec![(1, 1), (7, 1)], 1));
}

#[test]
fn orders_are_settled_one_after_the_other_and_each_has_an_id_of_its_own() {
    let (till, other, mut cart) = (till("c"), till("d"), cart(&[(1, 2)]));
    for nth in 1..=3 {
        assert_eq!(till.settled(&cart), nth - 1);
        Till::settle(&mut cart, author(4), &till.slot(nth), &sold(&basket_of(&[(1, 1)]))).expect("in range");
    }
    assert_eq!((till.settled(&cart), other.settled(&cart)), (3, 0));
    assert_ne!(till.slot(1).order, till.slot(2).order);
    assert_ne!(till.slot(1).order, other.slot(1).order);
    assert!(!serde_json::to_string(&cart).expect("JSON").contains(&till.slot(1).order.0.simple().to_string()));
}

#[test]
fn an_attempt_is_read_back_with_its_basket_and_keys_and_is_no_book() {
    let (till, mut cart) = (till("c"), cart(&[(1, 2), (44, 100)]));
    let wanted = basket(&cart).expect("it fits").expect("something");
    let (name, new) = till.begin(&mut cart, author(2), &till.slot(1), &wanted, &key("k")).expect("room");
    assert!(new);
    assert_eq!(till.begin(&mut cart, author(3), &till.slot(1), &wanted, &key("l")), Ok((name.clone(), false)));
    assert_eq!(Till::attempts(&cart, &till.slot(1)), [Attempt { name, basket: wanted }]);
    assert_eq!(
        (till.asked_for(&cart, &key("k")), till.asked_for(&cart, &key("l"))),
        (Some(till.slot(1)), Some(till.slot(1)))
    );
    assert_eq!(till.asked_for(&cart, &key("m")), None);
    assert_eq!(shown(&cart), [(1, 2), (44, 100)]);
}

#[test]
fn a_key_is_remembered_for_the_next_orders_and_attempts_of_another_cart_are_forgotten() {
    let (till, other, mut cart) = (till("c"), till("guest"), cart(&[(1, 50)]));
    let one = basket_of(&[(1, 1)]);
    other.begin(&mut cart, author(2), &other.slot(1), &one, &key("k1")).expect("room");
    for nth in 1..=20 {
        till.begin(&mut cart, author(2), &till.slot(nth), &one, &key(&format!("k{nth}"))).expect("room");
        Till::settle(&mut cart, author(4), &till.slot(nth), &sold(&one)).expect("in range");
    }
    assert_eq!(till.asked_for(&cart, &key("k20")), Some(till.slot(20)));
    assert_eq!(till.asked_for(&cart, &key("k13")), Some(till.slot(13)));
    assert_eq!(till.asked_for(&cart, &key("k2")), None);
    assert!(Till::attempts(&cart, &other.slot(1)).is_empty());
    assert!(cart.lines().len() < 12, "{:?}", cart.lines().keys());
}

#[test]
fn a_cart_that_was_bought_whole_never_looks_like_one_that_nobody_used() {
    let (till, mut cart) = (till("c"), cart(&[(1, 1)]));
    let one = basket_of(&[(1, 1)]);
    till.begin(&mut cart, author(2), &till.slot(1), &one, &key("k")).expect("room");
    Till::settle(&mut cart, author(4), &till.slot(1), &sold(&one)).expect("in range");
    assert_eq!(shown(&cart), []);
    // Somebody else whose question came to nothing takes the attempt back.
    let attempts = Till::attempts(&cart, &till.slot(1));
    cart.remove(author(6).actor, &attempts[0].name).expect("room");
    assert!(!cart.is_empty_of_content(), "a cart with nothing in it may be forgotten");
}

#[test]
fn a_cart_with_more_than_an_order_holds_says_which_line_is_too_much() {
    let books: Vec<_> = (0..101).map(|item| (item, 1)).collect();
    assert!(basket(&cart(&books)).expect_err("too many").contains("101"));
    assert!(basket(&cart(&[(5, 101)])).expect_err("too much").contains("item 5"));
    assert_eq!(basket(&cart(&[])), Ok(None));
}

#[test]
fn a_cart_of_which_very_many_orders_were_made_makes_no_further_one_that_could_not_be_settled() {
    let (till, mut cart) = (till("c"), cart(&[(1, 1)]));
    let one = basket_of(&[(1, 1)]);
    let mut nth = 0;
    while basket(&cart).is_ok() {
        nth += 1;
        Till::settle(&mut cart, author(4), &till.slot(nth), &sold(&one)).expect("in range");
    }
    assert!((900..MOST_ACTORS as u64).contains(&nth), "{nth}");
    assert_eq!(till.settled(&cart), nth);
    assert!(crdt::Object::Counters(cart).fits(&crdt::Limits::default()).is_ok());
}

#[test]
fn many_keys_and_many_books_leave_room_for_the_next() {
    let (till, mut cart) = (till("c"), cart(&[(1, 1)]));
    let one = basket_of(&[(1, 1)]);
    for number in 0..40 {
        till.begin(&mut cart, author(2), &till.slot(1), &one, &key(&format!("k{number}"))).expect("room");
    }
    let fields = cart.lines().into_values().map(|line| line.fields.len()).max();
    assert!(fields <= Some(MOST_KEYS + 1), "{fields:?}");
    for nth in 1..=500 {
        cart.add(author(1).actor, &nth.to_string(), 1).expect("small numbers");
        let all = basket(&cart).expect("it fits").expect("something");
        till.begin(&mut cart, author(1), &till.slot(nth), &all, &key("k")).expect("room");
        Till::settle(&mut cart, author(4), &till.slot(nth), &sold(&all)).expect("in range");
    }
    assert!(cart.hidden() <= MOST_HIDDEN + 1);
    assert_eq!(shown(&cart), []);
}

#[test]
fn a_basket_reads_back_from_its_text_and_nonsense_is_none() {
    let many: Vec<_> = (0..100).map(|item| (u32::MAX - item, 100)).collect();
    for basket in [basket_of(&[(3, 1), (7, 2)]), basket_of(&many)] {
        let text = written(&basket);
        assert!(text.len() < 2_000, "a field has no more room");
        assert_eq!(read(&text), Some(basket));
    }
    for text in ["", "3", "3:0", "3:1,3:1", "3:1,", "x:1"] {
        assert_eq!(read(text), None, "{text:?}");
    }
}
