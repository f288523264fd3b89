//! ONIX 3.0: what publishers send of their books, as XML, read a record at a time. Source: ONIX for Books 3.0, Editeur.
//!
//! `tags` has the names of what is read, `record` one record, `text` what is left of marked-up text, `subjects` and
//! `languages` the trade's codes in our words, `write` the way back.

mod languages;
mod record;
mod subjects;
mod tags;
mod text;
pub(super) mod write;

use super::bounded::Bounded;
use super::{At, Found};
use quick_xml::encoding::DecodingReader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader};
use std::io::BufRead;

/// An element that is read; what stands in elements that are not known is left out.
#[derive(Debug, Default)]
struct Element {
    /// Its reference name.
    name: &'static str,
    text: String,
    inside: Vec<Element>,
}

impl Element {
    /// The elements of this name in it.
    fn all<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a Element> {
        self.inside.iter().filter(move |element| element.name == name)
    }

    /// The elements at this path below it.
    fn at<'a>(&'a self, path: &'static [&'static str]) -> Vec<&'a Element> {
        let below =
            |found: Vec<&'a Element>, name: &&'static str| found.into_iter().flat_map(|e| e.all(name)).collect();
        path.iter().fold(vec![self], below)
    }

    /// The text of the first element of this name, without blanks around it; empty where there is none.
    fn says(&self, name: &'static str) -> &str {
        self.all(name).next().map_or("", |element| element.text.trim())
    }
}

/// Deeper than any record goes.
const DEEPEST: usize = 16;

/// The records of a message.
pub(super) struct Records<R: BufRead> {
    reader: Reader<DecodingReader<Bounded<R>>>,
    buffer: Vec<u8>,
    currency: Option<String>,
    number: u64,
    /// Whether nothing was read yet: only there may the encoding be named.
    fresh: bool,
    /// Whether the message has begun.
    begun: bool,
    /// Whether it has ended, or can't be read any further.
    over: bool,
}

/// What stops the reading of a message, or of a record.
enum Stop {
    /// This record can't be taken; the next one may be.
    Record(String),
    /// The file can't be read any further.
    File(String),
}

impl<R: BufRead> Records<R> {
    /// Of the prices, those in `currency` are taken, where one is named.
    pub(super) fn new(file: R, currency: Option<String>) -> Self {
        let mut reader = Reader::from_reader(DecodingReader::new(Bounded::new(file)));
        reader.config_mut().check_end_names = true;
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), currency, number: 0, fresh: true, begun: false, over: false }
    }

    /// How far the file has been read, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.reader.get_ref().get_ref().bytes()
    }

    /// The next record; none at the end of the message.
    fn record(&mut self) -> Result<Option<Element>, Stop> {
        loop {
            self.reader.get_mut().get_mut().next_book();
            self.buffer.clear();
            let position = self.reader.buffer_position();
            let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| unreadable(&error, position))?;
            let fresh = std::mem::take(&mut self.fresh);
            match event {
                Event::Decl(declared) if fresh => {
                    let encoding = declared.encoder();
                    let named = declared.encoding().is_some();
                    let length = declared.len();
                    self.encoded(encoding.filter(|_| length < LONGEST_DECLARATION), named)?;
                }
                Event::Decl(_) => return Err(Stop::File("an XML declaration in the middle of the file".into())),
                Event::DocType(declared) => declaration(&declared)?,
                Event::Start(tag) => match tags::known(tag.local_name().as_ref()) {
                    Some("ONIXMessage") if !self.begun => {
                        release(&tag)?;
                        self.begun = true;
                    }
                    Some("Product") if self.begun => {
                        self.number += 1;
                        return self.element("Product").map(Some);
                    }
                    _ if self.begun => self.skipped()?,
                    _ => return Err(Stop::File("this XML is no ONIX message".into())),
                },
                Event::End(_) => {
                    self.over = true;
                    return Ok(None);
                }
                Event::Eof if !self.begun => return Err(Stop::File("there is no ONIX message in this file".into())),
                Event::Eof => return Err(Stop::File("the file ends before its message does: it was cut off".into())),
                _ => (),
            }
        }
    }

    /// What the file is written in, as its first line says.
    fn encoded(&mut self, encoding: Option<&'static encoding_rs::Encoding>, named: bool) -> Result<(), Stop> {
        let decoder = self.reader.get_mut();
        match encoding {
            // A mark at the beginning of a file in two bytes a character has said so already.
            Some(_) if decoder.encoding() != encoding_rs::UTF_8 => Ok(()),
            Some(encoding) if encoding.is_ascii_compatible() => {
                decoder.set_encoding(encoding);
                Ok(())
            }
            None if !named => Ok(()),
            _ => Err(Stop::File("the encoding that the file names is not known; save it as UTF-8".into())),
        }
    }

    /// Leaves out an element that has just begun.
    fn skipped(&mut self) -> Result<(), Stop> {
        let mut depth = 1_u64;
        while depth > 0 {
            self.buffer.clear();
            let position = self.reader.buffer_position();
            match self.reader.read_event_into(&mut self.buffer).map_err(|error| unreadable(&error, position))? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(cut_off()),
                _ => (),
            }
        }
        Ok(())
    }

    /// Reads the rest of an element that has just begun.
    fn element(&mut self, name: &'static str) -> Result<Element, Stop> {
        let mut above: Vec<Element> = Vec::new();
        let mut here = Element { name, ..Element::default() };
        // How deep in markup that stands in a text.
        let mut markup = 0_usize;
        let mut wrong = None;
        loop {
            self.buffer.clear();
            let position = self.reader.buffer_position();
            match self.reader.read_event_into(&mut self.buffer).map_err(|error| unreadable(&error, position))? {
                Event::Start(tag) if here.name == "Text" => {
                    markup += 1;
                    text::open(&mut here.text, tag.local_name().as_ref());
                }
                Event::End(tag) if markup > 0 => {
                    markup -= 1;
                    text::close(&mut here.text, tag.local_name().as_ref());
                }
                Event::Start(tag) => match tags::known(tag.local_name().as_ref()) {
                    Some(_) if above.len() >= DEEPEST => {
                        return Err(Stop::File("elements in elements without end".into()));
                    }
                    Some(name) => {
                        let next = Element { name, ..Element::default() };
                        above.push(std::mem::replace(&mut here, next));
                    }
                    None => self.skipped()?,
                },
                Event::End(_) => match above.pop() {
                    Some(mut parent) => {
                        std::mem::swap(&mut parent, &mut here);
                        here.inside.push(parent);
                    }
                    None => return wrong.map_or(Ok(here), |why| Err(Stop::Record(why))),
                },
                Event::Text(piece) => here.text.push_str(&piece),
                Event::CData(piece) => here.text.push_str(&piece),
                Event::GeneralRef(entity) => match entity.resolve_char_ref() {
                    Ok(Some(letter)) => here.text.push(letter),
                    // Those of HTML too: senders forget that XML has only five.
                    Ok(None) if let Some(letters) = resolve_html5_entity(&entity) => here.text.push_str(letters),
                    _ => wrong = Some(format!("&{}; is no character", entity.chars().take(40).collect::<String>())),
                },
                Event::Eof => return Err(cut_off()),
                Event::DocType(declared) => declaration(&declared)?,
                _ => (),
            }
        }
    }
}

/// Longer than any declaration is, and less than what is read before it is known what the file is written in.
const LONGEST_DECLARATION: usize = 100;

impl<R: BufRead> Iterator for Records<R> {
    type Item = (At, Found);

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let record = self.record();
        let at = |name: &str| At::Record(self.number, name.chars().take(60).collect());
        match record {
            Ok(None) => None,
            Ok(Some(record)) => {
                let found = record::book(&record, self.currency.as_deref());
                Some((at(record.says("RecordReference")), found.map_err(|(field, why)| (Some(field.to_owned()), why))))
            }
            Err(Stop::Record(why)) => Some((at(""), Err((None, why)))),
            Err(Stop::File(why)) => {
                self.over = true;
                Some((at(""), Err((None, why))))
            }
        }
    }
}

fn cut_off() -> Stop {
    Stop::File("the file ends within this record: it was cut off".into())
}

fn unreadable(error: &Error, position: u64) -> Stop {
    Stop::File(format!("after {position} bytes: {error}"))
}

/// A message may name the rules that it follows. They are not read; and who declares entities of his own wants them
/// expanded, which can be made to take all memory.
fn declaration(declared: &str) -> Result<(), Stop> {
    if declared.contains('[') || declared.to_ascii_uppercase().contains("<!ENTITY") {
        return Err(Stop::File("it declares entities of its own, which are not read".into()));
    }
    Ok(())
}

fn release(message: &BytesStart<'_>) -> Result<(), Stop> {
    let release = match message.try_get_attribute("release") {
        Ok(Some(release)) if !release.value.starts_with('3') => release.value.chars().take(20).collect::<String>(),
        _ => return Ok(()),
    };
    Err(Stop::File(format!("this is ONIX {release}; only releases 3.0 and above are read")))
}

#[cfg(test)]
mod tests;
