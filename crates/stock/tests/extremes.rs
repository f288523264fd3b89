//! Entries with numbers at and beyond every end, from others who may have written anything.
//!
//! What is read folds without a panic, leaves the own account exact, and never leads this replica to write an entry that
//! others would refuse to read.

use journal::{ActorId, Body};
use proptest::prelude::*;
use serde_json::{Value, json};
use stock::{Adjusted, Fields, Granted, Numbers, Op, Shelf, Sold, TransferMode, TransferRequest};
use uuid::Uuid;
use wire::sale::{Basket, Line, Reserve};
use wire::{Buyer, ItemId, Money, OrderId, range};

const ME: ActorId = ActorId::from_bits(10);

/// A number that somebody may have written: the ends of every type on the way, and some between.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec![
            json!(0),
            json!(1),
            json!(100),
            json!(101),
            json!(range::MOST),
            json!(range::MOST + 1),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(-1),
            json!(i64::MIN),
            json!(1.5),
            json!(1e300),
            json!("1"),
            json!(null),
            json!([1]),
            json!(range::LAST_MS),
            json!(range::LAST_MS + 1),
            json!(u32::MAX),
        ]),
        any::<u64>().prop_map(|number| json!(number)),
        (0_u64..50).prop_map(|number| json!(number)),
    ]
}

fn actor() -> impl Strategy<Value = Value> {
    (8_u128..13).prop_map(|bits| json!(ActorId::from_bits(bits)))
}

fn order() -> impl Strategy<Value = Value> {
    (0_u128..4).prop_map(|bits| json!(Uuid::from_u128(bits)))
}

fn line() -> impl Strategy<Value = Value> {
    (prop_oneof![(0_u32..3).prop_map(|item| json!(item)), number()], number(), number())
        .prop_map(|(item, quantity, cost)| json!({"item": item, "quantity": quantity, "cost": cost}))
}

/// The text of an operation, right or not.
fn operation() -> impl Strategy<Value = Value> {
    let item = || prop_oneof![4 => (0_u32..3).prop_map(|item| json!(item)), 1 => number()];
    let unit = || (item(), number(), ".{0,8}");
    prop_oneof![
        unit().prop_map(|(item, n, name)| json!({"op": "mint", "item": item, "n": n, "ref": name})),
        unit().prop_map(|(item, n, name)| json!({"op": "burn", "item": item, "n": n, "ref": name})),
        (item(), actor(), number())
            .prop_map(|(item, to, cum)| json!({"op": "give", "item": item, "to": to, "cum": cum})),
        (order(), number(), prop::collection::vec(line(), 0..3), number()).prop_map(|(order, number, lines, at)| {
            json!({"op": "sell", "order": order, "number": number, "buyer": "", "lines": lines, "at_ms": at})
        }),
        (order(), 0_u32..3, number(), number()).prop_map(|(order, item, number, at)| {
            let line = json!({"item": item, "quantity": 1, "cost": 10});
            json!({"op": "sell", "order": order, "number": number, "buyer": "", "lines": [line], "at_ms": at})
        }),
        order().prop_map(|order| json!({"op": "void", "order": order})),
        (item(), number(), number(), ".{0,8}").prop_map(|(item, hlc, cost, title)| {
            json!({"op": "set", "item": item, "hlc": hlc, "fields": {"title": title, "cost": cost}})
        }),
        number().prop_map(|anything| json!({"op": anything})),
        Just(json!({"op": "open", "replica": "catalogB"})),
    ]
}

fn read(text: &Value) -> Option<Op> {
    Body::from_text(text.to_string()).expect("JSON").read().ok()
}

/// What the own account must say, from the own entries and the gifts of others alone.
#[derive(Default)]
struct Own {
    mine: i128,
    gifts: std::collections::BTreeMap<ActorId, u64>,
}

impl Own {
    fn rights(&self) -> i128 {
        self.mine + self.gifts.values().map(|cum| i128::from(*cum)).sum::<i128>()
    }
}

/// Writes an entry, and holds that everyone reads it.
fn write(shelf: &mut Shelf, seq: &mut u64, op: Op) -> Result<(), TestCaseError> {
    let text = Body::write(&op).expect("an operation is JSON");
    let again: Result<Op, _> = text.read();
    prop_assert!(again.is_ok(), "nobody would read {}: {:?}", text.text(), again);
    *seq += 1;
    shelf.apply(ME, *seq, op);
    Ok(())
}

fn wish(order: u128) -> Reserve {
    let line = Line { item: ItemId(1), quantity: 1.try_into().expect("a quantity") };
    let basket = Basket::try_from(vec![line]).expect("a basket");
    Reserve { order: OrderId(Uuid::from_u128(order)), buyer: Buyer::default(), basket, request_id: String::new() }
}

proptest! {
    #[test]
    fn whatever_others_write_the_own_account_stays_exact_and_every_own_entry_can_be_read(
        theirs in prop::collection::vec((11_u128..14, operation()), 0..60),
    ) {
        let mut shelf = Shelf::new(ME, Numbers::new('A', 0, false));
        let mut seq = 0;
        let title = Fields { title: Some("A book".into()), ..Fields::default() };
        write(&mut shelf, &mut seq, Op::Set { item: ItemId(1), hlc: 1, fields: title, why: None })?;
        write(&mut shelf, &mut seq, Op::Mint { item: ItemId(1), n: 5, reference: "opening-1".into(), why: None })?;
        let mut own = Own { mine: 5, ..Own::default() };
        for (at, (writer, text)) in (1_u64..).zip(&theirs) {
            let Some(op) = read(text) else { continue };
            if let Op::Give { item: ItemId(1), to: ME, cum } = op {
                let gift = own.gifts.entry(ActorId::from_bits(*writer)).or_default();
                *gift = cum.max(*gift);
            }
            shelf.apply(ActorId::from_bits(*writer), at, op);
            prop_assert_eq!(shelf.check(), Ok(()));
            let book = shelf.book(ItemId(1)).expect("it was made");
            prop_assert_eq!(book.accounts[&ME].rights(), own.rights());
            // Nor is anything that is shown of it out of range.
            prop_assert!(book.total() <= book.accounts.values().map(|account| account.minted).sum());
        }
        // And it goes on trading.
        if let Sold::Now(op) = shelf.sell(&wish(77), range::LAST_MS) {
            write(&mut shelf, &mut seq, op)?;
            own.mine -= 1;
        }
        let cost = Fields { cost: Money::from_cents(1).ok(), ..Fields::default() };
        if let Ok(Adjusted::Now(ops)) = shelf.set(ItemId(1), &cost, 1_700_000_000_000) {
            ops.into_iter().try_for_each(|op| write(&mut shelf, &mut seq, op))?;
        }
        let other = ActorId::from_bits(11);
        for mode in [TransferMode::Sale, TransferMode::Gather, TransferMode::Balance { keep: 0 }] {
            let before = shelf.book(ItemId(1)).expect("it was made").given(ME, other);
            for at_least in [before + 1, u64::MAX] {
                let request = TransferRequest { item: ItemId(1), to: other, at_least, mode };
                if let Granted::Now(op) = shelf.grant(&request) {
                    let Op::Give { cum, .. } = op else { panic!("a grant is a gift: {op:?}") };
                    own.mine -= i128::from(cum - before);
                    write(&mut shelf, &mut seq, op)?;
                    break;
                }
            }
        }
        prop_assert_eq!(shelf.check(), Ok(()));
        prop_assert_eq!(shelf.book(ItemId(1)).expect("it was made").accounts[&ME].rights(), own.rights());
    }

    #[test]
    fn an_operation_that_is_read_has_numbers_that_a_column_a_sum_and_a_date_can_hold(text in operation()) {
        let Some(op) = read(&text) else { return Ok(()) };
        let numbers = match &op {
            Op::Mint { n, .. } | Op::Burn { n, .. } => vec![*n],
            Op::Give { cum, .. } | Op::Inherit { cum, .. } => vec![*cum],
            Op::Set { hlc, .. } => vec![*hlc],
            Op::Sell(sale) => {
                prop_assert!(!sale.lines.is_empty() && sale.at_ms <= range::LAST_MS);
                vec![sale.number.0]
            }
            Op::Open { .. } | Op::Void { .. } | Op::Retire { .. } | Op::Note { .. } => Vec::new(),
            Op::Advance { at_ms, .. } => vec![*at_ms],
        };
        prop_assert!(numbers.iter().all(|number| *number <= range::MOST), "{:?}", op);
        // What was read is written, and read again, as the same.
        prop_assert_eq!(read(&json!(op)), Some(op));
    }
}

#[test]
fn an_operation_beyond_the_range_is_refused_by_name_of_its_number() {
    let text = json!({"op": "mint", "item": 1, "n": u64::MAX, "ref": "x"});
    let refused = Body::from_text(text.to_string()).expect("JSON").read::<Op>().expect_err("too many units");
    assert!(refused.to_string().contains("18446744073709551615 is too large"), "{refused}");
}
