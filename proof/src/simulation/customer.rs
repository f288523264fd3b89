//! A customer: buys under keys of its own, asks again with the same key when nobody knows, and looks at what it bought.

use super::world::World;
use orders::buying::NoReceipt;
use std::collections::BTreeMap;
use std::rc::Rc;
use uuid::Uuid;
use wire::item::Versions;
use wire::order::{Purchase, Receipt};
use wire::sale::{Basket, Line, Refused};
use wire::{Buyer, ItemId, OrderId, Shortfall};

/// The books there are.
pub(super) const BOOKS: u32 = 3;

/// What a session has seen of each book.
type Seen = BTreeMap<ItemId, Versions>;

/// Shops until told to stop.
pub(super) async fn shop(world: Rc<World>, number: u64) {
    let mut seen = Seen::new();
    for purchase in 0.. {
        let pause = world.pause(20, 500);
        world.executor.sleep(pause).await;
        let frontend = world.frontends[usize::try_from(world.pick(2)).unwrap_or(0)].clone();
        if world.chance(300) {
            let item = ItemId(u32::try_from(world.pick(BOOKS.into())).unwrap_or(0));
            look(&world, &frontend, item, &mut seen).await;
            continue;
        }
        let order = OrderId(Uuid::from_u128(u128::from(number) << 64 | purchase));
        buy(&world, order, basket(&world), &mut seen).await;
    }
}

fn basket(world: &World) -> Basket {
    let lines: BTreeMap<u32, u64> = (0..=world.pick(6) / 5)
        .map(|_| (u32::try_from(world.pick(BOOKS.into())).unwrap_or(0), 1 + world.pick(8) / 7))
        .collect();
    let line = |(item, units): (u32, u64)| Line { item: ItemId(item), quantity: units.try_into().expect("one or two") };
    Basket::try_from(lines.into_iter().map(line).collect::<Vec<_>>()).expect("a book is named once")
}

async fn buy(world: &Rc<World>, order: OrderId, basket: Basket, seen: &mut Seen) {
    let purchase = Purchase { order, buyer: Buyer::default(), basket, request_id: String::new() };
    let mut doubted = false;
    for attempt in 0..6 {
        // Another frontend each time: nothing depends on which.
        let frontend = world.frontends[attempt % world.frontends.len()].clone();
        let bought = frontend.buy(world, &purchase).await;
        world.say("customer", || format!("{order} {} -> {}", lines(&purchase.basket), said(&bought)));
        match bought {
            Ok(receipt) => {
                if doubted {
                    world.reach("an answer that was lost was given again");
                }
                told(world, &purchase, &receipt, seen);
                return look_at(world, &frontend, &receipt, seen).await;
            }
            Err(NoReceipt::Uncertain(_)) => {
                doubted = true;
                world.reach("a customer was told that nobody knows");
                let pause = world.pause(100, 800);
                world.executor.sleep(pause).await;
            }
            Err(NoReceipt::Refused { refused: Refused::OtherBasket { .. }, .. }) => {
                return world.breach(format!("order {order} is known with another basket"));
            }
            Err(NoReceipt::Refused { refused: Refused::Short { lines }, .. }) => {
                return short(world, &purchase.basket, &lines);
            }
            Err(NoReceipt::Refused { .. } | NoReceipt::Unreachable(_)) => return,
        }
    }
}

/// A refusal for want of units names lines of the basket, each short of what it asked for.
fn short(world: &World, basket: &Basket, short: &[Shortfall]) {
    let wrong = |one: &&Shortfall| {
        let line = Line { item: one.item, quantity: one.wanted };
        let enough = one.left.is_some_and(|left| left >= one.wanted.units().into());
        enough || !basket.lines().contains(&line)
    };
    if let Some(wrong) = short.iter().find(wrong) {
        world.breach(format!("{wrong:?} is no shortfall of {}", lines(basket)));
    }
    if short.iter().any(|one| one.left == Some(0)) {
        world.reach("a book was sold out");
    }
    if short.len() > 1 {
        world.reach("a basket fell short of several lines");
    }
}

fn told(world: &World, purchase: &Purchase, receipt: &Receipt, seen: &mut Seen) {
    let wanted = purchase.basket.lines().iter().map(|line| (line.item, line.quantity));
    if receipt.order.id != purchase.order || !receipt.order.lines.iter().map(|l| (l.item, l.quantity)).eq(wanted) {
        world.breach(format!("order {} was answered with {:?}", purchase.order, receipt.order));
    }
    if receipt.order.lines.len() > 1 {
        world.reach("a basket of several lines was sold");
    }
    if receipt.copies > 1 {
        world.reach("an order had two copies when its buyer was told");
    }
    world.auditor.borrow_mut().told(&receipt.order);
    for state in &receipt.items {
        let versions = seen.entry(state.id).or_default();
        for (actor, seq) in state.versions() {
            let known = versions.entry(actor).or_default();
            *known = seq.max(*known);
        }
    }
}

/// Own buy, then a look: the sale must be in what is shown.
async fn look_at(world: &Rc<World>, frontend: &Rc<super::frontend::FrontendNode>, receipt: &Receipt, seen: &mut Seen) {
    let at = receipt.order.sale;
    // Sold apart, it may stand on a sale that this answer does not come from.
    let this = |state: &&wire::ItemState| state.parts.get(&at.actor).is_some_and(|part| part.seq >= at.seq);
    for item in receipt.items.iter().filter(this).map(|state| state.id) {
        let Some(state) = look(world, frontend, item, seen).await else { continue };
        if state.parts.get(&at.actor).is_none_or(|part| part.seq < at.seq) {
            world.breach(format!("order {} is not in what its buyer is shown of item {item}", receipt.order.id));
        }
    }
}

async fn look(
    world: &Rc<World>,
    frontend: &Rc<super::frontend::FrontendNode>,
    item: ItemId,
    seen: &mut Seen,
) -> Option<wire::ItemState> {
    let known = seen.entry(item).or_default().clone();
    let state = frontend.look(world, item, &known).await?;
    let now = state.versions();
    if known.iter().any(|(actor, seq)| now.get(actor).is_none_or(|shown| shown < seq)) {
        world.breach(format!("a session saw item {item} go back in time"));
    }
    seen.insert(item, now);
    Some(state)
}

fn lines(basket: &Basket) -> String {
    let line = |line: &Line| format!("{}x{}", line.quantity.units(), line.item);
    basket.lines().iter().map(line).collect::<Vec<_>>().join("+")
}

fn said(bought: &Result<Receipt, NoReceipt>) -> String {
    match bought {
        Ok(receipt) => format!("order {} by {:?}, {} copies", receipt.order.number, receipt.order.sale, receipt.copies),
        Err(why) => format!("{why:?}"),
    }
}
