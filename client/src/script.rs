//! What a customer does next, and nothing else: a seed in, questions out.

use crate::plan::Scenario;
use crate::question::{Purchase, Question};
use crate::wares::{Title, Wares};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use uuid::{Builder, Uuid};
use wire::ItemId;

/// Of so many questions of somebody who looks around, one is a search.
const SEARCHES_ONE_IN: u32 = 10;

/// One customer, who never has enough.
pub(crate) struct Customer {
    habit: Habit,
    taste: SmallRng,
    keys: SmallRng,
}

/// What a customer does over and over again.
#[derive(Clone, Debug)]
enum Habit {
    Always(Question),
    Browse,
    /// Found a title in a list, and what comes next with it.
    Mixed(Option<(ItemId, Step)>),
    BuyOne(ItemId),
    BuyAny,
    /// A list of the customer's own, and whether it is to be read next.
    Lists(Option<Uuid>, bool),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Lookup,
    Buy,
}

/// What customers of a run have in common.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    habit: Habit,
    seed: u64,
    /// Differs from run to run: a key must not be one of a former run, whose order would be the answer.
    nonce: u64,
}

impl Crowd {
    /// Customers who do as `scenario` says, with `title` and `topic` where it wants one of each.
    pub(crate) fn new(scenario: Scenario, title: ItemId, topic: Arc<str>, seed: u64, nonce: u64) -> Self {
        let habit = match scenario {
            Scenario::Lookup => Habit::Always(Question::Lookup(title)),
            Scenario::Search => Habit::Always(Question::Search(topic)),
            Scenario::Browse | Scenario::HitMiss | Scenario::Invalidation => Habit::Browse,
            Scenario::Mixed | Scenario::Failover => Habit::Mixed(None),
            Scenario::FlashSale => Habit::BuyOne(title),
            Scenario::LongTail => Habit::BuyAny,
            Scenario::Lists => Habit::Lists(None, false),
        };
        Self { habit, seed, nonce }
    }

    /// The customer of this number.
    pub(crate) fn customer(&self, number: u64) -> Customer {
        // Far apart, so that neighbours have nothing in common.
        let apart = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Customer {
            habit: self.habit.clone(),
            taste: SmallRng::seed_from_u64(self.seed ^ apart),
            keys: SmallRng::seed_from_u64(self.nonce ^ apart),
        }
    }
}

impl Customer {
    /// What this customer asks next.
    pub(crate) fn next(&mut self, wares: &Wares) -> Question {
        match &mut self.habit {
            Habit::Always(question) => question.clone(),
            Habit::Browse => {
                let title = wares.popular(&mut self.taste);
                let searches = self.taste.random_ratio(1, SEARCHES_ONE_IN);
                match title {
                    Title { topic: Some(topic), .. } if searches => Question::Search(topic.clone()),
                    title => Question::Lookup(title.id),
                }
            }
            Habit::Mixed(at) => match at.take() {
                None => {
                    let title = wares.popular(&mut self.taste);
                    *at = Some((title.id, if title.topic.is_some() { Step::Lookup } else { Step::Buy }));
                    title.topic.clone().map_or(Question::Lookup(title.id), Question::Search)
                }
                Some((id, Step::Lookup)) => {
                    *at = Some((id, Step::Buy));
                    Question::Lookup(id)
                }
                Some((id, Step::Buy)) => self.buy(id),
            },
            Habit::BuyOne(id) => {
                let id = *id;
                self.buy(id)
            }
            Habit::BuyAny => {
                let id = wares.any(&mut self.taste).id;
                self.buy(id)
            }
            Habit::Lists(list, reads) => {
                let keys = &mut self.keys;
                let list = *list.get_or_insert_with(|| Builder::from_random_bytes(keys.random()).into_uuid());
                let read = std::mem::replace(reads, !*reads);
                if read { Question::ReadList(list) } else { Question::WriteList(list) }
            }
        }
    }

    /// One unit of this book, under a key that nobody has used.
    pub(crate) fn buy(&mut self, item: ItemId) -> Question {
        let key = Builder::from_random_bytes(self.keys.random()).into_uuid();
        Question::Buy(Purchase { key, item })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wares::tests::book;
    use std::collections::BTreeSet;

    fn wares() -> Wares {
        let books: Vec<_> = (1..=20).map(|id| book(id, if id == 20 { None } else { Some("measuring") }, 5)).collect();
        Wares::of(&books, 3).expect("there are books")
    }

    fn crowd(scenario: Scenario, nonce: u64) -> Crowd {
        Crowd::new(scenario, ItemId(7), "measuring".into(), 1, nonce)
    }

    fn questions(scenario: Scenario, number: u64, nonce: u64) -> Vec<Question> {
        let (wares, mut customer) = (wares(), crowd(scenario, nonce).customer(number));
        (0..600).map(|_| customer.next(&wares)).collect()
    }

    fn keys(questions: &[Question]) -> BTreeSet<Uuid> {
        let key = |question: &Question| if let Question::Buy(purchase) = question { Some(purchase.key) } else { None };
        questions.iter().filter_map(key).collect()
    }

    #[test]
    fn the_classic_client_searches_looks_up_what_it_found_and_buys_that() {
        for visit in questions(Scenario::Mixed, 1, 1).windows(3) {
            if let [Question::Search(_), second, third] = visit {
                let Question::Lookup(found) = second else { panic!("{visit:?}") };
                let Question::Buy(bought) = third else { panic!("{visit:?}") };
                assert_eq!(*found, bought.item);
            }
        }
    }

    #[test]
    fn a_title_without_a_topic_is_looked_up_and_bought_without_a_search() {
        let asked = questions(Scenario::Mixed, 1, 1);
        let without = asked.windows(2).find(|pair| pair[0] == Question::Lookup(ItemId(20)));
        assert!(matches!(without, Some([_, Question::Buy(bought)]) if bought.item == ItemId(20)), "{without:?}");
    }

    #[test]
    fn about_one_question_in_ten_of_those_who_look_around_is_a_search() {
        let searches = questions(Scenario::Browse, 1, 1).iter().filter(|asked| asked.kind() == "search").count();
        assert!((30..100).contains(&searches), "{searches}");
    }

    #[test]
    fn a_run_repeated_wants_the_same_books_under_other_keys() {
        let (once, again) = (questions(Scenario::LongTail, 1, 1), questions(Scenario::LongTail, 1, 2));
        let items = |questions: &[Question]| {
            let item = |asked: &Question| if let Question::Buy(purchase) = asked { purchase.item } else { ItemId(0) };
            questions.iter().map(item).collect::<Vec<_>>()
        };
        assert_eq!(items(&once), items(&again));
        assert_eq!(keys(&once).len(), 600);
        assert!(keys(&once).is_disjoint(&keys(&again)));
    }

    #[test]
    fn a_list_is_its_customers_own_and_read_after_each_write() {
        let asked = questions(Scenario::Lists, 1, 1);
        let Question::WriteList(own) = asked[0] else { panic!("{:?}", asked[0]) };
        let pair = [Question::WriteList(own), Question::ReadList(own)];
        assert!(asked.chunks(2).all(|asked| asked == pair));
        assert_ne!(questions(Scenario::Lists, 2, 1)[0], asked[0]);
    }

    #[test]
    fn no_two_customers_have_a_key_in_common() {
        let all: BTreeSet<Uuid> = (0..50).flat_map(|number| keys(&questions(Scenario::FlashSale, number, 1))).collect();
        assert_eq!(all.len(), 50 * 600);
    }
}
