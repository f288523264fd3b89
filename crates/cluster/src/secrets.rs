//! What the processes of one cluster know and nobody else: its id and its token.
//!
//! All processes of a new cluster start at the same moment and each may find both files missing. So a
//! file is written in full under a name of its own and then *linked* to the name that counts, which
//! succeeds for exactly one of them; all of them read what is there afterwards. Comparing a token
//! that a caller sent is not done here, because it has to take the same time for every wrong one.

use std::fmt::{self, Write as _};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

const ID_FILE: &str = "cluster.id";
const ID_BYTES: usize = 16;
const TOKEN_FILE: &str = "cluster.token";
const TOKEN_BYTES: usize = 32;

/// Both secrets of the cluster whose data directory they were read from.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Which cluster this is; said in every call, so that a peer of another cluster is noticed.
    pub cluster: ClusterId,
    /// What lets a caller write to an inner tier.
    pub token: Token,
}

impl Secrets {
    /// Reads `cluster.id` and `cluster.token` in `data_dir`; the first process to come makes them.
    ///
    /// Any number of processes may do this at once, and all get the same answer.
    ///
    /// # Errors
    /// [`SecretsError`] says which file is at fault and what to do about it.
    pub fn open(data_dir: &Path) -> Result<Self, SecretsError> {
        fs::create_dir_all(data_dir).map_err(|reason| SecretsError::io("create", data_dir, reason))?;

        let path = data_dir.join(ID_FILE);
        make_unless_there::<ID_BYTES>(data_dir, ID_FILE)?;
        let (text, _mode) = read(&path)?;
        let cluster = text.parse().map_err(|_| SecretsError::MalformedId { path })?;

        let path = data_dir.join(TOKEN_FILE);
        make_unless_there::<TOKEN_BYTES>(data_dir, TOKEN_FILE)?;
        let (text, mode) = read(&path)?;
        if mode & 0o077 != 0 {
            return Err(SecretsError::Exposed { path, mode: mode & 0o7777 });
        }
        if !is_hex(&text, TOKEN_BYTES) {
            return Err(SecretsError::MalformedToken { path });
        }
        Ok(Self { cluster, token: Token(text) })
    }
}

/// Which cluster a process belongs to: 128 random bits, written as 32 hexadecimal digits.
///
/// Not a secret by itself; it tells clusters apart that run side by side.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterId(u128);

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClusterId({self})")
    }
}

impl FromStr for ClusterId {
    type Err = NotAClusterId;

    fn from_str(text: &str) -> Result<Self, NotAClusterId> {
        // The parser of integers would take a sign as well.
        if !is_hex(text, ID_BYTES) {
            return Err(NotAClusterId);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| NotAClusterId)
    }
}

/// The text is not a cluster id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a cluster id is 32 hexadecimal digits")]
pub struct NotAClusterId;

/// What a caller must show to write to an inner tier: 256 random bits as 64 hexadecimal digits.
///
/// It has no `Display` and its `Debug` keeps quiet, so that it cannot slip into a log; it has no `==`
/// either, because that would tell a patient caller how far a guess was right.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The digits themselves, for the header of a call and for comparing in constant time.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why a process cannot know its cluster. None of these heals by itself: the process should end.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// The token may have been read by others.
    #[error("{} may be read by other users (mode {mode:04o}): run `chmod 600` on it, or stop the cluster and delete the file to get a new token at the next start", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The token file holds something else.
    #[error("{} does not hold a token (64 hexadecimal digits): stop the cluster and delete the file to get a new one at the next start", path.display())]
    MalformedToken {
        /// The file.
        path: PathBuf,
    },
    /// The id file holds something else. Deleting it would cut the replicas off from their own data.
    #[error("{} does not hold a cluster id (32 hexadecimal digits): restore it from a backup of the data directory", path.display())]
    MalformedId {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {doing} {}: {reason}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the operating system said; part of the message, so not a source beside it.
        reason: io::Error,
    },
    /// The operating system has no random numbers.
    #[error("the operating system gives no random numbers: {0}")]
    NoRandomness(getrandom::Error),
}

impl SecretsError {
    fn io(doing: &'static str, path: &Path, reason: io::Error) -> Self {
        Self::Io { doing, path: path.to_owned(), reason }
    }
}

/// Makes sure that `dir/name` exists, holding `N` random bytes in hexadecimal if it did not.
fn make_unless_there<const N: usize>(dir: &Path, name: &str) -> Result<(), SecretsError> {
    let path = dir.join(name);
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    let draft = dir.join(format!("{name}.{}.draft", random_hex::<8>()?));
    let made = write_new(&draft, &random_hex::<N>()?)
        .map_err(|reason| SecretsError::io("write", &draft, reason))
        .and_then(|()| match fs::hard_link(&draft, &path) {
            // Somebody else was quicker: theirs is the one that counts.
            Err(reason) if reason.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked.map_err(|reason| SecretsError::io("create", &path, reason)),
        });
    // A draft that stays behind is never read: not worth failing a start for.
    let _ = fs::remove_file(&draft);
    made?;
    // A token that other processes use must not be gone after a power cut.
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|reason| SecretsError::io("sync", dir, reason))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// The text of a small file without the line end, and its permission bits.
fn read(path: &Path) -> Result<(String, u32), SecretsError> {
    let failed = |reason| SecretsError::io("read", path, reason);
    let file = File::open(path).map_err(failed)?;
    // Asked of the open file: what the name means could change between two looks at it.
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    let mut bytes = Vec::new();
    file.take(1024).read_to_end(&mut bytes).map_err(failed)?;
    // Bytes that are no text become a character that is no digit, which the caller refuses.
    Ok((String::from_utf8_lossy(&bytes).trim_end().to_owned(), mode))
}

fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn random_hex<const N: usize>() -> Result<String, SecretsError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(SecretsError::NoRandomness)?;
    let mut text = String::with_capacity(2 * N);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    Ok(text)
}
