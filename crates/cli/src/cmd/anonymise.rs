//! `goscope anonymise`: a trace without the names in it, to be given away.

use std::io::{BufWriter, Write};

use anyhow::{Context, Result, bail};
use clap::{Args, builder::NonEmptyStringValueParser};
use goscope_trace::edit::{Anonymiser, Mapping};
use regex::bytes::Regex;

use crate::{
    args::{filter::regex, input::Input, out_path::OutPath, output::Output},
    status::Status,
};

/// Replace the names and addresses in a trace by keyed hashes
///
/// You can then give the trace to other people. goscope replaces functions, source files, tasks, regions, categories
/// and messages of logs, labels, types and addresses. Equal names get equal hashes. Everything else stays the same,
/// byte for byte, so an analysis gives the same results as before.
///
/// goscope keeps the names of Go's standard library (its files as $GOROOT/src/...), and the reasons and labels that
/// the runtime writes into every trace, such as "chan receive". It also keeps times (including the time of day),
/// ids, line numbers, sizes and counts. These show what the program did, and when.
///
/// A person who has the key, or guesses it, can test names. Use a long key. Without --key, goscope uses a random key
/// and discards it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  goscope anonymise trace.out -o public.out
  goscope anonymise trace.out -o public.out --map names.tsv  write the mapping
  goscope anonymise trace.out -o public.out --keep '^main[.]' --keep '^order$'
  GOSCOPE_KEY=$(cat key) goscope anonymise trace.out -o - | gzip > public.out.gz

goscope also replaces names of the standard library that no release from Go 1.21 to 1.27 has, and the names of cgo. \
It refuses a damaged trace, because the unreadable part may contain names. The memory does not grow with the size \
of the trace, but with --map it grows with each name.

Exit status: 0 success, 2 the trace can't be read to its end; then nothing is written to OUT.")]
pub struct Options {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
    /// Key of the hashes. In all traces with the same key, equal names have equal hashes [default: a random key].
    /// Other users of this machine can see --key in the list of processes, but not the variable
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    #[arg(env = "GOSCOPE_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Keep names and messages that match; can be given several times
    #[arg(long, value_name = "REGEX", value_parser = regex)]
    keep: Vec<Regex>,
    /// Keep the names of Go's standard library, which is the default
    #[arg(long, overrides_with = "no_keep_std")]
    keep_std: bool,
    /// Also replace the names of Go's standard library
    #[arg(long, overrides_with = "keep_std")]
    no_keep_std: bool,
    /// Write the replaced names to a file that only its owner can read: on each line a name, a tab and its
    /// replacement
    #[arg(long, value_name = "FILE")]
    map: Option<OutPath>,
}

/// Runs the command.
pub fn run(options: &Options) -> Result<Status> {
    let Options { input, output, map, .. } = options;
    let source = input.open()?;
    let map = map.as_ref().map(|path| beside(path, output)).transpose()?;
    let map_sink = map.map(|map| map.open_discarding()).transpose()?;
    let mut sink = output.open_discarding()?;
    let mut anonymiser = options.anonymiser()?;
    anonymiser.run(source.reader, &mut sink).with_context(|| input.name())?;
    source.progress.finish_and_clear();
    if let (Some(mut map), Some(mapping)) = (map_sink, anonymiser.mapping()) {
        write(mapping, &mut map).context("the output of --map")?;
        map.commit()?;
    }
    sink.commit()?;
    Ok(Status::Fine)
}

/// The map as another output, with the same leave to replace what is there. Only its owner may read it.
fn beside(path: &OutPath, output: &Output) -> Result<Output> {
    if path.is_same(&output.path) || path.is_stdout() {
        bail!("--map needs a file of its own: who has it knows the names");
    }
    Ok(Output { path: path.clone().secret(), force: output.force })
}

fn write(mapping: &Mapping, sink: impl Write) -> Result<()> {
    let mut sink = BufWriter::new(sink);
    mapping.write_to(&mut sink)?;
    Ok(sink.flush()?)
}

impl Options {
    fn anonymiser(&self) -> Result<Anonymiser<'_>> {
        let mut anonymiser =
            Anonymiser::new(&self.key()?).keep_standard(self.keeps_std()).assume(self.input.assume_version);
        for expression in &self.keep {
            anonymiser = anonymiser.keep(|name| expression.is_match(name));
        }
        Ok(if self.map.is_some() { anonymiser.remember() } else { anonymiser })
    }

    /// Of both options, clap leaves the last one that is given.
    fn keeps_std(&self) -> bool {
        self.keep_std || !self.no_keep_std
    }

    /// The key, or one that is forgotten.
    fn key(&self) -> Result<Vec<u8>> {
        if let Some(key) = &self.key {
            return Ok(key.as_bytes().to_vec());
        }
        let mut key = vec![0; 32];
        getrandom::fill(&mut key).context("the system has no random numbers for a key")?;
        Ok(key)
    }
}
