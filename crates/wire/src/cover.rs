//! The cover that a book has of its own, as it is told: which image, not its bytes.

use journal::Hash;
use serde::{Deserialize, Deserializer, Serialize, de};

/// A kind of image that a cover may be. What holds a script, as SVG may, is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    /// Portable Network Graphics.
    Png,
    /// JPEG in JFIF or Exif.
    Jpeg,
    /// WebP.
    Webp,
}

impl Media {
    /// The kind that the bytes begin as, whatever anybody calls it.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::Webp)
        } else {
            None
        }
    }

    /// The end of a file's name: `png`.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
        }
    }

    /// The media type: `image/png`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

/// An image. Its hash is its name: other bytes are another cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cover {
    /// BLAKE3 of its bytes.
    pub hash: Hash,
    /// What kind of image it is.
    pub media: Media,
    /// Pixels from left to right, 1 to [`Cover::MOST_SIDE`].
    #[serde(deserialize_with = "side")]
    pub width: u16,
    /// Pixels from top to bottom, as many.
    #[serde(deserialize_with = "side")]
    pub height: u16,
}

impl Cover {
    /// The most bytes of an image.
    pub const MOST_BYTES: usize = 512 << 10;
    /// The most pixels of a side: what a browser unpacks of one is at most 64 MiB.
    pub const MOST_SIDE: u16 = 4096;
}

/// The hash of an image's bytes.
///
/// # Panics
/// Never: a hash is written in as many digits as one is read from.
pub fn hash_of(bytes: &[u8]) -> Hash {
    blake3::hash(bytes).to_hex().parse().expect("64 digits")
}

fn side<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    match u16::deserialize(from)? {
        side @ 1..=Cover::MOST_SIDE => Ok(side),
        side => Err(de::Error::custom(format!("{side} pixels are no side of a cover: 1 to {}", Cover::MOST_SIDE))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_is_told_by_its_hash_and_one_of_no_size_is_read_by_nobody() {
        let cover = Cover { hash: hash_of(b"x"), media: Media::Webp, width: 640, height: 4096 };
        let told = serde_json::to_string(&cover).expect("JSON");
        assert!(told.ends_with(r#""media":"webp","width":640,"height":4096}"#), "{told}");
        assert_eq!(serde_json::from_str::<Cover>(&told).expect("a cover"), cover);
        for (from, to) in [("640", "0"), ("4096", "4097"), ("webp", "svg"), ("\"hash\":\"", "\"hash\":\"0")] {
            assert!(serde_json::from_str::<Cover>(&told.replace(from, to)).is_err(), "{to}");
        }
    }

    #[test]
    fn a_kind_is_what_the_bytes_begin_as() {
        assert_eq!(Media::of(b"\x89PNG\r\n\x1a\n..."), Some(Media::Png));
        assert_eq!(Media::of(b"RIFF\0\0\0\0WEBPVP8 "), Some(Media::Webp));
        assert_eq!(Media::of(b"\xff\xd8\xff\xe0"), Some(Media::Jpeg));
        for other in
            [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"GIF89a", b"RIFF\0\0\0\0WAVE", b"", b"\xff\xd8"]
        {
            assert_eq!(Media::of(other), None);
        }
    }
}
