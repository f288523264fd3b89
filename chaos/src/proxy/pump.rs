//! What goes over one connection: both directions, with whatever trouble there is at the moment.

use super::Weather;
use crate::fault::Trouble;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

/// Bytes that are under way in one direction, at most; what does not fit waits at its sender.
const BUFFER: usize = 16 * 1024;

/// Which way bytes go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Requests,
    Answers,
}

/// How a connection ends before both sides have said goodbye.
enum Broken {
    /// Both sides see a reset.
    Cut,
    /// Only the called side does.
    HalfOpen,
}

/// Carries both directions to their ends, or until the link breaks.
pub(super) async fn carry(mut caller: TcpStream, mut server: TcpStream, weather: Weather, carried: &AtomicU64) {
    let broken = {
        let ((asked, answer), (answered, ask)) = (caller.split(), server.split());
        let requests = pump(asked, ask, Way::Requests, weather.clone(), carried);
        let answers = pump(answered, answer, Way::Answers, weather.clone(), carried);
        tokio::select! {
            // An end of one direction is carried over; only both ends are the end, and an error is the end of both.
            both = async { tokio::try_join!(requests, answers) } => match both {
                Ok(_) => return,
                Err(_) => Broken::Cut,
            },
            broken = breaks(weather.clone()) => broken,
        }
    };
    reset(server);
    match broken {
        Broken::Cut => reset(caller),
        Broken::HalfOpen => swallow(caller, weather).await,
    }
}

/// Waits until the link breaks in a way that ends connections.
async fn breaks(mut weather: Weather) -> Broken {
    let ends = |trouble: &Option<Trouble>| matches!(trouble, Some(Trouble::Cut | Trouble::HalfOpen));
    match weather.wait_for(ends).await.map(|trouble| *trouble) {
        Ok(Some(Trouble::HalfOpen)) => Broken::HalfOpen,
        _ => Broken::Cut,
    }
}

/// Reads what comes and answers nothing, until the link is mended: then the caller sees a reset.
pub(super) async fn swallow(mut caller: TcpStream, mut weather: Weather) {
    let mut nowhere = vec![0; BUFFER];
    loop {
        tokio::select! {
            over = weather.wait_for(|trouble| *trouble != Some(Trouble::HalfOpen)) => {
                drop(over);
                return reset(caller);
            }
            read = caller.read(&mut nowhere) => if !matches!(read, Ok(1..)) { return },
        }
    }
}

/// Closes so that the other side sees a reset.
pub(super) fn reset(stream: TcpStream) {
    // Where it can't be set it is closed in the usual way, which ends the connection too.
    let _ = stream.set_zero_linger();
    drop(stream);
}

async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    way: Way,
    mut weather: Weather,
    carried: &AtomicU64,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = from.read(&mut buffer).await?;
        let passes = weather.wait_for(|trouble| passes(*trouble, way)).await;
        let delay = passes.map_or(Duration::ZERO, |trouble| delay(*trouble));
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
        carried.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
    }
}

fn passes(trouble: Option<Trouble>, way: Way) -> bool {
    match trouble {
        None | Some(Trouble::Slow { .. }) => true,
        // What is read from now on belongs to a connection that is about to end.
        Some(Trouble::Blackhole | Trouble::Cut | Trouble::HalfOpen) => false,
        Some(Trouble::AnswersHeld) => way == Way::Requests,
        Some(Trouble::RequestsHeld) => way == Way::Answers,
    }
}

fn delay(trouble: Option<Trouble>) -> Duration {
    match trouble {
        Some(Trouble::Slow { ms, jitter_ms }) => {
            Duration::from_millis(u64::from(ms) + u64::from(rand::random::<u16>() % (jitter_ms + 1)))
        }
        _ => Duration::ZERO,
    }
}
