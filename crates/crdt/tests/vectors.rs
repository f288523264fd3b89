//! The vectors that this crate and its twin in browsers are both held to; `tests/vectors/README.md` describes them.
//! `UPDATE_VECTORS=1` writes every `then` anew, from what the crate does; a change of them is a change of the protocol.

use crdt::{Actor, Content, Context, CounterMap, Delta, EditError, ElementSet, Lines, Object, VersionVector};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// One operation, at the replica `at`, which begins to be with the first that names it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Do {
    Add { at: String, actor: String, item: String, by: i64 },
    Remove { at: String, actor: String, item: String },
    Set { at: String, actor: String, item: String, field: String, value: String, stamp: u64 },
    Put { at: String, actor: String, context: String, items: Lines, stamp: u64 },
    Take { at: String, actor: String, units: BTreeMap<String, i64> },
    Sweep { at: String, actor: String },
    Include { at: String, actor: String, element: String, stamp: u64 },
    Exclude { at: String, actor: String, element: String, stamp: u64 },
    PutElements { at: String, actor: String, context: String, elements: BTreeSet<String>, stamp: u64 },
    Context { at: String, name: String },
    Delta { at: String, since: String, name: String },
    Merge { at: String, from: String },
    MergeDelta { at: String, delta: String },
}

#[derive(Serialize, Deserialize)]
struct Step {
    #[serde(rename = "do")]
    operation: Do,
    #[serde(default)]
    then: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scene {
    title: String,
    steps: Vec<Step>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    r#type: String,
    actors: BTreeMap<String, Actor>,
    scenes: Vec<Scene>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    of: String,
    given: Value,
    #[serde(default)]
    then: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    cases: Vec<Case>,
}

/// What a scene has on its stage.
struct Stage<'a> {
    new: Object,
    actors: &'a BTreeMap<String, Actor>,
    replicas: BTreeMap<String, Object>,
    contexts: BTreeMap<String, Context>,
    deltas: BTreeMap<String, Option<Delta>>,
}

fn error(error: EditError) -> &'static str {
    match error {
        EditError::Count => "count",
        EditError::NotThere => "not_there",
        EditError::Stamp => "stamp",
        EditError::Exhausted => "exhausted",
    }
}

impl Stage<'_> {
    fn object(&mut self, at: &str) -> &mut Object {
        let new = &self.new;
        self.replicas.entry(at.to_owned()).or_insert_with(|| new.clone())
    }

    fn map(&mut self, at: &str) -> &mut CounterMap {
        if let Object::Counters(map) = self.object(at) { map } else { panic!("{at} is no map of counters") }
    }

    fn set(&mut self, at: &str) -> &mut ElementSet {
        if let Object::Elements(set) = self.object(at) { set } else { panic!("{at} is no element set") }
    }

    /// An edit's result, and what it made of the replica.
    fn edited<T: Serialize>(&mut self, at: &str, name: &str, result: Result<T, EditError>) -> Value {
        match result {
            Ok(value) => self.state(at, json!({ name: value })),
            Err(refused) => self.state(at, json!({"error": error(refused)})),
        }
    }

    fn state(&mut self, at: &str, mut then: Value) -> Value {
        let object = self.object(at);
        then["shown"] = match object.content() {
            Content::Counters { items } => json!(items),
            Content::Elements { elements } => json!(elements),
        };
        then["state"] = json!(object);
        then
    }

    fn edit(&mut self, operation: &Do) -> Value {
        let actor = |actor: &String| self.actors[actor];
        match operation {
            Do::Add { at, actor: by_whom, item, by } => {
                let dot = self.map(at).add(actor(by_whom), item, *by).map(|dot| dot.map(|dot| dot.n));
                self.edited(at, "dot", dot)
            }
            Do::Remove { at, actor: by_whom, item } => {
                let dot = self.map(at).remove(actor(by_whom), item).map(|dot| dot.map(|dot| dot.n));
                self.edited(at, "dot", dot)
            }
            Do::Set { at, actor: by_whom, item, field, value, stamp } => {
                let dot = self.map(at).set(actor(by_whom), item, field, value, *stamp).map(|dot| dot.n);
                self.edited(at, "dot", dot)
            }
            Do::Put { at, actor: by_whom, context, items, stamp } => {
                let context = self.contexts[context].clone();
                let dot = self.map(at).put(actor(by_whom), &context, items, *stamp).map(|dot| dot.n);
                self.edited(at, "dot", dot)
            }
            Do::Take { at, actor: by_whom, units } => {
                let taken = CounterMap::taken(actor(by_whom), units);
                let changed = taken.map(|taken| self.map(at).merge(&taken));
                self.edited(at, "changed", changed)
            }
            Do::Sweep { at, actor: by_whom } => {
                let dot = self.map(at).sweep(actor(by_whom)).map(|dot| dot.map(|dot| dot.n));
                self.edited(at, "dot", dot)
            }
            Do::Include { at, actor: by_whom, element, stamp } => {
                let done = self.set(at).add(actor(by_whom), element, *stamp).map(|()| true);
                self.edited(at, "changed", done)
            }
            Do::Exclude { at, actor: by_whom, element, stamp } => {
                let done = self.set(at).remove(actor(by_whom), element, *stamp);
                self.edited(at, "changed", done)
            }
            Do::PutElements { at, actor: by_whom, context, elements, stamp } => {
                let context = self.contexts[context].clone();
                let done = self.set(at).put(actor(by_whom), &context, elements, *stamp).map(|()| true);
                self.edited(at, "changed", done)
            }
            _ => self.exchange(operation),
        }
    }

    fn exchange(&mut self, operation: &Do) -> Value {
        match operation {
            Do::Context { at, name } => {
                let context = self.object(at).context();
                self.contexts.insert(name.clone(), context.clone());
                json!({"context": context})
            }
            Do::Delta { at, since, name } => {
                let known = match self.contexts.get(since) {
                    Some(context) => context.seen().clone(),
                    None => self.map(since).version().clone(),
                };
                let delta = self.map(at).delta_since(&known);
                let then = json!({"since": known, "delta": delta});
                self.deltas.insert(name.clone(), delta);
                then
            }
            Do::Merge { at, from } => {
                let other = self.object(from).clone();
                let changed = self.object(at).merge(&other).expect("of one type");
                self.state(at, json!({"changed": changed}))
            }
            Do::MergeDelta { at, delta } => {
                let delta = self.deltas[delta].clone();
                let merged = delta.map_or(Ok(false), |delta| self.map(at).merge_delta(&delta));
                let then = match merged {
                    Ok(changed) => json!({"changed": changed}),
                    Err(gap) => json!({"gap": {"actor": gap.since.actor, "since": gap.since.n, "known": gap.known}}),
                };
                self.state(at, then)
            }
            _ => unreachable!("an edit"),
        }
    }
}

fn play(script: &mut Script) {
    let new = match script.r#type.as_str() {
        "counters" => Object::Counters(CounterMap::new()),
        "elements" => Object::Elements(ElementSet::new()),
        other => panic!("{other} is no type"),
    };
    for scene in &mut script.scenes {
        let (replicas, contexts, deltas) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut stage = Stage { new: new.clone(), actors: &script.actors, replicas, contexts, deltas };
        stage.contexts.insert("nothing".to_owned(), Context::default());
        for step in &mut scene.steps {
            step.then = stage.edit(&step.operation);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn judge(cases: &mut Cases) {
    fn read<T: for<'a> Deserialize<'a>>(given: &Value) -> Value {
        json!({"accepted": serde_json::from_value::<T>(given.clone()).is_ok()})
    }
    for case in &mut cases.cases {
        case.then = match case.of.as_str() {
            "object" => read::<Object>(&case.given),
            "delta" => read::<Delta>(&case.given),
            "context" => read::<Context>(&case.given),
            "version" => read::<VersionVector>(&case.given),
            "content" => read::<Content>(&case.given),
            "bytes" => {
                let object: Object = serde_json::from_value(case.given.clone()).expect("an object");
                json!({"bytes": hex(&object.canonical_bytes()), "digest": hex(&object.digest())})
            }
            other => panic!("{other} is nothing that can be read"),
        };
    }
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("JSON")
}

/// One line for what is done and one for what comes of it.
fn text_of_script(script: &Script) -> String {
    let mut scenes = Vec::new();
    for scene in &script.scenes {
        let step = |step: &Step| format!("  {{\"do\": {},\n   \"then\": {}}}", line(&step.operation), line(&step.then));
        let steps: Vec<_> = scene.steps.iter().map(step).collect();
        scenes.push(format!(" {{\"title\": {}, \"steps\": [\n{}\n ]}}", line(&scene.title), steps.join(",\n")));
    }
    let head = format!("\"type\": {},\n\"actors\": {}", line(&script.r#type), line(&script.actors));
    format!("{{{head},\n\"scenes\": [\n{}\n]}}\n", scenes.join(",\n"))
}

fn text_of_cases(cases: &Cases) -> String {
    let case = |case: &Case| {
        let (why, of, given) = (line(&case.why), line(&case.of), line(&case.given));
        format!(" {{\"why\": {why}, \"of\": {of},\n  \"given\": {given},\n  \"then\": {}}}", line(&case.then))
    };
    format!("{{\"cases\": [\n{}\n]}}\n", cases.cases.iter().map(case).collect::<Vec<_>>().join(",\n"))
}

fn parsed<T: for<'a> Deserialize<'a>>(path: &Path, text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the file should say, as far as it does not say what is done.
fn anew(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a vector can be read");
    if text.starts_with("{\"cases\"") {
        let mut cases: Cases = parsed(path, &text);
        judge(&mut cases);
        return text_of_cases(&cases);
    }
    let mut script: Script = parsed(path, &text);
    play(&mut script);
    text_of_script(&script)
}

#[test]
fn every_vector_comes_out_as_it_is_written_down() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let files = fs::read_dir(directory).expect("the vectors are there").map(|file| file.expect("a file").path());
    let files: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    assert!(files.len() >= 8, "{} files", files.len());
    for path in files {
        let (written, anew) = (fs::read_to_string(&path).expect("a vector can be read"), anew(&path));
        if env::var_os("UPDATE_VECTORS").is_some() {
            fs::write(&path, anew).expect("a vector can be written");
            continue;
        }
        let lines = written.lines().zip(anew.lines()).enumerate();
        for (number, (written, anew)) in lines {
            assert_eq!(written, anew, "{}, line {}", path.display(), number + 1);
        }
        assert_eq!(written.len(), anew.len(), "{}", path.display());
    }
}
