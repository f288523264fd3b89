//! `catalog generate`: a file of made-up books, for trying a shop out and for measuring one.

use crate::files::generated::{Generated, MOST};
use crate::files::{Target, Writer};
use serve::command_line::Fatal;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Generate {
    /// How many books, at most a hundred million.
    #[arg(value_parser = clap::value_parser!(u64).range(..=MOST))]
    number: u64,
    /// The same seed makes the same books, to the byte.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write ONIX 3.0 instead of CSV.
    #[arg(long)]
    onix: bool,
    /// The currency of the prices in ONIX, as ISO 4217 has it.
    #[arg(long, default_value = "EUR", requires = "onix")]
    currency: String,
    /// The file; standard output where none is named.
    #[arg(long, short)]
    output: Option<PathBuf>,
}

pub(crate) fn generate(wanted: &Generate) -> Result<(), Fatal> {
    let (to, name): (Box<dyn Write>, String) = match &wanted.output {
        Some(path) => {
            let name = path.display().to_string();
            (Box::new(File::create(path).map_err(|error| Fatal::Failed(format!("{name}: {error}")))?), name)
        }
        None => (Box::new(io::stdout().lock()), "standard output".into()),
    };
    let target = if wanted.onix { Target::Onix { currency: wanted.currency.clone() } } else { Target::Csv };
    match write(wanted, target, BufWriter::with_capacity(1 << 16, to)) {
        // Whoever reads has seen enough: `catalog generate 1000000 | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Fatal::Failed(format!("{name}: {error}"))),
    }
}

fn write(wanted: &Generate, target: Target, to: impl Write) -> io::Result<()> {
    let mut writer = Writer::begin(to, target)?;
    for book in Generated::new(wanted.number, wanted.seed) {
        writer.write(&book)?;
    }
    writer.end()
}
