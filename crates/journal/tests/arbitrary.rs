//! The decoder against whatever may arrive: bytes that mean nothing, and runs of entries that were changed on their way.
//!
//! What is taken is compared with a chain that is computed here, by the rule in the documentation, not by the crate.

use journal::{Absorbed, ActorId, Body, Hash, Head, Heads, Run, absorb};
use proptest::prelude::*;
use serde_json::{Value, json};

const ACTOR: ActorId = ActorId::from_bits(7);

/// The hashes of the chain over these texts, the one before the first of them included.
fn chain(actor: ActorId, texts: &[&str]) -> Vec<String> {
    let mut hashes = vec![blake3::hash(actor.bytes())];
    for text in texts {
        let last = hashes[hashes.len() - 1];
        hashes.push(blake3::hash(&[last.as_bytes(), text.as_bytes()].concat()));
    }
    hashes.iter().map(ToString::to_string).collect()
}

/// A text that is about JSON: values, near misses, deep and huge ones.
fn jsonish() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:e}")),
        any::<String>().prop_map(|text| json!(text).to_string()),
        Just("null".to_owned()),
        Just("1e999".to_owned()),
        Just("\"\\ud800\"".to_owned()),
        (1_usize..400).prop_map(|depth| "[".repeat(depth) + &"]".repeat(depth)),
        (1_usize..400).prop_map(|depth| "{\"a\":".repeat(depth)),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[{}]", all.join(" ,\n"))),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|all| {
                let fields: Vec<_> = all.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

/// The text of a run of `count` entries after the first `from` of a journal.
fn run_text(from: usize, count: usize) -> String {
    let bodies: Vec<Value> = (0..from + count).map(|number| json!({"op": "mint", "n": number})).collect();
    let texts: Vec<String> = bodies.iter().map(Value::to_string).collect();
    let hashes = chain(ACTOR, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    let head = |at: usize| format!(r#"{{"seq":{at},"hash":"{}"}}"#, hashes[at]);
    let (after, end) = (head(from), head(from + count));
    format!(r#"{{"actor":"{ACTOR}","after":{after},"bodies":[{}],"head":{end}}}"#, texts[from..].join(","))
}

/// What may happen to a text on its way.
#[derive(Clone, Debug)]
enum Damage {
    Flip(usize, u8),
    Cut(usize),
    Drop(usize, usize),
    Double(usize, usize),
    Number(usize, String),
}

fn damage() -> impl Strategy<Value = Damage> {
    let number = prop_oneof![
        Just(u64::MAX.to_string()),
        Just("-1".to_owned()),
        Just("1.5".to_owned()),
        Just("18446744073709551616".to_owned()),
        any::<u64>().prop_map(|number| number.to_string()),
    ];
    prop_oneof![
        (any::<usize>(), 1_u8..).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), 1_usize..40).prop_map(|(at, length)| Damage::Drop(at, length)),
        (any::<usize>(), 1_usize..40).prop_map(|(at, length)| Damage::Double(at, length)),
        (any::<usize>(), number).prop_map(|(at, number)| Damage::Number(at, number)),
    ]
}

fn damaged(text: &str, damage: &Damage) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let length = bytes.len();
    match damage {
        Damage::Flip(at, bits) => bytes[at % length] ^= bits,
        Damage::Cut(at) => bytes.truncate(at % length),
        Damage::Drop(at, count) => drop(bytes.drain(at % length..(at % length + count).min(length))),
        Damage::Double(at, count) => {
            let (from, to) = (at % length, (at % length + count).min(length));
            let piece = bytes[from..to].to_vec();
            bytes.splice(to..to, piece);
        }
        Damage::Number(at, number) => {
            // The nearest number after that place becomes this one.
            if let Some(from) = (at % length..length).find(|at| bytes[*at].is_ascii_digit()) {
                let to = (from..length).find(|at| !bytes[*at].is_ascii_digit()).unwrap_or(length);
                bytes.splice(from..to, number.bytes());
            }
        }
    }
    bytes
}

/// Absorbs `run` where `mine` entries of the journal are held, and checks whatever is taken against the chain.
fn takes_only_what_chains(run: &Run, mine: Head) -> Result<Vec<String>, TestCaseError> {
    let Absorbed::New(entries) = absorb(run, mine, None) else { return Ok(Vec::new()) };
    let mut last = mine;
    for entry in &entries {
        let hash = blake3::hash(&[last.hash.bytes().as_slice(), entry.body.text().as_bytes()].concat());
        prop_assert_eq!(entry.actor, run.actor);
        prop_assert_eq!(entry.head.seq, last.seq + 1, "dense");
        prop_assert_eq!(entry.head.hash.to_string(), hash.to_string(), "chained");
        last = entry.head;
    }
    if !entries.is_empty() {
        prop_assert_eq!(last, run.head, "to the end");
    }
    Ok(entries.iter().map(|entry| entry.body.text().to_owned()).collect())
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (actor, hash) = (text.parse::<ActorId>(), text.parse::<Hash>());
        prop_assert!(actor.is_err() || text.len() == 32);
        prop_assert!(hash.is_err() || text.len() == 64);
        prop_assert!(serde_json::from_slice::<Run>(&bytes).is_err(), "noise is no run");
        drop(serde_json::from_slice::<Heads>(&bytes));
        if let Ok(body) = Body::from_text(text.clone()) {
            prop_assert_eq!(body.text(), text.trim_matches([' ', '\t', '\n', '\r']));
            drop(body.read::<Value>());
        }
    }

    #[test]
    fn any_json_is_a_body_kept_to_the_byte_and_nothing_else_is_one(text in jsonish()) {
        match Body::from_text(text.clone()) {
            Ok(body) => {
                prop_assert_eq!(body.text(), &text);
                // Too deep or too large for a value is an error, never the end of the process.
                drop(body.read::<Value>());
                let head = Head::genesis(ACTOR).next(&body);
                prop_assert_eq!(head.hash.to_string(), chain(ACTOR, &[&text])[1].clone());
            }
            Err(_) => prop_assert!(serde_json::from_str::<Value>(&text).is_err(), "{}", text),
        }
    }

    #[test]
    fn a_run_of_any_bodies_and_numbers_is_taken_only_where_it_chains(
        texts in prop::collection::vec(jsonish(), 0..6), held in 0_usize..6, after in any::<u64>(), head in any::<u64>(),
    ) {
        let bodies: Vec<Body> = texts.into_iter().filter_map(|text| Body::from_text(text).ok()).collect();
        let mine = bodies.iter().take(held).fold(Head::genesis(ACTOR), |head, body| head.next(body));
        let honest = Run::following(ACTOR, Head::genesis(ACTOR), bodies.clone());
        takes_only_what_chains(&honest, mine)?;
        for seq in [after, u64::MAX, u64::MAX - 1, after % 8] {
            for end in [head, u64::MAX, head % 8, seq.wrapping_add(bodies.len() as u64)] {
                let mut forged = honest.clone();
                (forged.after.seq, forged.head.seq) = (seq, end);
                takes_only_what_chains(&forged, mine)?;
            }
        }
    }

    #[test]
    fn a_run_that_was_changed_on_its_way_brings_nothing_that_its_writer_did_not_write(
        from in 0_usize..4, count in 1_usize..5, held in 0_usize..9, damages in prop::collection::vec(damage(), 1..3),
    ) {
        let text = run_text(from, count);
        let whole: Run = serde_json::from_str(&run_text(0, 9)).expect("a run");
        let mine = whole.bodies.iter().take(held).fold(Head::genesis(ACTOR), |head, body| head.next(body));
        let mut bytes = text.into_bytes();
        for damage in &damages {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if !text.is_empty() {
                bytes = damaged(&text, damage);
            }
        }
        let Ok(run) = serde_json::from_slice::<Run>(&bytes) else { return Ok(()) };
        let taken = takes_only_what_chains(&run, mine)?;
        // Enough damage is another history, which only the hashes tell apart; they are 256 bits, and not guessed here.
        let written: Vec<&str> = whole.bodies.iter().skip(held).map(Body::text).collect();
        prop_assert!(taken.iter().zip(&written).all(|(taken, written)| taken == written), "{:?}", taken);
        prop_assert!(taken.len() <= written.len());
    }
}

#[test]
fn a_run_as_it_was_written_is_taken_from_wherever_its_reader_stands() {
    for held in 0..5 {
        let whole: Run = serde_json::from_str(&run_text(0, 5)).expect("a run");
        let mine = whole.bodies.iter().take(held).fold(Head::genesis(ACTOR), |head, body| head.next(body));
        let Absorbed::New(entries) = absorb(&whole, mine, None) else { panic!("it chains") };
        assert_eq!(entries.len(), 5 - held);
    }
}
