//! The step in front of a frontend's door: everything goes through it, and one kind of request is held there until a test lets
//! it in. So something can happen while that request is on its way, and not a moment before or after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc, oneshot};

/// What is passed on at once, in bytes: a request's head is in one piece.
const PIECE: usize = 64 * 1024;

/// An address that leads to a frontend.
#[derive(Debug)]
pub struct Doorstep {
    url: String,
    waiting: Mutex<mpsc::UnboundedReceiver<Held>>,
}

/// A request that waits at the door.
#[derive(Debug)]
pub struct Held {
    lets_in: oneshot::Sender<()>,
    answered: Arc<AtomicBool>,
}

/// A request that is inside.
#[derive(Debug)]
pub struct Inside {
    answered: Arc<AtomicBool>,
}

impl Doorstep {
    /// In front of the frontend at this address, where requests are held that begin like this, such as `POST /checkout `.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn of(frontend: &str, begin: &'static str) -> Self {
        let inside = frontend.strip_prefix("http://").expect("the address of a frontend").to_owned();
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", door.local_addr().expect("it is bound"));
        let (held, waiting) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((guest, _)) = door.accept().await {
                let Ok(host) = TcpStream::connect(&inside).await else { continue };
                let ((asks, hears), (answers, takes)) = (guest.into_split(), host.into_split());
                let answered = Arc::new(AtomicBool::new(false));
                tokio::spawn(goes_in(asks, takes, begin, held.clone(), answered.clone()));
                tokio::spawn(comes_out(answers, hears, answered));
            }
        });
        Self { url, waiting: Mutex::new(waiting) }
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits until such a request is at the door.
    ///
    /// # Panics
    /// When the door is gone.
    pub async fn comes(&self) -> Held {
        self.waiting.lock().await.recv().await.expect("the door is there as long as its step")
    }
}

impl Held {
    /// Lets it in.
    pub fn goes_in(self) -> Inside {
        // Whoever asked may have gone away.
        let _ = self.lets_in.send(());
        Inside { answered: self.answered }
    }
}

impl Inside {
    /// Whether any of its answer has come out.
    pub fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Acquire)
    }
}

async fn goes_in(
    mut asks: OwnedReadHalf,
    mut takes: OwnedWriteHalf,
    begin: &str,
    held: mpsc::UnboundedSender<Held>,
    answered: Arc<AtomicBool>,
) {
    let mut piece = vec![0; PIECE];
    while let Ok(length @ 1..) = asks.read(&mut piece).await {
        if piece[..length].starts_with(begin.as_bytes()) {
            let (lets_in, waits) = oneshot::channel();
            answered.store(false, Ordering::Release);
            // A test that is over lets everybody in.
            if held.send(Held { lets_in, answered: answered.clone() }).is_ok() {
                let _ = waits.await;
            }
        }
        if takes.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

async fn comes_out(mut answers: OwnedReadHalf, mut hears: OwnedWriteHalf, answered: Arc<AtomicBool>) {
    let mut piece = vec![0; PIECE];
    while let Ok(length @ 1..) = answers.read(&mut piece).await {
        answered.store(true, Ordering::Release);
        if hears.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
