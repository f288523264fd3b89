//! Messages of ONIX as they come, in both kinds of names, and as they must not come.

use super::tags;
use crate::files::{Books, FiledBook, Reading};
use std::fmt::Write as _;
use wire::Format;

const SAMPLE: &str = include_str!("sample.xml");

fn read_as(file: &[u8], currency: Option<&str>) -> Vec<Result<FiledBook, String>> {
    let reading = Reading { currency: currency.map(str::to_owned), ..Reading::default() };
    match Books::read(file, &reading) {
        Ok(books) => books.map(|book| book.map_err(|bad| bad.to_string())).collect(),
        Err(bad) => vec![Err(bad.to_string())],
    }
}

fn read(file: &str) -> Vec<Result<FiledBook, String>> {
    read_as(file.as_bytes(), None)
}

/// The sample with the short tags of its elements.
fn in_short_tags() -> String {
    let mut short = String::new();
    let mut rest = SAMPLE.replace("/reference", "/short");
    while let Some(at) = rest.find('<') {
        let after = at + 1 + usize::from(rest[at + 1..].starts_with('/'));
        let length = rest[after..].find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(0);
        let name = &rest[after..after + length];
        // Markup in a text keeps its names, and what is not read can have any.
        let coded = tags::short(name).unwrap_or(name);
        let _ = write!(short, "{}{coded}", &rest[..after]);
        rest = rest[after + length..].to_owned();
    }
    short + &rest
}

/// A message with one record, which has these pieces in the places of what is usual.
fn record(identifiers: &str, descriptive: &str, collateral: &str, supply: &str) -> String {
    let or = |given: &str, usual: &str| if given.is_empty() { usual.to_owned() } else { given.to_owned() };
    let identifiers = or(
        identifiers,
        "<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>9780306406157</IDValue></ProductIdentifier>",
    );
    let descriptive = or(
        descriptive,
        "<TitleDetail><TitleType>01</TitleType><TitleElement><TitleElementLevel>01</TitleElementLevel>\
         <TitleText>T</TitleText></TitleElement></TitleDetail>",
    );
    let supply = or(supply, "<Price><PriceAmount>5</PriceAmount><CurrencyCode>EUR</CurrencyCode></Price>");
    format!(
        "<ONIXMessage release=\"3.1\"><Header/><Product><RecordReference>r</RecordReference>{identifiers}\
         <DescriptiveDetail>{descriptive}</DescriptiveDetail><CollateralDetail>{collateral}</CollateralDetail>\
         <ProductSupply><SupplyDetail>{supply}</SupplyDetail></ProductSupply></Product></ONIXMessage>"
    )
}

fn bad(file: &str) -> String {
    let mut rows = read(file);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0).expect_err("it is bad")
}

#[test]
fn a_record_becomes_a_book_with_all_that_a_shop_shows() {
    let rows = read(SAMPLE);
    assert_eq!(rows.len(), 2, "{rows:?}");
    let book = rows[0].as_ref().expect("a good record");
    let fields = &book.fields;
    assert_eq!((book.id, book.units), (None, Some(7)));
    assert_eq!(fields.isbn.map(|isbn| isbn.to_string()).as_deref(), Some("9780306406157"));
    assert_eq!(fields.title.as_deref(), Some("The Keeper’s Night & Other Storms: <Stories> from Łódź"));
    assert_eq!(fields.authors.as_deref(), Some("Ludwig van Dyck, Jr; Niamh Ó Dálaigh; The 李 Society"));
    assert_eq!(fields.description.as_deref(), Some("One night & a lamp.\nCafé, 5 < 6.\nFirst\nSecond"));
    assert_eq!((fields.year, fields.language.as_deref()), (Some(1998), Some("en")));
    assert_eq!(fields.published.map(|date| date.to_string()).as_deref(), Some("2024-05"));
    assert_eq!((fields.format, fields.publisher.as_deref()), (Some(Format::Hardback), Some("Lantern & Quay")));
    assert_eq!(fields.topic.as_deref(), Some("Fiction / Short Stories"));
    assert_eq!(fields.cost.map(wire::Money::cents), Some(1250));
    assert_eq!(book.cover.as_deref(), Some("https://pictures.example/front.jpg?a=1&b=2"), "the front cover alone");
}

#[test]
fn what_a_record_does_not_say_is_left_as_it_is_and_codes_nobody_knows_do_no_harm() {
    let rows = read(SAMPLE);
    let book = rows[1].as_ref().expect("a good record");
    let fields = &book.fields;
    assert_eq!((book.units, fields.authors.as_deref(), fields.year), (None, None, None));
    assert_eq!((fields.format, fields.language.as_deref()), (Some(Format::Other), Some("xxx")));
    assert_eq!((fields.publisher.as_deref(), fields.published), (None, None));
    assert_eq!(fields.topic.as_deref(), Some("fiction / crime"));
    assert_eq!(fields.description.as_deref(), Some("In CDATA.\nEscaped & so."));
    assert_eq!(fields.cost.map(wire::Money::cents), Some(999));
}

#[test]
fn short_tags_say_the_same_as_reference_names() {
    let short = in_short_tags();
    assert!(short.contains("<ONIXmessage release") && short.contains("<b203>二</b203>"), "{short}");
    assert!(!short.contains("<TitleText>") && short.contains("<li>First</li>"), "{short}");
    assert_eq!(read(&short), read(SAMPLE));
}

#[test]
fn other_encodings_are_read_as_they_are_declared_or_marked() {
    let message = record("", "", "<TextContent><TextType>03</TextType><Text>Caf\u{e9}</Text></TextContent>", "");
    let latin: Vec<u8> = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{message}")
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).expect("a letter of Latin-1"))
        .collect();
    let utf16: Vec<u8> = format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-16\"?>{message}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let marked = format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>{message}");
    for file in [latin.as_slice(), &utf16, marked.as_bytes()] {
        let rows = read_as(file, None);
        let book = rows[0].as_ref().expect("a good record");
        assert_eq!(book.fields.description.as_deref(), Some("Café"));
    }
    let unknown = bad(&format!("<?xml version=\"1.0\" encoding=\"klingon\"?>{message}"));
    assert!(unknown.contains("encoding"), "{unknown}");
    let broken = [b"<?xml version=\"1.0\"?><ONIXMessage release=\"3.0\"><Product><a001>", &b"\xff\xff"[..]].concat();
    assert!(read_as(&broken, None)[0].is_err());
}

#[test]
fn a_declaration_in_the_middle_or_one_without_end_is_refused_and_nothing_panics() {
    for file in [
        "<ONIXMessage release=\"3.0\"><?xml version=\"1.0\" encoding=\"ISO-8859-1\"?></ONIXMessage>".to_owned(),
        format!("<?xml version=\"1.0\" {}encoding=\"ISO-8859-1\"?><ONIXMessage/>", " ".repeat(5000)),
        format!("{}<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><ONIXMessage/>", " ".repeat(5000)),
    ] {
        let rows = read(&file);
        assert!(rows.len() == 1 && rows[0].is_err(), "{rows:?}");
    }
}

#[test]
fn entities_of_its_own_are_refused_before_they_are_expanded() {
    let laughs = r#"<?xml version="1.0"?>
        <!DOCTYPE ONIXMessage [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>
        <ONIXMessage release="3.0"><Product><RecordReference>&c;</RecordReference></Product></ONIXMessage>"#;
    let told = bad(laughs);
    assert!(told.contains("declares entities of its own"), "{told}");
    let told = bad(&record("", "", "<TextContent><TextType>03</TextType><Text>&c;</Text></TextContent>", ""));
    assert!(told.starts_with("record 1") && told.contains("&c; is no character"), "{told}");
    let file = r#"<!DOCTYPE ONIXMessage SYSTEM "file:///etc/passwd"><ONIXMessage release="3.0"/>"#;
    assert_eq!(read(file), []);
}

#[test]
fn a_file_that_was_cut_off_is_noticed_wherever_it_was() {
    for end in (SAMPLE.find("<ONIXMessage").expect("it begins")..SAMPLE.len() - 1).step_by(97) {
        let end = (end..end + 4).find(|end| SAMPLE.is_char_boundary(*end)).expect("an end");
        let rows = read(&SAMPLE[..end]);
        let last = rows.last().expect("something is told");
        assert!(last.is_err(), "cut at {end}: {rows:?}");
        assert!(rows[..rows.len() - 1].iter().all(Result::is_ok), "cut at {end}: {rows:?}");
    }
}

#[test]
fn one_bad_record_is_named_and_the_next_one_is_read() {
    let wrong = SAMPLE.replace("978-0-306-40615-7", "978-0-306-40615-8");
    let rows = read(&wrong);
    let told = rows[0].as_ref().expect_err("a wrong check digit");
    assert!(told.starts_with("record 1 (org.example.1), ISBN: \"978-0-306-40615-8\": the last digit"), "{told}");
    assert!(rows[1].is_ok());
    let price = "<Price><PriceAmount>5</PriceAmount><CurrencyCode>EUR</CurrencyCode></Price>";
    let numbered = |kind: &str, number: &str| {
        format!(
            "<ProductIdentifier><ProductIDType>{kind}</ProductIDType><IDValue>{number}</IDValue></ProductIdentifier>"
        )
    };
    let titled = |title: &str| {
        format!(
            "<TitleDetail><TitleType>01</TitleType><TitleElement><TitleText>{title}</TitleText></TitleElement></TitleDetail>"
        )
    };
    let cases = [
        (record(&numbered("03", "4006381333931"), "", "", ""), "record 1 (r), ISBN: there is none"),
        (record(&numbered("02", "0306406153"), "", "", ""), "record 1 (r), ISBN: \"0306406153\""),
        (record("", &titled(" "), "", ""), "record 1 (r), title: is empty"),
        (record("", "<ProductForm>BB</ProductForm>", "", ""), "record 1 (r), title: there is none"),
        (record("", &titled(&"x".repeat(1001)), "", ""), "record 1 (r), title: title has 1001"),
        (record("", "", "", "<Stock><OnHand>1</OnHand></Stock>"), "record 1 (r), price: there is none"),
        (record("", "", "", &price.replace('5', "-5")), "record 1 (r), price: \"-5\""),
        (record("", "", "", &price.replace('5', "5.001")), "record 1 (r), price: \"5.001\""),
        (record("", "", "", &format!("{price}<Stock><OnHand>-1</OnHand></Stock>")), "record 1 (r), stock: \"-1\""),
        (record("", "", "", &format!("{price}{}", price.replace("EUR", "GBP"))), "record 1 (r), price: there are"),
        (
            record("", "", "", "").replace("<RecordReference>r", "<NotificationType>05</NotificationType><x>"),
            "record 1",
        ),
    ];
    for (file, expected) in cases {
        let told = bad(&file.replace("<x></RecordReference>", ""));
        assert!(told.starts_with(expected), "{expected}: {told}");
    }
}

#[test]
fn prices_of_other_currencies_are_left_out_where_one_is_named() {
    let price = |amount: &str, currency: &str| {
        format!("<Price><PriceAmount>{amount}</PriceAmount><CurrencyCode>{currency}</CurrencyCode></Price>")
    };
    let file = record("", "", "", &(price("5", "GBP") + &price("6.5", "EUR")));
    let cents = |currency| {
        let rows = read_as(file.as_bytes(), Some(currency));
        rows[0].as_ref().map(|book| book.fields.cost.map(wire::Money::cents)).map_err(Clone::clone)
    };
    assert_eq!((cents("eur"), cents("GBP")), (Ok(Some(650)), Ok(Some(500))));
    assert!(cents("USD").expect_err("none").contains("none in USD"));
}

#[test]
fn a_huge_field_is_shortened_or_named_and_one_without_end_does_not_fill_the_memory() {
    let text = |length: usize| {
        let words = "word ".repeat(length / 5);
        record("", "", &format!("<TextContent><TextType>03</TextType><Text>{words}</Text></TextContent>"), "")
    };
    let rows = read(&text(100_000));
    let description = rows[0].as_ref().expect("a good record").fields.description.as_deref().expect("there is one");
    assert!(description.len() <= 4000 && description.ends_with("word …"), "{}", description.len());
    let told = bad(&text(9_000_000));
    assert!(told.contains("more than 4 MiB"), "{told}");
    let deep = record("", "", &"<Subject>".repeat(1000), "");
    assert!(bad(&deep).contains("without end"));
}

#[test]
fn what_is_no_onix_of_ours_is_refused_in_words() {
    for (file, words) in [
        ("<html><body/></html>", "no ONIX message"),
        ("<ONIXMessage release=\"2.1\"></ONIXMessage>", "ONIX 2.1"),
        ("<", "after 0 bytes"),
        ("<?xml version=\"1.0\"?>", "no ONIX message"),
        ("<ONIXMessage release=\"3.0\"><Product></Header></ONIXMessage>", "Header"),
    ] {
        let told = bad(file);
        assert!(told.contains(words), "{file}: {told}");
    }
}
