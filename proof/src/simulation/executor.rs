//! A virtual clock and the tasks that wait for it: one thread, no real time, the same order for the same seed.
//!
//! Every task belongs to a node. When a node's process dies, its tasks are dropped where they stand, as a kill does it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// A node of the simulated cluster.
pub(super) type Node = usize;

type Task = Pin<Box<dyn Future<Output = ()>>>;
type TaskId = u64;

/// The clock and the tasks. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Executor(Rc<Inner>);

#[derive(Default)]
struct Inner {
    now: Cell<Duration>,
    next: Cell<u64>,
    tasks: RefCell<BTreeMap<TaskId, (Node, Option<Task>)>>,
    /// Wakers by the moment they are for; the number keeps those of one moment in their order.
    timers: RefCell<BTreeMap<(Duration, u64), Waker>>,
    ready: Arc<Ready>,
}

#[derive(Default)]
struct Ready(Mutex<(VecDeque<TaskId>, BTreeSet<TaskId>)>);

impl Ready {
    fn push(&self, task: TaskId) {
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ready.1.insert(task) {
            ready.0.push_back(task);
        }
    }

    fn pop(&self) -> Option<TaskId> {
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let task = ready.0.pop_front()?;
        ready.1.remove(&task);
        Some(task)
    }
}

struct Alarm {
    task: TaskId,
    ready: Arc<Ready>,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.ready.push(self.task);
    }
}

/// Waits until a moment.
pub(super) struct Until {
    executor: Executor,
    moment: Duration,
    set: bool,
}

impl Future for Until {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.executor.now() >= self.moment {
            return Poll::Ready(());
        }
        if !self.set {
            self.set = true;
            let key = (self.moment, self.executor.number());
            self.executor.0.timers.borrow_mut().insert(key, context.waker().clone());
        }
        Poll::Pending
    }
}

impl Executor {
    /// The time since the beginning of this life.
    pub(super) fn now(&self) -> Duration {
        self.0.now.get()
    }

    /// How long it has been since `began`.
    pub(super) fn since(&self, began: Duration) -> Duration {
        self.now().saturating_sub(began)
    }

    fn number(&self) -> u64 {
        let number = self.0.next.get();
        self.0.next.set(number + 1);
        number
    }

    /// Starts a task of `node`.
    pub(super) fn spawn(&self, node: Node, task: impl Future<Output = ()> + 'static) {
        let id = self.number();
        self.0.tasks.borrow_mut().insert(id, (node, Some(Box::pin(task))));
        self.0.ready.push(id);
    }

    /// Drops all tasks of `node`.
    pub(super) fn kill(&self, node: Node) {
        // Dropped after the borrow: a task may hold what starts or wakes others.
        let mut dead = Vec::new();
        self.0.tasks.borrow_mut().retain(|_, (owner, task)| {
            if *owner == node {
                dead.extend(task.take());
            }
            *owner != node
        });
    }

    /// Drops everything.
    pub(super) fn clear(&self) {
        let (tasks, timers) = (self.0.tasks.take(), self.0.timers.take());
        drop((tasks, timers));
    }

    /// Waits for so long.
    pub(super) fn sleep(&self, pause: Duration) -> Until {
        Until { executor: self.clone(), moment: self.now() + pause, set: false }
    }

    /// Runs until `end`, or until `over` says so, looked at after every step; returns how many steps there were.
    pub(super) fn run(&self, end: Duration, mut over: impl FnMut() -> bool) -> u64 {
        let mut steps = 0;
        loop {
            while let Some(id) = self.0.ready.pop() {
                self.step(id);
                steps += 1;
                if over() {
                    return steps;
                }
            }
            let first = self.0.timers.borrow_mut().pop_first();
            let Some(((moment, _), waker)) = first else { return steps };
            if moment > end {
                return steps;
            }
            self.0.now.set(moment);
            waker.wake();
        }
    }

    fn step(&self, id: TaskId) {
        let task = self.0.tasks.borrow_mut().get_mut(&id).and_then(|(_, task)| task.take());
        let Some(mut task) = task else { return };
        let waker = Waker::from(Arc::new(Alarm { task: id, ready: self.0.ready.clone() }));
        let done = task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        let mut tasks = self.0.tasks.borrow_mut();
        if done {
            tasks.remove(&id);
        } else if let Some((_, place)) = tasks.get_mut(&id) {
            *place = Some(task);
        }
        drop(tasks);
    }
}

/// A place where one task leaves a value for another.
pub(super) struct Slot<T>(Rc<RefCell<(Option<T>, Option<Waker>)>>);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Rc::new(RefCell::new((None, None))))
    }
}

impl<T> Slot<T> {
    /// Leaves a value; the first one counts.
    pub(super) fn put(&self, value: T) {
        let mut slot = self.0.borrow_mut();
        if slot.0.is_none() {
            slot.0 = Some(value);
            if let Some(waker) = slot.1.take() {
                waker.wake();
            }
        }
    }
}

impl<T> Future for Slot<T> {
    type Output = T;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = self.0.borrow_mut();
        if let Some(value) = slot.0.take() {
            return Poll::Ready(value);
        }
        slot.1 = Some(context.waker().clone());
        Poll::Pending
    }
}

/// Places of which one task at a time may hold each: the others come in turn.
pub(super) struct Turns<K>(Rc<RefCell<BTreeMap<K, VecDeque<Slot<()>>>>>);

impl<K> Clone for Turns<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K> Default for Turns<K> {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(BTreeMap::new())))
    }
}

/// A place that is held; dropped, the next may have it.
pub(super) struct Turn<K: Ord + Copy> {
    turns: Turns<K>,
    key: K,
}

impl<K: Ord + Copy> Turns<K> {
    /// Whether somebody holds the place.
    pub(super) fn is_taken(&self, key: K) -> bool {
        self.0.borrow().contains_key(&key)
    }

    /// The places that somebody holds.
    pub(super) fn taken(&self) -> Vec<K> {
        self.0.borrow().keys().copied().collect()
    }

    /// Waits for the place.
    pub(super) async fn take(&self, key: K) -> Turn<K> {
        let wait = match self.0.borrow_mut().entry(key) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(VecDeque::new());
                None
            }
            std::collections::btree_map::Entry::Occupied(mut taken) => {
                let slot = Slot::default();
                taken.get_mut().push_back(slot.clone());
                Some(slot)
            }
        };
        if let Some(wait) = wait {
            wait.await;
        }
        Turn { turns: self.clone(), key }
    }
}

impl<K: Ord + Copy> Drop for Turn<K> {
    fn drop(&mut self) {
        let mut turns = self.turns.0.borrow_mut();
        match turns.get_mut(&self.key).and_then(VecDeque::pop_front) {
            Some(next) => next.put(()),
            None => drop(turns.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_wait_for_the_virtual_clock_and_die_with_their_node() {
        let executor = Executor::default();
        let heard = Rc::new(RefCell::new(Vec::new()));
        for (node, pause) in [(1, 20), (2, 10), (1, 30)] {
            let (executor_, heard) = (executor.clone(), heard.clone());
            executor.spawn(node, async move {
                executor_.sleep(Duration::from_millis(pause)).await;
                heard.borrow_mut().push((node, pause));
            });
        }
        executor.run(Duration::from_millis(25), || false);
        executor.kill(1);
        executor.run(Duration::from_secs(1), || false);
        assert_eq!(*heard.borrow(), [(2, 10), (1, 20)]);
    }

    #[test]
    fn a_place_is_held_by_one_at_a_time_and_goes_to_the_next() {
        let (executor, turns) = (Executor::default(), Turns::default());
        let heard = Rc::new(RefCell::new(Vec::new()));
        for node in 0..3 {
            let (executor_, turns, heard) = (executor.clone(), turns.clone(), heard.clone());
            executor.spawn(node, async move {
                let _turn = turns.take("book").await;
                heard.borrow_mut().push((node, executor_.now().as_millis()));
                executor_.sleep(Duration::from_millis(5)).await;
            });
        }
        executor.run(Duration::from_secs(1), || false);
        assert_eq!(*heard.borrow(), [(0, 0), (1, 5), (2, 10)]);
    }
}
