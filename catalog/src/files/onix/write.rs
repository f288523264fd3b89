//! A message of ONIX 3.0 from books of ours, with reference names, for `catalog generate`.

use super::super::FiledBook;
use super::languages;
use quick_xml::escape::escape;
use std::io::{self, Write};

/// What a message begins with.
pub(in super::super) fn begin(to: &mut impl Write) -> io::Result<()> {
    to.write_all(
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
          <ONIXMessage release=\"3.0\" xmlns=\"http://ns.editeur.org/onix/3.0/reference\">\n\
          <Header><Sender><SenderName>Bookend</SenderName></Sender><SentDateTime>20250101</SentDateTime></Header>\n",
    )
}

/// What it ends with.
pub(in super::super) fn end(to: &mut impl Write) -> io::Result<()> {
    to.write_all(b"</ONIXMessage>\n")
}

/// One record. `currency` is that of the price, as ISO 4217 has it.
pub(in super::super) fn record(to: &mut impl Write, number: u64, book: &FiledBook, currency: &str) -> io::Result<()> {
    write!(to, "<Product><RecordReference>bookend.{number}</RecordReference><NotificationType>03</NotificationType>")?;
    if let Some(isbn) = book.fields.isbn {
        write!(
            to,
            "<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{isbn}</IDValue></ProductIdentifier>"
        )?;
    }
    descriptive(to, book)?;
    if let Some(text) = &book.fields.description {
        to.write_all(b"<CollateralDetail><TextContent><TextType>03</TextType><ContentAudience>00</ContentAudience>")?;
        to.write_all(b"<Text textformat=\"05\">")?;
        for line in text.lines() {
            write!(to, "<p>{}</p>", escape(line))?;
        }
        to.write_all(b"</Text></TextContent></CollateralDetail>")?;
    }
    publishing(to, book)?;
    supply(to, book, currency)?;
    to.write_all(b"</Product>\n")
}

fn leaf(to: &mut impl Write, name: &str, text: &str) -> io::Result<()> {
    write!(to, "<{name}>{}</{name}>", escape(text))
}

fn descriptive(to: &mut impl Write, book: &FiledBook) -> io::Result<()> {
    let fields = &book.fields;
    to.write_all(b"<DescriptiveDetail><ProductComposition>00</ProductComposition>")?;
    if let Some(format) = fields.format {
        leaf(to, "ProductForm", format.onix())?;
    }
    to.write_all(b"<TitleDetail><TitleType>01</TitleType><TitleElement><TitleElementLevel>01</TitleElementLevel>")?;
    leaf(to, "TitleText", fields.title.as_deref().unwrap_or_default())?;
    to.write_all(b"</TitleElement></TitleDetail>")?;
    let authors = fields.authors.as_deref().unwrap_or_default().split(';').map(str::trim);
    for (number, author) in (1..).zip(authors.filter(|author| !author.is_empty())) {
        write!(to, "<Contributor><SequenceNumber>{number}</SequenceNumber><ContributorRole>A01</ContributorRole>")?;
        leaf(to, "PersonName", author)?;
        to.write_all(b"</Contributor>")?;
    }
    if let Some(language) = &fields.language {
        to.write_all(b"<Language><LanguageRole>01</LanguageRole>")?;
        leaf(to, "LanguageCode", languages::to_onix(language))?;
        to.write_all(b"</Language>")?;
    }
    if let Some(topic) = &fields.topic {
        // List 27: a scheme of the sender's own.
        to.write_all(b"<Subject><MainSubject/><SubjectSchemeIdentifier>24</SubjectSchemeIdentifier>")?;
        leaf(to, "SubjectSchemeName", "Bookend topics")?;
        leaf(to, "SubjectHeadingText", topic)?;
        to.write_all(b"</Subject>")?;
    }
    to.write_all(b"</DescriptiveDetail>")
}

fn publishing(to: &mut impl Write, book: &FiledBook) -> io::Result<()> {
    to.write_all(b"<PublishingDetail>")?;
    if let Some(publisher) = &book.fields.publisher {
        to.write_all(b"<Publisher><PublishingRole>01</PublishingRole>")?;
        leaf(to, "PublisherName", publisher)?;
        to.write_all(b"</Publisher>")?;
    }
    let date = book.fields.published.map(|date| date.to_string().replace('-', ""));
    let year = book.fields.year.filter(|year| *year >= 1000).map(|year| year.to_string());
    for (role, date) in [("01", date), ("11", year)] {
        let Some(date) = date else { continue };
        let form = match date.len() {
            4 => "05",
            6 => "01",
            _ => "00",
        };
        write!(to, "<PublishingDate><PublishingDateRole>{role}</PublishingDateRole>")?;
        write!(to, "<Date dateformat=\"{form}\">{date}</Date></PublishingDate>")?;
    }
    to.write_all(b"</PublishingDetail>")
}

fn supply(to: &mut impl Write, book: &FiledBook, currency: &str) -> io::Result<()> {
    to.write_all(b"<ProductSupply><SupplyDetail><Supplier><SupplierRole>00</SupplierRole></Supplier>")?;
    to.write_all(b"<ProductAvailability>21</ProductAvailability>")?;
    if let Some(units) = book.units {
        write!(to, "<Stock><OnHand>{units}</OnHand></Stock>")?;
    }
    if let Some(price) = book.fields.cost {
        write!(to, "<Price><PriceType>02</PriceType><PriceAmount>{price}</PriceAmount>")?;
        leaf(to, "CurrencyCode", currency)?;
        to.write_all(b"</Price>")?;
    }
    to.write_all(b"</SupplyDetail></ProductSupply>")
}
