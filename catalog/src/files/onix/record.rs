//! One record of ONIX as a book of ours. Numbers such as `01` are codes of ONIX's lists; which list is said beside them.

use super::super::{FiledBook, MOST_PLACE};
use super::{Element, languages, subjects, text};
use stock::Fields;
use stock::command::{MOST_DESCRIPTION, MOST_UNITS};
use wire::{Format, Isbn, Money, NotValid, Published};

type Wrong = (&'static str, String);

/// The book of a record.
///
/// # Errors
/// The field that is wrong or missing, and why.
pub(super) fn book(record: &Element, currency: Option<&str>) -> Result<FiledBook, Wrong> {
    // List 1.
    if record.says("NotificationType") == "05" {
        return Err(("NotificationType", "this record takes a book away, which an import does not".into()));
    }
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    let fields = Fields {
        isbn: Some(isbn(record)?),
        title: Some(title(record)?),
        authors: filled(authors(record)),
        year: first_published(record)?,
        language: filled(language(record)),
        topic: Some(subjects::topic(&record.at(&["DescriptiveDetail", "Subject"]))),
        cost: Some(price(record, currency)?),
        publisher: filled(publisher(record)),
        published: published(record, &["01"])?,
        format: form(record),
        description: filled(description(record)),
        cover: None,
    };
    fields.check()?;
    Ok(FiledBook { id: None, fields, units: stock(record)?, cover: cover(record) })
}

/// The first of `elements` whose code at `name` is the first of `codes` that any has.
fn by_code<'a>(elements: &[&'a Element], name: &'static str, codes: &[&str]) -> Option<&'a Element> {
    codes.iter().find_map(|code| elements.iter().find(|element| element.says(name) == *code)).copied()
}

fn wrong(field: &'static str, text: &str, why: &NotValid) -> Wrong {
    let shown: String = text.chars().take(100).collect();
    (field, format!("{shown:?}: {why}"))
}

fn isbn(record: &Element) -> Result<Isbn, Wrong> {
    let named: Vec<_> = record.all("ProductIdentifier").collect();
    // List 5: an ISBN of 13 digits, the number of a thing in trade, which an ISBN is too, an ISBN of 10.
    for kind in ["15", "03", "02"] {
        let Some(number) = by_code(&named, "ProductIDType", &[kind]).map(|number| number.says("IDValue")) else {
            continue;
        };
        if kind != "03" || number.starts_with("978") || number.starts_with("979") {
            return number.parse().map_err(|error| wrong("ISBN", number, &error));
        }
    }
    Err(("ISBN", "there is none (ProductIDType 15, 03 or 02), by which the book could be found again".into()))
}

fn title(record: &Element) -> Result<String, Wrong> {
    let titles = record.at(&["DescriptiveDetail", "TitleDetail"]);
    // List 15: the title on the book; list 149: of the book itself, not of its series.
    let title = by_code(&titles, "TitleType", &["01"]).or(titles.first().copied());
    let parts: Vec<_> = title.iter().flat_map(|title| title.all("TitleElement")).collect();
    let Some(part) = by_code(&parts, "TitleElementLevel", &["01"]).or(parts.first().copied()) else {
        return Err(("title", "there is none".into()));
    };
    let whole = match text::line(part.says("TitleText")) {
        whole if whole.is_empty() => {
            text::line(&format!("{} {}", part.says("TitlePrefix"), part.says("TitleWithoutPrefix")))
        }
        whole => whole,
    };
    if whole.is_empty() {
        return Err(("title", "is empty".into()));
    }
    let more = text::line(part.says("Subtitle"));
    Ok(if more.is_empty() { whole } else { format!("{whole}: {more}") })
}

/// Who wrote it, in the order of their numbers where they have some.
fn authors(record: &Element) -> String {
    let mut named: Vec<(u32, String)> = record
        .at(&["DescriptiveDetail", "Contributor"])
        .into_iter()
        // List 17. One may have several roles.
        .filter(|who| who.all("ContributorRole").any(|role| role.text.trim() == "A01"))
        .map(|who| (who.says("SequenceNumber").parse().unwrap_or(u32::MAX), name(who)))
        .filter(|(_, name)| !name.is_empty())
        .collect();
    named.sort_by_key(|(number, _)| *number);
    named.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join("; ")
}

fn name(who: &Element) -> String {
    let turned = || {
        let inverted = who.says("PersonNameInverted");
        inverted.split_once(',').map_or_else(|| inverted.to_owned(), |(last, first)| format!("{first} {last}"))
    };
    let parts = || format!("{} {} {}", who.says("NamesBeforeKey"), who.says("PrefixToKey"), who.says("KeyNames"));
    let ways: [&dyn Fn() -> String; 4] =
        [&|| who.says("PersonName").to_owned(), &parts, &turned, &|| who.says("CorporateName").to_owned()];
    // A semicolon is what stands between two authors.
    let named = ways.iter().map(|way| text::line(&way()).replace(';', ",")).find(|name| !name.is_empty());
    named.unwrap_or_default()
}

fn language(record: &Element) -> String {
    // List 22: of the text.
    let language = by_code(&record.at(&["DescriptiveDetail", "Language"]), "LanguageRole", &["01"]);
    language.map_or_else(String::new, |language| languages::of_onix(language.says("LanguageCode")))
}

fn form(record: &Element) -> Option<Format> {
    let form = record.at(&["DescriptiveDetail", "ProductForm"]);
    form.first().map(|form| Format::of_onix(&form.text))
}

fn publisher(record: &Element) -> String {
    let publishers = record.at(&["PublishingDetail", "Publisher"]);
    // List 45: the publisher, and no other who had a part in it.
    let publisher = by_code(&publishers, "PublishingRole", &["01"]).or(publishers.first().copied());
    publisher.map_or_else(String::new, |publisher| text::line(publisher.says("PublisherName")))
}

/// The date of the first of these roles of list 163 that there is.
fn published(record: &Element, roles: &[&str]) -> Result<Option<Published>, Wrong> {
    let dates = record.at(&["PublishingDetail", "PublishingDate"]);
    let date = by_code(&dates, "PublishingDateRole", roles).and_then(|date| date.all("Date").next());
    let Some(date) = date.filter(|date| !date.text.trim().is_empty()) else { return Ok(None) };
    day(date.text.trim()).map(Some).map_err(|error| wrong("PublishingDate", &date.text, &error))
}

/// A date of list 55, of which the longer forms begin like the shorter ones: `2024`, `202405`, `20240517T0900`.
fn day(text: &str) -> Result<Published, NotValid> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let date = match digits.len() {
        4 => digits,
        6 => format!("{}-{}", &digits[..4], &digits[4..]),
        8.. => format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..8]),
        _ => text.to_owned(),
    };
    // Some say January the first, or the 0th month, of a year of which they know no more.
    date.trim_end_matches("-00").parse()
}

/// The year in which it came out at all, where the record says so: in this language, or in that of its author.
fn first_published(record: &Element) -> Result<Option<i16>, Wrong> {
    Ok(published(record, &["20", "11"])?.and_then(|date| i16::try_from(date.year()).ok()))
}

fn description(record: &Element) -> String {
    let texts = record.at(&["CollateralDetail", "TextContent"]);
    // List 153: a description, or else a short one.
    let found = by_code(&texts, "TextType", &["03", "02"]);
    // As it is: a blank at the beginning may stand before a tag.
    let marked = found.and_then(|found| found.all("Text").next()).map_or("", |text| text.text.as_str());
    text::plain(marked, MOST_DESCRIPTION)
}

/// Where a picture of the front cover can be had.
fn cover(record: &Element) -> Option<String> {
    let offered = record.at(&["CollateralDetail", "SupportingResource"]);
    // List 158: the front cover; list 159: an image.
    let pictures = offered.into_iter().filter(|one| one.says("ResourceContentType") == "01");
    let mut pictures = pictures.filter(|one| matches!(one.says("ResourceMode"), "" | "03"));
    let link = pictures.find_map(|one| one.at(&["ResourceVersion", "ResourceLink"]).into_iter().next())?;
    Some(text::line(&link.text)).filter(|place| !place.is_empty() && place.len() <= MOST_PLACE)
}

/// What a customer pays: with tax rather than without, recommended rather than fixed.
fn price(record: &Element, currency: Option<&str>) -> Result<Money, Wrong> {
    let every = record.at(&["ProductSupply", "SupplyDetail", "Price"]);
    let wanted =
        |price: &&Element| currency.is_none_or(|wanted| price.says("CurrencyCode").eq_ignore_ascii_case(wanted));
    let prices: Vec<_> =
        every.iter().copied().filter(wanted).filter(|one| !one.says("PriceAmount").is_empty()).collect();
    let Some(first) = prices.first() else {
        let of = currency.map_or_else(String::new, |currency| format!(" in {currency}"));
        return Err(("price", format!("there is none{of}")));
    };
    if let Some(other) = prices.iter().find(|price| price.says("CurrencyCode") != first.says("CurrencyCode")) {
        let (one, other) = (first.says("CurrencyCode"), other.says("CurrencyCode"));
        return Err(("price", format!("there are prices in {one:.3} and {other:.3}: name one with --currency")));
    }
    // List 58.
    let price = by_code(&prices, "PriceType", &["02", "04", "42", "01", "03", "41"]).unwrap_or(first);
    let amount = price.says("PriceAmount");
    // More decimals than a coin has are allowed where they say nothing.
    let trimmed = match amount.split_once('.') {
        Some((_, cents)) if cents.len() > 2 => amount.trim_end_matches('0').trim_end_matches('.'),
        _ => amount,
    };
    trimmed.parse().map_err(|error| wrong("price", amount, &error))
}

/// What is on hand, at all who supply it together; nothing where nobody says.
fn stock(record: &Element) -> Result<Option<u64>, Wrong> {
    let mut units: Option<u64> = None;
    for stock in record.at(&["ProductSupply", "SupplyDetail", "Stock", "OnHand"]) {
        let text = stock.text.trim();
        let on_hand = text.parse::<u64>().ok().filter(|on_hand| *on_hand <= MOST_UNITS);
        let on_hand = on_hand.ok_or_else(|| wrong("stock", text, &NotValid("units are a whole number")))?;
        units = Some((units.unwrap_or(0) + on_hand).min(MOST_UNITS));
    }
    Ok(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_as_exactly_as_it_is_said() {
        for (text, date) in [
            ("2024", "2024"),
            ("202405", "2024-05"),
            ("20240517", "2024-05-17"),
            ("20240517T0900Z", "2024-05-17"),
            ("20240500", "2024-05"),
            ("20240000", "2024"),
        ] {
            assert_eq!(day(text).expect(text).to_string(), date);
        }
        for text in ["", "24", "May 2024", "20241317", "20240230", "2024Spring1"] {
            let read = day(text);
            assert!(read.is_err() || text == "2024Spring1", "{text}: {read:?}");
        }
    }
}
