//! HTTP as bytes: what no client would send, and whatever comes back.
//!
//! One connection an exchange, so that what one request breaks no other one meets.

use crate::Answer;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer that takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// The bytes of a request, with `Connection: close` and the length of its body.
pub fn request(method: &str, target: &[u8], headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut bytes = [method.as_bytes(), b" ", target, b" HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"].concat();
    for (name, value) in headers {
        bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    if !body.is_empty() {
        bytes.extend(format!("Content-Length: {}\r\n", body.len()).into_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

/// What a sender does when everything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It waits for its answer.
    Waits,
    /// It says that nothing more comes: whoever waits for the rest of a request need not.
    Ends,
}

/// Sends these bytes, and reads until the other side closes.
///
/// # Errors
/// What came instead of an answer: nothing at all, or something that is none.
pub async fn exchange(address: SocketAddr, request: &[u8], then: Then) -> Result<Answer, String> {
    let began = Instant::now();
    let stream = TcpStream::connect(address).await.map_err(|error| format!("not accepted: {error}"))?;
    let (mut reader, mut writer) = stream.into_split();
    let mut came = Vec::new();
    // Whoever refuses early need not read the rest, so writing may fail.
    let (read, ()) = tokio::join!(tokio::time::timeout(PATIENCE, reader.read_to_end(&mut came)), async {
        drop(tokio::time::timeout(PATIENCE, writer.write_all(request)).await);
        if then == Then::Ends {
            drop(writer.shutdown().await);
        }
    });
    match read {
        Err(_) => return Err(format!("nothing more after {PATIENCE:?}; came: {}", shown(&came))),
        // What came before the connection was reset may be a whole answer.
        Ok(_) if came.is_empty() => return Err("closed without an answer".into()),
        Ok(_) => (),
    }
    let (status, headers, body) = parse(&came).ok_or_else(|| format!("not HTTP: {}", shown(&came)))?;
    Ok(Answer { status, headers: Box::new(headers), length: body.len(), text: body, took: began.elapsed() })
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned()
}

fn parse(bytes: &[u8]) -> Option<(u16, HeaderMap, String)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 4..]);
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    if status < 200 {
        // "Go on": the answer proper follows.
        return parse(body);
    }
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        headers.append(name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value.trim()).ok()?);
    }
    let chunked = headers.get("transfer-encoding").is_some_and(|value| value == "chunked");
    // The answer to a HEAD announces a body that does not come.
    let body = if chunked && !body.is_empty() { unchunked(body)? } else { body.to_vec() };
    Some((status, headers, String::from_utf8_lossy(&body).into_owned()))
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        rest = &rest[line + 2..];
        if size == 0 {
            return Some(whole);
        }
        whole.extend(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}
