//! `/api/docs`: the APIs for people who write programs, made of the document itself, so that it says nothing else.
//!
//! Everything is there without a script: the browser's own search finds it, and each operation and schema has an
//! address of its own on the page.

use super::{Frame, page};
use crate::api::openapi::{DOCUMENT, PATH};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde_json::Value;
use std::sync::LazyLock;

#[derive(Template)]
#[template(path = "pages/docs.html")]
struct DocsPage {
    frame: Frame,
    document: &'static str,
    about: Vec<Piece>,
    groups: &'static [Group],
    schemas: &'static [SchemaWords],
}

/// A piece of a sentence, as code or as plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    code: bool,
    text: String,
}

struct Group {
    name: String,
    about: Vec<Piece>,
    operations: Vec<OperationWords>,
}

struct OperationWords {
    id: String,
    method: String,
    path: String,
    summary: String,
    about: Vec<Piece>,
    parameters: Vec<Part>,
    body: Option<Answer>,
    answers: Vec<Answer>,
}

/// A parameter, or a field of a schema.
struct Part {
    name: String,
    place: String,
    needed: bool,
    kind: String,
    /// The schema's own place on the page; empty where it has none.
    href: String,
    about: Vec<Piece>,
    example: String,
}

struct Answer {
    status: String,
    about: Vec<Piece>,
    media: String,
    schema: String,
    href: String,
    example: String,
}

struct SchemaWords {
    name: String,
    kind: String,
    about: Vec<Piece>,
    fields: Vec<Part>,
}

static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| groups(&json()));
static SCHEMAS: LazyLock<Vec<SchemaWords>> = LazyLock::new(|| schemas(&json()));

pub(super) async fn docs() -> HttpResponse {
    let about = DOCUMENT.info.description.as_deref().unwrap_or_default();
    page(
        StatusCode::OK,
        &DocsPage {
            frame: Frame::new("For programs · Bookend"),
            document: PATH,
            about: pieces(about),
            groups: &GROUPS,
            schemas: &SCHEMAS,
        },
    )
}

fn json() -> Value {
    serde_json::to_value(&*DOCUMENT).expect("a document has a JSON form")
}

fn groups(document: &Value) -> Vec<Group> {
    let group = |tag: &Value| Group {
        name: text(&tag["name"]),
        about: pieces(&text(&tag["description"])),
        operations: operations(document, &tag["name"]),
    };
    document["tags"].as_array().into_iter().flatten().map(group).collect()
}

fn operations(document: &Value, tag: &Value) -> Vec<OperationWords> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, operation)| (path, method, operation))
    });
    all.filter(|(_, _, operation)| operation["tags"].as_array().is_some_and(|tags| tags.contains(tag)))
        .map(|(path, method, operation)| OperationWords {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.clone(),
            summary: text(&operation["summary"]),
            about: pieces(&text(&operation["description"])),
            parameters: operation["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
            body: operation.get("requestBody").map(|body| answer("", body)),
            answers: operation["responses"].as_object().into_iter().flatten().map(|(s, a)| answer(s, a)).collect(),
        })
        .collect()
}

fn parameter(parameter: &Value) -> Part {
    let schema = &parameter["schema"];
    Part {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        needed: parameter["required"] == true,
        kind: kind(schema),
        href: href(schema),
        about: pieces(&text(&parameter["description"])),
        example: shown(&parameter["example"]),
    }
}

fn answer(status: &str, answer: &Value) -> Answer {
    let contents = || answer["content"].as_object().into_iter().flatten();
    let media: Vec<&str> = contents().map(|(media, _)| media.as_str()).collect();
    let content = contents().next().map_or(&Value::Null, |(_, content)| content);
    Answer {
        status: status.to_owned(),
        about: pieces(&text(&answer["description"])),
        media: media.join(" or "),
        schema: kind(&content["schema"]),
        href: href(&content["schema"]),
        example: shown(&content["example"]),
    }
}

fn schemas(document: &Value) -> Vec<SchemaWords> {
    let all = document["components"]["schemas"].as_object().into_iter().flatten();
    all.map(|(name, schema)| SchemaWords {
        name: name.clone(),
        kind: kind(schema),
        about: pieces(&text(&schema["description"])),
        fields: fields(schema),
    })
    .collect()
}

fn fields(schema: &Value) -> Vec<Part> {
    let needed = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, schema): (&String, &Value)| Part {
        name: name.clone(),
        place: String::new(),
        needed: needed(name),
        kind: kind(schema),
        href: href(schema),
        about: pieces(&text(&schema["description"])),
        example: String::new(),
    };
    properties.map(field).collect()
}

/// What a schema allows, in a few words: `integer from 1 to 1000`, `list of Book`, `ItemId`.
fn kind(schema: &Value) -> String {
    if let Some(name) = referred(schema) {
        return name.to_owned();
    }
    if let Some(either) = schema["oneOf"].as_array() {
        return either.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let name = match &schema["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        Value::String(name) if name == "array" => return format!("list of {}", kind(&schema["items"])),
        name => text(name),
    };
    let bound = |name: &str, words: &str| schema.get(name).map(|bound| format!(" {words} {}", shown(bound)));
    let bounds = [
        bound("format", "of format"),
        bound("minimum", "from"),
        bound("maximum", "to"),
        bound("minLength", "of at least"),
        bound("maxLength", "of at most").map(|words| words + " characters"),
        bound("pattern", "like"),
        bound("default", "and by itself"),
    ];
    // How many bits a number has is for generators of code.
    let bounds = bounds.into_iter().flatten().filter(|words| !words.contains("int"));
    bounds.fold(name, |all, one| all + &one)
}

fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

fn href(schema: &Value) -> String {
    let named = referred(schema).or_else(|| referred(&schema["items"]));
    named.or_else(|| referred(&schema["oneOf"][0])).map(|name| format!("#{name}")).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A value as a reader would write it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => serde_json::to_string_pretty(value).unwrap_or_default(),
        other => other.to_string(),
    }
}

/// Cuts a sentence where code begins and ends.
fn pieces(sentence: &str) -> Vec<Piece> {
    let parts = sentence.split('`').enumerate().filter(|(_, text)| !text.is_empty());
    parts.map(|(index, text)| Piece { code: index % 2 == 1, text: text.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_is_said_in_a_few_words() {
        for (schema, words) in [
            (json!({"type": "integer", "format": "int64", "minimum": 1, "maximum": 9}), "integer from 1 to 9"),
            (json!({"$ref": "#/components/schemas/Book"}), "Book"),
            (json!({"type": "array", "items": {"$ref": "#/components/schemas/Book"}}), "list of Book"),
            (json!({"oneOf": [{"$ref": "#/components/schemas/Book"}, {"type": "null"}]}), "Book or null"),
            (json!({"type": ["string", "null"]}), "string or null"),
        ] {
            assert_eq!(kind(&schema), words);
        }
    }

    #[test]
    fn every_operation_of_the_document_is_on_the_page_once() {
        let document = json();
        let paths = document["paths"].as_object().expect("paths");
        let documented: usize = paths.values().map(|item| item.as_object().expect("operations").len()).sum();
        let shown: Vec<&str> = GROUPS.iter().flat_map(|group| &group.operations).map(|one| one.id.as_str()).collect();
        let distinct: std::collections::BTreeSet<&str> = shown.iter().copied().collect();
        assert_eq!((shown.len(), distinct.len()), (documented, documented), "{shown:?}");
    }
}
