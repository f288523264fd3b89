//! What may be a cover: a whole PNG, JPEG or WebP of bounded size, as its bytes say. Pure.
//!
//! Nothing is unpacked: an image is walked through part by part to its end, which must be that of the file. So what was cut
//! off is refused, and so is what carries something else behind it. What a browser makes of the pixels is the browser's
//! business; it is told the kind, and to believe nothing else (`nosniff`).

use stock::command::Image;
use wire::Cover;
use wire::cover::{Media, hash_of};

/// Why something is no cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotACover {
    /// It has no bytes.
    #[error("there is nothing in it")]
    Empty,
    /// It has too many.
    #[error("it is larger than {} KiB", Cover::MOST_BYTES >> 10)]
    TooLarge,
    /// It begins as none of the kinds.
    #[error("it is neither PNG nor JPEG nor WebP")]
    OtherKind,
    /// It does not lead to its end.
    #[error("it is damaged or not whole")]
    NotWhole,
    /// Its sides are too long, or nothing.
    #[error("its sides are not 1 to {} pixels", Cover::MOST_SIDE)]
    Sides,
}

/// The cover that these bytes are.
///
/// # Errors
/// See [`NotACover`].
pub(crate) fn examined(bytes: Vec<u8>) -> Result<Image, NotACover> {
    if bytes.is_empty() {
        return Err(NotACover::Empty);
    }
    if bytes.len() > Cover::MOST_BYTES {
        return Err(NotACover::TooLarge);
    }
    let media = Media::of(&bytes).ok_or(NotACover::OtherKind)?;
    let sides = match media {
        Media::Png => png(&bytes),
        Media::Jpeg => jpeg(&bytes),
        Media::Webp => webp(&bytes),
    };
    let (width, height) = sides.ok_or(NotACover::NotWhole)?;
    let side = |pixels: u32| u16::try_from(pixels).ok().filter(|side| (1..=Cover::MOST_SIDE).contains(side));
    let (width, height) = side(width).zip(side(height)).ok_or(NotACover::Sides)?;
    Ok(Image { cover: Cover { hash: hash_of(&bytes), media, width, height }, bytes: bytes.into() })
}

/// Width and height, in pixels.
type Sides = (u32, u32);

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Chunks of length, name, content and sum, from `IHDR` to `IEND` (PNG, third edition, 5.3 and 11.2).
fn png(bytes: &[u8]) -> Option<Sides> {
    let (mut at, mut sides, mut pixels) = (8, None, false);
    loop {
        let length = usize::try_from(u32_at(bytes, at)?).ok()?;
        let name = bytes.get(at + 4..at + 8)?;
        let next = at.checked_add(length)?.checked_add(12)?;
        let content = bytes.get(at + 8..next - 4)?;
        bytes.get(next - 4..next)?;
        match (name, sides) {
            (b"IHDR", None) if length == 13 => sides = Some((u32_at(content, 0)?, u32_at(content, 4)?)),
            (b"IHDR", _) | (_, None) => return None,
            (b"IDAT", _) => pixels = true,
            (b"IEND", _) => return sides.filter(|_| pixels && length == 0 && next == bytes.len()),
            _ => (),
        }
        at = next;
    }
}

/// Segments to the first scan, one of which has the sides (ITU T.81, B.1 and B.2); the scans end with the file.
fn jpeg(bytes: &[u8]) -> Option<Sides> {
    if !bytes.ends_with(b"\xff\xd9") {
        return None;
    }
    let (mut at, mut sides) = (2, None);
    loop {
        let (0xff, marker) = (*bytes.get(at)?, *bytes.get(at + 1)?) else { return None };
        if marker == 0xff {
            // One more may stand before any marker.
            at += 1;
            continue;
        }
        let length = usize::from(u16::from_be_bytes(*bytes.get(at + 2..)?.first_chunk()?));
        let content = bytes.get(at + 4..at + 2 + length.max(2))?;
        match marker {
            // A frame of any kind: C4, C8 and CC are none.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let side = |at: usize| Some(u32::from(u16::from_be_bytes(*content.get(at..)?.first_chunk()?)));
                sides = Some((side(3)?, side(1)?));
            }
            // The first scan: what follows is its pixels, up to the end that was looked at.
            0xda => return sides,
            // Markers without a content, and an end before any pixel.
            0x00 | 0x01 | 0xd0..=0xd9 => return None,
            _ => (),
        }
        at += 2 + length.max(2);
    }
}

/// A RIFF file of exactly its length, whose first chunk says the sides (RFC 9649, 2.4 to 2.7).
fn webp(bytes: &[u8]) -> Option<Sides> {
    let little = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let three = |at: usize| little(at).map(|number| number & 0xff_ffff);
    if usize::try_from(little(4)?).ok()?.checked_add(8)? != bytes.len() {
        return None;
    }
    let sides = match bytes.get(12..16)? {
        b"VP8 " if bytes.get(23..26)? == b"\x9d\x01\x2a" => {
            let both = little(26)?;
            (both & 0x3fff, both >> 16 & 0x3fff)
        }
        b"VP8L" if *bytes.get(20)? == 0x2f => {
            let both = little(21)?;
            ((both & 0x3fff) + 1, (both >> 14 & 0x3fff) + 1)
        }
        b"VP8X" => (three(24)? + 1, three(26).and(three(27))? + 1),
        _ => return None,
    };
    let (mut at, mut pixels) = (12, false);
    while at < bytes.len() {
        pixels |= matches!(bytes.get(at..at + 4)?, b"VP8 " | b"VP8L" | b"ANMF");
        let length = usize::try_from(little(at + 4)?).ok()?;
        // Chunks begin at even places.
        at = at.checked_add(8)?.checked_add(length)?.checked_add(length % 2)?;
    }
    (pixels && at == bytes.len()).then_some(sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).expect("short");
        [&length.to_be_bytes()[..], name, content, b"sum."].concat()
    }

    fn a_png(width: u32, height: u32) -> Vec<u8> {
        let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &head), &chunk(b"IDAT", b"pixels"), &chunk(b"IEND", b"")].concat()
    }

    fn a_jpeg(width: u16, height: u16) -> Vec<u8> {
        let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
        let frame = [&b"\xff\xc0\x00\x0b\x08"[..], &height, &width, b"\x01\x01\x11\x00"].concat();
        let scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00pixels\xff\xd9";
        [&b"\xff\xd8\xff\xe0\x00\x04ab"[..], b"\xff", &frame, scan].concat()
    }

    fn a_webp(chunks: &[(&[u8], &[u8])]) -> Vec<u8> {
        let chunks = chunks.iter().flat_map(|(name, content)| {
            let padding: &[u8] = if content.len() % 2 == 1 { b"\0" } else { b"" };
            let length = u32::try_from(content.len()).expect("short").to_le_bytes();
            [name, &length[..], content, padding].concat()
        });
        let body: Vec<u8> = b"WEBP".iter().copied().chain(chunks).collect();
        let length = u32::try_from(body.len()).expect("short").to_le_bytes();
        [&b"RIFF"[..], &length, &body].concat()
    }

    fn samples() -> Vec<(Vec<u8>, (u16, u16))> {
        let lossless = (640 - 1) | (960 - 1) << 14_u32;
        let lossless = [&b"\x2f"[..], &u32::to_le_bytes(lossless), b"pixels!"].concat();
        let extended = [&b"\0\0\0\0"[..], &639_u32.to_le_bytes()[..3], &959_u32.to_le_bytes()[..3]].concat();
        let lossy = b"\0\0\0\x9d\x01\x2a\x80\x02\xc0\x03pixels";
        vec![
            (a_png(640, 960), (640, 960)),
            (a_jpeg(640, 960), (640, 960)),
            (a_webp(&[(b"VP8L", &lossless)]), (640, 960)),
            (a_webp(&[(b"VP8 ", lossy)]), (640, 960)),
            (a_webp(&[(b"VP8X", &extended), (b"VP8L", &lossless)]), (640, 960)),
        ]
    }

    #[test]
    fn a_whole_image_of_each_kind_is_a_cover_with_its_sides() {
        for (bytes, sides) in samples() {
            let image = examined(bytes.clone()).unwrap_or_else(|why| panic!("{why}: {bytes:02x?}"));
            assert_eq!((image.cover.width, image.cover.height), sides, "{bytes:02x?}");
            assert_eq!((image.cover.hash, &*image.bytes), (hash_of(&bytes), &*bytes));
        }
    }

    #[test]
    fn what_is_cut_off_anywhere_or_carries_something_behind_its_end_is_no_cover() {
        for (bytes, _) in samples() {
            for end in 0..bytes.len() {
                assert!(examined(bytes[..end].to_vec()).is_err(), "{end} bytes of {bytes:02x?}");
            }
            let more = [&bytes[..], b"<script>alert(1)</script>"].concat();
            assert_eq!(examined(more), Err(NotACover::NotWhole), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_is_too_large_or_of_another_kind_is_no_cover() {
        assert_eq!(examined(Vec::new()), Err(NotACover::Empty));
        assert_eq!(examined(vec![0; Cover::MOST_BYTES + 1]), Err(NotACover::TooLarge));
        assert_eq!(examined(a_png(4096, 4097)), Err(NotACover::Sides));
        assert_eq!(examined(a_png(u32::MAX, 1)), Err(NotACover::Sides));
        assert_eq!(examined(a_jpeg(0, 1)), Err(NotACover::Sides));
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
        for other in [&svg[..], b"GIF89a\x01\x00\x01\x00", b"%PDF-1.7", b"<html>", b"\0"] {
            assert_eq!(examined(other.to_vec()), Err(NotACover::OtherKind));
        }
    }

    #[test]
    fn no_bytes_whatever_bring_the_walk_down() {
        let mut state = 1_u64;
        for (bytes, _) in samples() {
            for _ in 0..20_000 {
                let mut changed = bytes.clone();
                for _ in 0..3 {
                    // Xorshift: any numbers do, and these are the same in each run.
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    let (at, to) = ((state >> 8) as usize % changed.len(), state.to_le_bytes()[0]);
                    changed[at] = to;
                }
                let _ = examined(changed);
            }
        }
    }
}
