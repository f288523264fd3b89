//! Where a cover of an import comes from: an address, `https://…`, or a file beside the file of books. For the process of an
//! operator alone: no replica ever fetches anything from anywhere.
//!
//! Addresses stand in files of others, so they must not lead into the operator's own network: what a name stands for is
//! looked up here, every address of it must be a public one, and the connection goes to the one that was looked at, whatever
//! the name stands for a moment later. The same holds wherever a redirection leads. What speaks TLS is `curl`, which building
//! the shop needs anyway.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::lookup_host;
use tokio::process::Command;
use url::{Host, Url};
use wire::Cover;

/// Redirections that are followed.
const MOST_HOPS: usize = 3;
/// How long one answer may take, and a connection.
const DEADLINE_S: &str = "20";
const CONNECT_S: &str = "5";
/// How long looking up a name may take.
const LOOKUP: Duration = Duration::from_secs(5);

/// A place that a file of books names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Address(Url),
    File(PathBuf),
}

impl Source {
    /// Reads what stands in a file of books that lies in `directory`.
    ///
    /// # Errors
    /// Where it is neither an address nor the name of a file beside it.
    pub(super) fn read(text: &str, directory: &Path) -> Result<Self, String> {
        if text.contains("://") {
            return Ok(Self::Address(sound(Url::parse(text).map_err(|error| error.to_string())?)?));
        }
        let path = Path::new(text);
        // What others wrote leads to nothing that is not beside what they wrote.
        if path.components().all(|part| matches!(part, Component::Normal(_))) && !text.is_empty() {
            return Ok(Self::File(directory.join(path)));
        }
        Err("write an address that begins with https://, or the name of a file beside this one".into())
    }

    /// The bytes that are there, never more than one above what a cover may have.
    ///
    /// # Errors
    /// Why they can't be had.
    pub(super) async fn fetched(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::File(path) => {
                // A link could lead out of the directory.
                let is_file = tokio::fs::symlink_metadata(path).await.map_err(|error| error.to_string())?.is_file();
                if !is_file {
                    return Err("this is no file".into());
                }
                bounded(tokio::fs::File::open(path).await.map_err(|error| error.to_string())?).await
            }
            Self::Address(url) => fetched(url.clone()).await,
        }
    }
}

async fn bounded(from: impl AsyncRead + Unpin) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let most = Cover::MOST_BYTES as u64 + 1;
    from.take(most).read_to_end(&mut bytes).await.map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// An address that may be asked at all.
fn sound(url: Url) -> Result<Url, String> {
    if url.scheme() != "https" {
        return Err("only addresses that begin with https:// are asked".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address with a name and a password is not asked".into());
    }
    if url.host().is_none() {
        return Err("the address names no host".into());
    }
    Ok(url)
}

async fn fetched(mut url: Url) -> Result<Vec<u8>, String> {
    for _ in 0..=MOST_HOPS {
        let address = public_address(&url).await?;
        match asked(&url, address).await? {
            Said::Bytes(bytes) => return Ok(bytes),
            Said::Elsewhere(next) => url = sound(Url::parse(&next).map_err(|error| error.to_string())?)?,
        }
    }
    Err("it leads on and on".into())
}

/// The first address of the host; all of them must be public.
async fn public_address(url: &Url) -> Result<IpAddr, String> {
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses: Vec<IpAddr> = match url.host() {
        Some(Host::Ipv4(address)) => vec![address.into()],
        Some(Host::Ipv6(address)) => vec![address.into()],
        Some(Host::Domain(name)) => {
            let found = tokio::time::timeout(LOOKUP, lookup_host((name, port))).await;
            let found = found.map_err(|_| format!("{name} could not be looked up in time"))?;
            found.map_err(|error| format!("{name}: {error}"))?.map(|address| address.ip()).collect()
        }
        None => Vec::new(),
    };
    if let Some(inside) = addresses.iter().find(|address| !is_public(**address)) {
        return Err(format!("{inside} is no address of the public network"));
    }
    addresses.first().copied().ok_or_else(|| "nobody is at this address".into())
}

enum Said {
    Bytes(Vec<u8>),
    Elsewhere(String),
}

/// Asks once, this machine and no other.
async fn asked(url: &Url, address: IpAddr) -> Result<Said, String> {
    let port = url.port_or_known_default().unwrap_or(443);
    let (host, most) = (url.host_str().unwrap_or_default(), Cover::MOST_BYTES.to_string());
    let address = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
    let mut curl = Command::new("curl");
    // First of all: nothing that stands in a file of somebody's own.
    curl.args(["-q", "--silent", "--show-error", "--proto", "=https", "--noproxy", "*", "--globoff"])
        .args(["--max-time", DEADLINE_S, "--connect-timeout", CONNECT_S, "--max-filesize", &most])
        .args(["--user-agent", "bookend"])
        .args(["--header", "Accept: image/webp, image/png, image/jpeg"])
        .args(["--write-out", "%{stderr}%{http_code} %{redirect_url}"]);
    if matches!(url.host(), Some(Host::Domain(_))) {
        // The address that was looked at, whatever the name stands for by now.
        curl.args(["--resolve", &format!("{host}:{port}:{address}")]);
    }
    curl.args(["--", url.as_str()]);
    let curl = curl.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn();
    let mut curl = curl.map_err(|error| format!("curl can't be started: {error}"))?;
    let (Some(out), Some(told)) = (curl.stdout.take(), curl.stderr.take()) else {
        return Err("curl can't be listened to".into());
    };
    let (bytes, told) = futures::try_join!(bounded(out), bounded(told))?;
    if bytes.len() > Cover::MOST_BYTES {
        // It is told what to do with it by whoever looks at the bytes; the rest is not waited for.
        return Ok(Said::Bytes(bytes));
    }
    let ended = curl.wait().await.map_err(|error| error.to_string())?;
    let told = String::from_utf8_lossy(&told);
    let last = told.lines().last().unwrap_or_default();
    let (status, next) = last.split_once(' ').unwrap_or((last, ""));
    match (ended.success(), status) {
        (false, _) => Err(told.lines().next().unwrap_or("curl failed").to_owned()),
        (true, "200") => Ok(Said::Bytes(bytes)),
        (true, "301" | "302" | "303" | "307" | "308") if !next.is_empty() => Ok(Said::Elsewhere(next.to_owned())),
        (true, status) => Err(format!("the answer is {status}")),
    }
}

/// Whether everybody's machines may have this address: not this machine, its network, or what is set apart.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// By the registry of special addresses (RFC 6890 and after it).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let apart = matches!((a, b, c), (0 | 10 | 127 | 224.., ..))
        || matches!(
            (a, b, c),
            (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) | (198, 18..=19, _)
        )
        || matches!((a, b, c), (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113));
    !apart
}

/// Global unicast alone, without what is set apart in it, and without what stands for an address of version 4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let apart = a == 0x2002 || a == 0x3fff && b < 0x1000 || a == 0x2001 && (b < 0x0200 || b == 0x0db8);
    a & 0xe000 == 0x2000 && !apart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_network_are_asked() {
        for inside in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().expect(inside)), "{inside}");
        }
        for outside in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(outside.parse().expect(outside)), "{outside}");
        }
    }

    #[test]
    fn a_source_is_an_address_of_https_or_a_file_beside_the_books() {
        let read = |text: &str| Source::read(text, Path::new("/books"));
        assert_eq!(read("covers/7.png"), Ok(Source::File("/books/covers/7.png".into())));
        assert!(matches!(read("https://pictures.example/7.png"), Ok(Source::Address(_))));
        for wrong in [
            "",
            "/etc/passwd",
            "../secret.png",
            "covers/../../secret.png",
            "http://pictures.example/7.png",
            "file:///etc/passwd",
            "ftp://pictures.example/7",
            "https://me:secret@pictures.example/7.png",
            "https://",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn nobody_is_connected_to_whose_address_is_not_public() {
        let here = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = here.local_addr().expect("an address").port();
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433"] {
            let source = Source::read(&format!("https://{host}:{port}/x.png"), Path::new("/")).expect(host);
            let why = source.fetched().await.expect_err(host);
            assert!(why.contains("is no address of the public network"), "{host}: {why}");
        }
        let none = tokio::time::timeout(Duration::from_millis(50), here.accept()).await;
        assert!(none.is_err(), "somebody connected");
    }
}
