//! What befalls the cluster, by chance.

use super::catalog::CatalogNode;
use super::customer::BOOKS;
use super::executor::Node;
use super::network::Weather;
use super::replica::Phase;
use super::world::World;
use crate::catalog::Catalog;
use crate::disk::Disk;
use journal::ActorId;
use std::rc::Rc;
use std::time::Duration;
use wire::ItemId;

/// The network in a quiet hour.
const CALM: Weather = Weather { lost: 0, doubled: 0, slowest_ms: 5 };

/// Strikes again and again until `end`.
pub(super) async fn strike(world: Rc<World>, end: Duration) {
    while world.executor.now() < end {
        let pause = world.pause(50, 1200);
        world.executor.sleep(pause).await;
        let what = world.pick(22);
        one(&world, what);
    }
    calm(&world).await;
}

fn one(world: &Rc<World>, what: u64) {
    let nodes: Vec<(Node, &'static str)> = world.catalog_nodes().into_iter().chain(world.order_nodes()).collect();
    let any = |world: &World| nodes[usize::try_from(world.pick(nodes.len() as u64)).unwrap_or(0)];
    let (node, name) = any(world);
    match what {
        0..=2 => {
            world.say(name, || "is killed".into());
            world.restart(node, world.pause(50, 3000));
        }
        3 | 4 => {
            let everyone: Vec<Node> = nodes.iter().map(|(node, _)| *node).chain([20, 21]).collect();
            let other = everyone[usize::try_from(world.pick(everyone.len() as u64)).unwrap_or(0)];
            let both = world.chance(600);
            world.say(name, || format!("is cut off from node {other}, {}", if both { "both ways" } else { "one way" }));
            world.reach(if both { "a link was cut" } else { "a link was cut one way" });
            world.cut(node, other, both);
        }
        5 | 6 => {
            world.say("network", || "heals".into());
            world.heal();
        }
        7 => {
            let slowest_ms = 1 + world.pick(900);
            let lost = u32::try_from(world.pick(200)).unwrap_or(0);
            let doubled = u32::try_from(world.pick(200)).unwrap_or(0);
            let deadly = u32::try_from(world.pick(40)).unwrap_or(0);
            world.turn(Weather { lost, doubled, slowest_ms }, deadly);
        }
        8 => world.turn(CALM, 10),
        9..=12 => data(world),
        13 => {
            let skew = i64::try_from(world.pick(7_200_000)).unwrap_or(0) - 3_600_000;
            each(world, node, &|catalog| catalog.replica.skew_ms.set(skew));
        }
        14 => {
            let full = world.chance(400);
            world.say(name, || format!("disk full: {full}"));
            each(world, node, &|catalog| catalog.replica.full.set(full));
            for order in world.orders.borrow().iter().filter(|order| order.replica.node == node) {
                order.replica.full.set(full);
            }
        }
        15 | 16 => restock(world),
        17 | 18 => retire(world),
        19 => split(world),
        20 => strand(world),
        _ if world.chance(300) => join(world),
        _ => (),
    }
}

fn each(world: &World, node: Node, change: &dyn Fn(&Rc<CatalogNode>)) {
    for catalog in world.catalogs.borrow().iter().filter(|catalog| catalog.replica.node == node) {
        change(catalog);
    }
}

/// A copy of a catalog's data is set aside, put back, or its disk is lost.
fn data(world: &Rc<World>) {
    let catalogs = world.catalogs.borrow();
    let replica = catalogs[usize::try_from(world.pick(catalogs.len() as u64)).unwrap_or(0)].replica.clone();
    let (node, name) = (replica.node, replica.name);
    // Without a witness, the others' memory is what tells; where that is gone too, the promise is bounded.
    let remembered = replica.disk.borrow().identity.is_none_or(|actor| {
        let seen = world.auditor.borrow().seen_of(actor);
        let others = catalogs.iter().filter(|other| other.replica.node != node);
        others.clone().any(|other| other.replica.disk.borrow().held.head(actor).seq >= seen)
    });
    if catalogs.iter().any(|other| other.replica.node != node && other.replica.phase.get() != Phase::Up) {
        return;
    }
    drop(catalogs);
    let saved = replica.saved.take();
    match saved {
        None => *replica.saved.borrow_mut() = Some(replica.disk.borrow().clone()),
        Some(saved) => {
            world.kill(node);
            if world.chance(250) {
                world.say(name, || "loses its disk".into());
                world.reach("a disk was lost");
                *replica.disk.borrow_mut() = Disk::default();
            } else {
                world.say(name, || "has an older database put back".into());
                world.reach("an older database was put back");
                *replica.disk.borrow_mut() = saved;
            }
            if remembered && world.chance(300) {
                replica.witness.set(None);
                world.reach("a witness was lost");
            }
            world.restart(node, world.pause(50, 1000));
        }
    }
}

/// Half of the shop can't reach the other half.
fn split(world: &Rc<World>) {
    world.say("network", || "splits in two".into());
    world.reach("the shop was split in two");
    for one in [0, 10, 20] {
        for other in [1, 2, 11, 21] {
            world.cut(one, other, true);
        }
    }
}

/// A catalog sells on while its peers can't read it, then loses its disk: its last sales stand in the orders alone.
fn strand(world: &Rc<World>) {
    let (alone, peers) = (1, [0, 2]);
    if world.catalogs.borrow().iter().any(|catalog| catalog.replica.phase.get() != Phase::Up) {
        return;
    }
    for peer in peers {
        world.cut(alone, peer, true);
    }
    let world = world.clone();
    world.clone().executor.spawn(World::FATE, async move {
        world.executor.sleep(world.pause(300, 1500)).await;
        let lone = world.catalogs.borrow()[alone].replica.clone();
        if world.catalogs.borrow().iter().any(|catalog| catalog.replica.phase.get() != Phase::Up) {
            return;
        }
        world.say(lone.name, || "loses its disk after selling alone".into());
        world.reach("a disk was lost");
        world.kill(lone.node);
        *lone.disk.borrow_mut() = Disk::default();
        lone.saved.take();
        world.heal();
        world.executor.sleep(world.pause(50, 1000)).await;
        world.start(lone.node);
        world.executor.sleep(world.pause(500, 3000)).await;
        retire(&world);
    });
}

fn restock(world: &Rc<World>) {
    let catalogs = world.catalogs.borrow();
    let catalog = catalogs[usize::try_from(world.pick(catalogs.len() as u64)).unwrap_or(0)].clone();
    let item = ItemId(u32::try_from(world.pick(BOOKS.into())).unwrap_or(0));
    let delta = i64::try_from(world.pick(8)).unwrap_or(0) - 2;
    let reference = format!("delivery-{}", world.pick(1 << 40));
    let world_ = world.clone();
    // A request to the catalog: it dies with it.
    world.executor.spawn(catalog.replica.node, async move { catalog.adjust(&world_, item, delta, reference).await });
}

/// A third catalog joins, with nothing.
fn join(world: &Rc<World>) {
    if world.catalogs.borrow().len() > 2 {
        return;
    }
    world.reach("a third catalog joined");
    let catalog = Rc::new(CatalogNode::new(2, Catalog { name: "catalogC", fault: world.fault }));
    world.catalogs.borrow_mut().push(catalog);
    world.say("catalogC", || "joins".into());
    // The others learn of it as they are started again, one after the other.
    for (node, _) in world.catalog_nodes().into_iter().chain(world.order_nodes()) {
        world.restart(node, world.pause(50, 400));
    }
}

/// An operator retires an actor that nobody writes as.
fn retire(world: &Rc<World>) {
    let catalogs = world.catalogs.borrow();
    let me: Vec<_> = catalogs.iter().map(|catalog| catalog.replica.me()).collect();
    if me.iter().any(Option::is_none) {
        return;
    }
    let held = catalogs[0].replica.shown();
    // One whose retirement broke off midway is retired again, to its end.
    let disk = catalogs[0].replica.disk.borrow();
    let has_units = |actor| disk.fold.books.values().any(|book| book.units_of(actor) > 0);
    let left = |actor: &&ActorId| !held.has_ended(**actor) || held.retired.contains_key(*actor) && has_units(**actor);
    let gone = held.heads.keys().filter(|actor| !me.contains(&Some(**actor))).find(left).copied();
    drop(disk);
    let Some(actor) = gone else { return };
    let (catalog, world_) = (catalogs[0].clone(), world.clone());
    world.executor.spawn(catalog.replica.node, async move {
        match catalog.retire(&world_, actor).await {
            Ok(()) => world_.reach("an actor was retired"),
            Err(why) => world_.say(catalog.replica.name, || format!("does not retire {actor:?}: {why}")),
        }
    });
}

/// Everything is whole again, and everybody is started.
async fn calm(world: &Rc<World>) {
    world.say("network", || "is whole from now on".into());
    world.turn(CALM, 0);
    world.heal();
    for catalog in world.catalogs.borrow().iter() {
        catalog.replica.full.set(false);
    }
    for order in world.orders.borrow().iter() {
        order.replica.full.set(false);
    }
    world.executor.sleep(Duration::from_secs(5)).await;
    for (node, _) in world.catalog_nodes().into_iter().chain(world.order_nodes()) {
        world.start(node);
    }
}
