//! `docs/grafana/bookend.json` against what replicas of all tiers tell at `/metrics`: nothing in it is misspelt, and nothing
//! that they tell is left out.

use futures::future::join_all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;
use tests::{Cluster, awaits, new_list, repository};

/// The labels of each metric, as somebody tells it.
type Told = BTreeMap<String, BTreeSet<String>>;

/// Words of the query language that stand where a metric could, and what they are about stands in brackets behind.
const GROUPING: [&str; 3] = ["by", "without", "on"];

fn dashboard() -> Value {
    let text = fs::read_to_string(repository().join("docs/grafana/bookend.json")).expect("it is in the repository");
    serde_json::from_str(&text).expect("JSON")
}

/// All queries of the dashboard, each with the legend it has.
fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let mut all: Vec<_> = targets.map(|target| (text(target, "expr"), text(target, "legendFormat"))).collect();
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    for query in variables.iter().filter_map(|variable| variable["query"]["query"].as_str()) {
        let of = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')).expect("label_values");
        let (metric, label) = of.split_once(", ").expect("a metric and a label");
        all.push((metric.to_owned(), format!("{{{{{label}}}}}")));
    }
    all
}

/// The names of metrics and of labels in a query, as far as the dashboard uses the language.
fn names(query: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut metrics, mut labels) = (BTreeSet::new(), BTreeSet::new());
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let mut rest = query;
    let mut grouping = false;
    while let Some(next) = rest.chars().next() {
        let (from, to) = match next {
            '{' => ('{', '}'),
            '[' => ('[', ']'),
            '(' if grouping => ('(', ')'),
            _ if is_word(next) => {
                let end = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
                let word = &rest[..end];
                rest = rest[end..].trim_start();
                grouping = GROUPING.contains(&word);
                let is_number = word.starts_with(|letter: char| letter.is_ascii_digit());
                if !grouping
                    && !is_number
                    && !rest.starts_with('(')
                    && !GROUPING.iter().any(|word| rest.starts_with(word))
                {
                    metrics.insert(word.to_owned());
                }
                continue;
            }
            _ => {
                rest = &rest[next.len_utf8()..];
                continue;
            }
        };
        let (inside, behind) = rest[1..].split_once(to).unwrap_or_else(|| panic!("{from} is not closed: {query}"));
        if from != '[' {
            let named = inside.split(',').map(|part| part.split(['=', '!']).next().unwrap_or_default().trim());
            labels.extend(named.filter(|name| !name.is_empty()).map(str::to_owned));
        }
        (rest, grouping) = (behind, false);
    }
    (metrics, labels)
}

/// What a page of figures tells: its metrics and their labels, those of a histogram under the names that it is asked by.
fn told(figures: &str) -> Told {
    let mut told = Told::new();
    for line in figures.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, rest) = line.split_at(line.find(['{', ' ']).expect("a name ends"));
        let labels = rest.strip_prefix('{').and_then(|rest| rest.rsplit_once('}')).map(|(labels, _)| labels);
        let labels =
            labels.unwrap_or_default().split("\",").filter_map(|label| label.split_once('=').map(|(name, _)| name));
        told.entry(name.to_owned()).or_default().extend(labels.map(str::to_owned));
    }
    told
}

/// What all replicas of a shop tell, in which everything that is counted has happened.
async fn told_by(shop: &Cluster) -> Told {
    let mut all = Told::new();
    for member in shop.roster().members() {
        let figures = shop.operator().request(reqwest::Method::GET, member.name.as_str(), "/metrics").send().await;
        let Ok(figures) = figures else { continue };
        for (name, labels) in told(&figures.text().await.expect("a text")) {
            all.entry(name).or_default().extend(labels);
        }
    }
    all
}

#[tokio::test]
async fn the_dashboard_asks_for_what_the_tiers_tell_and_for_all_of_it() {
    let shop = Cluster::builder().orders(2).carts(3).start().await;
    new_list(&shop, "frontend").await;
    shop.customer().opens("/").await.has_status(200);
    // A question is asked again when a replica has just died and nobody has noticed.
    awaits(Duration::from_secs(30), "a question is asked again", async || {
        shop.kill("orderA").await;
        let customers: Vec<_> = (0..12).map(|_| shop.customer()).collect();
        join_all(customers.iter().map(|customer| customer.buys(1, 1))).await;
        shop.restart("orderA").await;
        if told_by(&shop).await.contains_key("frontend_retries_total") { Ok(()) } else { Err("none was".to_owned()) }
    })
    .await;
    let told = told_by(&shop).await;
    let (mut wrong, mut asked) = (Vec::new(), BTreeSet::new());
    for (query, legend) in queries(&dashboard()) {
        let (metrics, mut labels) = names(&query);
        labels.extend(legend.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).map(str::to_owned));
        let known: BTreeSet<_> = metrics.iter().filter_map(|metric| told.get(metric)).flatten().collect();
        wrong.extend(
            metrics.iter().filter(|metric| !told.contains_key(*metric)).map(|metric| format!("{metric}: {query}")),
        );
        wrong.extend(
            labels.iter().filter(|label| !known.contains(label)).map(|label| format!("label {label}: {query}")),
        );
        asked.extend(metrics);
    }
    let stem = |name: &str| {
        let ends = ["_bucket", "_sum", "_count"];
        ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
    };
    let shown: BTreeSet<String> = asked.iter().map(|name| stem(name)).collect();
    let hidden: BTreeSet<String> = told.keys().map(|name| stem(name)).filter(|name| !shown.contains(name)).collect();
    assert!(asked.len() > 15, "{asked:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(hidden.is_empty(), "nobody sees {hidden:?}");
}

#[test]
fn names_in_a_query_are_told_from_the_words_of_the_language() {
    let query = "histogram_quantile(0.99, sum by (le, to) (rate(a_bucket{replica=~\"$r\", status=\"5xx\"}[$__rate_interval]))) / b_total";
    let (metrics, labels) = names(query);
    assert_eq!(metrics.iter().collect::<Vec<_>>(), ["a_bucket", "b_total"]);
    assert_eq!(labels.iter().collect::<Vec<_>>(), ["le", "replica", "status", "to"]);
    let told =
        told("# TYPE a histogram\na_bucket{replica=\"x\",le=\"+Inf\"} 3\nb 1\n\nc{path=\"/a,b=c\",to=\"y\"} 1\n");
    let labels = |name: &str| told[name].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!((labels("a_bucket"), labels("b"), labels("c")), (vec!["le", "replica"], vec![], vec!["path", "to"]));
}
