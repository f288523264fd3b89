//! `cart where`: who holds an object, or where a map places numbers.

use super::look::{DEADLINE, Everyone};
use super::map::bad;
use cluster::Member;
use futures::future::join_all;
use placement::{Map, Scratch};
use serve::command_line::{Fatal, Place};
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::str::FromStr;
use wire::cart::{Ask, Digest, Had, Key, Places};

/// Numbers from one to another, both included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    first: u32,
    last: u32,
}

impl FromStr for Input {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is no number from 0 to {}", u32::MAX));
        let (first, last) = (number(first)?, number(last)?);
        if first > last { Err(format!("{first} comes after {last}")) } else { Ok(Self { first, last }) }
    }
}

/// The devices of each number, a line each.
pub(super) fn of_numbers(file: &Path, rule: &str, replicas: u16, input: Input) -> Result<(), Fatal> {
    let text = fs::read_to_string(file).map_err(|error| Fatal::Usage(format!("--map: {}: {error}", file.display())))?;
    let wrong = |error: placement::BadMap| Fatal::Usage(format!("{}: {error}", file.display()));
    let map = Map::parse(&text).map_err(wrong)?;
    let rule = map.rule(rule).map_err(wrong)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut scratch = Scratch::default();
    for number in input.first..=input.last {
        let ids: Vec<String> =
            map.place_into(rule, number, replicas.into(), &mut scratch).map(|id| id.to_string()).collect();
        writeln!(out, "{}", ids.join(" ")).map_err(|error| Fatal::Failed(error.to_string()))?;
    }
    out.flush().map_err(|error| Fatal::Failed(error.to_string()))
}

/// Who should hold an object, and who has it.
pub(super) async fn of_key(places: &[Place], key: &Key) -> Result<(), Fatal> {
    let everyone = Everyone::of(places)?;
    let (layouts, _) = everyone.layouts().await?;
    let bucket = Places::bucket_of(key);
    println!("{key} is in bucket {bucket}.");
    let under = Places::under(&layouts).map_err(bad)?;
    let alive = [Some(layouts.now()), layouts.next()].into_iter().flatten();
    for (layout, holders) in alive.zip(under.sets(bucket)) {
        println!("Layout {}, by {}: {}.", layout.version, layout.by, holders.join(", "));
    }
    for (name, what) in join_all(everyone.members.iter().map(|member| had(&everyone, member, key))).await {
        println!("{name:<10} {what}");
    }
    Ok(())
}

async fn had<'a>(everyone: &Everyone<'_>, member: &'a Member, key: &Key) -> (&'a str, String) {
    let asks = [Ask { key: key.clone(), epoch: None }];
    let answer: Result<Vec<Had>, _> = everyone.caller.post(member, "/internal/objects/read", &asks, DEADLINE).await;
    let what = match answer.map(|had| had.into_iter().next()) {
        Ok(Some(Had::Copy { object: Some(object), counts })) => {
            let digest = Digest(object.digest()).to_string();
            let filled = if counts { "" } else { ", and is still being filled" };
            format!("has state {}{filled}", &digest[..16])
        }
        Ok(Some(Had::Copy { object: None, .. })) => "has nothing of it".to_owned(),
        Ok(Some(Had::Behind(_)) | None) => "gives no sense".to_owned(),
        Err(error) => error.to_string(),
    };
    (member.name.as_str(), what)
}
