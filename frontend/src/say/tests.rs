//! What the compiler can't see: texts that stand somewhere else than in the catalogues, and numbers that got lost.

use super::{ENGLISH, GERMAN, Scripts};
use std::fs;
use std::path::{Path, PathBuf};

const SOURCES: [&str; 6] = [
    include_str!("english.rs"),
    include_str!("english/figures.rs"),
    include_str!("english/failures.rs"),
    include_str!("german.rs"),
    include_str!("german/figures.rs"),
    include_str!("german/failures.rs"),
];

/// Templates in English alone: the desk's, and the API's description.
fn is_english_alone(path: &Path) -> bool {
    let path = path.to_string_lossy();
    path.contains("/desk") || path.ends_with("docs.html") || path.ends_with("parts/replicas.html")
}

fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found
}

/// A template without its places: what stands in it word for word.
fn word_for_word(template: &str) -> String {
    let mut rest = template;
    let mut text = String::new();
    while let Some(from) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        text.push_str(&rest[..from]);
        let end = if rest[from..].starts_with("{{") { "}}" } else { "%}" };
        rest = rest[from..].split_once(end).expect("a place ends").1;
    }
    text + rest
}

/// What somebody sees or hears of a page: texts between tags, and attributes that are read out.
fn said(html: &str) -> Vec<&str> {
    let mut said: Vec<&str> = html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    for attribute in ["aria-label=\"", "placeholder=\"", "title=\"", "alt=\""] {
        said.extend(html.split(attribute).skip(1).filter_map(|part| part.split('"').next()));
    }
    said
}

#[test]
fn no_template_has_a_word_of_its_own() {
    let templates = files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates")), "html");
    let mut wrong = Vec::new();
    for path in templates.iter().filter(|path| !is_english_alone(path)) {
        let text = word_for_word(&fs::read_to_string(path).expect("a template can be read"));
        let words = said(&text).into_iter().flat_map(|text| text.split(|letter: char| !letter.is_alphabetic()));
        let own = words.filter(|word| !word.is_empty() && *word != "Bookend");
        wrong.extend(own.map(|word| format!("{}: {word}", path.display())));
    }
    assert!(templates.len() > 20, "{} templates", templates.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_word_between_places_and_one_in_an_attribute_are_found() {
    let text = word_for_word("<p class=\"x\">{{ a }} of {% if b %}<b aria-label=\"Shop\">{{ c }}</b>{% endif %}");
    let found: Vec<_> = said(&text).into_iter().map(str::trim).filter(|text| !text.is_empty()).collect();
    assert_eq!(found, ["of", "Shop"]);
}

#[test]
fn every_text_that_depends_on_a_number_has_it() {
    let mut seen = 0;
    for source in SOURCES {
        for text in source.split("Counted {").skip(1).filter_map(|text| text.split("other: \"").nth(1)) {
            let text = text.split('"').next().unwrap_or_default();
            seen += 1;
            assert_eq!(text.matches("{n}").count(), 1, "{text}");
        }
    }
    assert!(seen >= 20, "{seen} texts");
    for say in [&ENGLISH, &GERMAN] {
        assert_eq!(say.scripts.book.matches("{n}").count(), 1);
    }
}

/// The names of what the scripts say.
fn names(scripts: &Scripts) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(&scripts.to_json()).expect("JSON");
    json.as_object().expect("an object").keys().cloned().collect()
}

#[test]
fn the_scripts_say_what_the_catalogue_has_and_nothing_else() {
    let read = |name: &str| {
        fs::read_to_string(format!("{}/static/{name}.js", env!("CARGO_MANIFEST_DIR"))).expect("a script can be read")
    };
    let scripts = ["say", "list", "lists", "lines", "sync"].map(read).join("\n");
    let names = names(&ENGLISH.scripts);
    for name in &names {
        let used = [format!("say.{name}"), format!("'{name}'")].iter().any(|use_| scripts.contains(use_));
        assert!(used, "no script says {name}");
    }
    for named in scripts.split("say.").skip(1) {
        let name: String = named.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(name == "js" || names.contains(&name), "there is no {name}");
    }
}

#[test]
fn german_speaks_to_people_as_it_should() {
    for source in &SOURCES[3..] {
        for informal in [" du ", " dein", " Dein", " dir ", " euch ", "\"Du "] {
            assert!(!source.contains(informal), "{informal}");
        }
        assert!(!source.contains('”') && !source.contains('’'), "a mark of another language");
    }
}
