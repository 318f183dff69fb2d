//! Outlines by the heads of batches, and records read piece by piece: the same as from one end to the other.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::{
    io::{self, Cursor, Read, Seek, SeekFrom},
    sync::atomic::{AtomicBool, Ordering},
};

use goscope_testkit::{build::V2Trace, corpus};
use goscope_wire::{
    BatchHeader, Error, ErrorKind, Family, FormatVersion, Header, Limits, Options, Outline, Record,
    RecordCounts, SliceReader, fold_pieces, scan_headers,
};

fn read(bytes: &[u8]) -> Result<RecordCounts, Error> {
    let mut reader = SliceReader::new(bytes)?;
    let mut inventory = RecordCounts::default();
    while let Some(record) = reader.next_record()? {
        inventory.add(&record);
    }
    Ok(inventory)
}

fn in_pieces(bytes: &[u8], threads: usize) -> Result<Option<RecordCounts>, Error> {
    Ok(fold(|| Ok(Cursor::new(bytes)), threads)?.map(|(_, whole)| whole))
}

fn fold<S: Read + Seek>(
    open: impl Fn() -> io::Result<S> + Sync,
    threads: usize,
) -> Result<Option<(Header, RecordCounts)>, Error> {
    fold_pieces(open, threads, Options::default(), RecordCounts::add, RecordCounts::append)
}

/// All that an outline tells.
fn told(outline: &Outline) -> String {
    let (threads, experiments): (Vec<_>, Vec<_>) =
        (outline.threads().collect(), outline.experiments().collect());
    format!(
        "{:?}",
        (
            (outline.batches(), outline.experimental_batches(), threads, experiments),
            (outline.generations(), outline.frequency(), outline.clock(), outline.ticks()),
        )
    )
}

#[test]
fn traces_are_outlined_and_counted_as_if_read_in_one_go() {
    let mut outlined = 0;
    for trace in corpus::all() {
        let bytes = trace.bytes();
        let skimmed = scan_headers(Cursor::new(&bytes), Options::default());
        let Ok(inventory) = read(&bytes) else {
            assert!(in_pieces(&bytes, 2).map_or(true, |counted| counted.is_none()), "{}", trace.name);
            continue;
        };
        if SliceReader::new(&bytes).unwrap().header().version().family() == Family::V1 {
            assert!(skimmed.unwrap().is_none() && in_pieces(&bytes, 2).unwrap().is_none(), "{}", trace.name);
            continue;
        }
        let (_, outline) = skimmed.unwrap().unwrap();
        assert_eq!(told(&outline), told(inventory.outline()), "{}", trace.name);
        for threads in [0, 1, 2, 3, 8] {
            assert_eq!(in_pieces(&bytes, threads).unwrap().as_ref(), Some(&inventory), "{}", trace.name);
        }
        outlined += 1;
    }
    assert!(outlined > 10);
}

/// Several generations with batches large enough for several pieces, and a batch of an experiment.
fn large() -> Vec<u8> {
    let mut trace = V2Trace::new(FormatVersion::V1_26);
    for _ in 0..4 {
        trace.generation(|generation| {
            for thread in [7, 8, 9] {
                generation.on(thread, |m| (0..30_000).for_each(|_| m.event("ProcStart", &[("p", thread)])));
            }
        });
    }
    trace.finish()
}

#[test]
fn a_large_trace_is_cut_into_pieces() {
    let bytes = large();
    let count = |counts: &mut Vec<u64>, _: &Record<'_>| match counts.last_mut() {
        Some(count) => *count += 1,
        None => counts.push(1),
    };
    for (threads, least, most) in [(1, 1, 1), (2, 3, 9), (3, 3, 16), (1000, 10, 100)] {
        let open = || Ok(Cursor::new(&bytes));
        let append = |counts: &mut Vec<u64>, more: Vec<u64>| counts.extend(more);
        let (_, counts) = fold_pieces(open, threads, Options::default(), count, append).unwrap().unwrap();
        assert!((least..=most).contains(&counts.len()), "{threads} threads: {counts:?}");
        assert_eq!(counts.iter().sum::<u64>(), read(&bytes).unwrap().records());
        assert_eq!(in_pieces(&bytes, threads).unwrap(), read(&bytes).ok());
    }
}

#[test]
fn what_is_cut_or_changed_is_an_error_or_read_the_same() {
    let trace = corpus::own().traces().into_iter().find(|trace| trace.name.contains("allocfree")).unwrap();
    let bytes = trace.bytes();
    for end in 16..bytes.len() {
        if let Ok(Some((_, outline))) = scan_headers(Cursor::new(&bytes[..end]), Options::default()) {
            assert_eq!(told(&outline), told(read(&bytes[..end]).unwrap().outline()), "{end}");
        }
    }
    for place in 16..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 0x81;
        if let Ok(Some(counted)) = in_pieces(&changed, 2) {
            assert_eq!(counted, read(&changed).unwrap(), "{place}");
        }
        // What is not read may be damaged: but no byte makes this fail otherwise than by an error.
        drop(scan_headers(Cursor::new(&changed), Options::default()));
    }
}

#[test]
fn damage_is_told_where_it_is() {
    let fail = |bytes: &[u8], options| scan_headers(Cursor::new(bytes), options).unwrap_err();
    let small = Options { limits: Limits { batch_bytes: 1, ..Limits::default() }, ..Options::default() };
    let batch = b"go 1.26 trace\0\0\0\x01\x01\x2a\x64\x02\x0b\x05";
    assert!(matches!(fail(batch, small).kind(), ErrorKind::Limit { .. }));
    let error = fail(&batch[..22], Options::default());
    assert!(matches!(error.kind(), ErrorKind::TruncatedBatch { missing: 1 }), "{error}");
    assert_eq!(error.position().offset, 16);
    assert!(matches!(fail(&batch[..18], Options::default()).kind(), ErrorKind::Truncated { .. }));
    let error = fail(&[batch, &b"\x0b"[..]].concat(), Options::default());
    assert!(matches!(error.kind(), ErrorKind::NotABatch(0x0b)), "{error}");
    assert_eq!(error.position().offset, 23);
    // The last batch ends within its event.
    let error = fail(b"go 1.26 trace\0\0\0\x01\x01\x2a\x64\x02\x10\x05", Options::default());
    assert!(matches!(error.kind(), ErrorKind::BatchOverrun(_)), "{error}");
    // An experimental batch under a header that has none.
    assert!(matches!(
        fail(b"go 1.22 trace\0\0\0\x31", Options::default()).kind(),
        ErrorKind::NotABatch(0x31)
    ));
}

/// Fails after so many operations.
struct Failing<'a>(Cursor<&'a [u8]>, usize);

impl Failing<'_> {
    fn step(&mut self) -> io::Result<()> {
        self.1 = self.1.checked_sub(1).ok_or_else(|| io::Error::other("the disk is gone"))?;
        Ok(())
    }
}

impl Read for Failing<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.step()?;
        self.0.read(space)
    }
}

impl Seek for Failing<'_> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.step()?;
        self.0.seek(place)
    }
}

#[test]
fn a_source_that_fails_is_told_of() {
    let bytes = large();
    let is_io = |error: Error| matches!(error.kind(), ErrorKind::Io(_));
    for steps in 0..12 {
        let source = || Failing(Cursor::new(&bytes[..]), steps);
        assert!(scan_headers(source(), Options::default()).is_err_and(is_io), "{steps}");
        assert!(fold(|| Ok(source()), 2).is_err_and(is_io), "{steps}");
    }
    let folded = fold(|| Err::<Cursor<&[u8]>, _>(io::Error::other("no")), 2);
    assert!(folded.is_err_and(is_io));
    let opened = AtomicBool::new(false);
    let open = || match opened.swap(true, Ordering::Relaxed) {
        false => Ok(Cursor::new(&bytes)),
        true => Err(io::Error::other("only once")),
    };
    assert!(fold(open, 1).is_err_and(is_io));
}

/// A file that gets shorter while it is read.
struct Shrinking<'a>(Cursor<&'a [u8]>);

impl Read for Shrinking<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let left = 20_u64.saturating_sub(self.0.position()) as usize;
        let len = space.len().min(left);
        self.0.read(&mut space[..len])
    }
}

impl Seek for Shrinking<'_> {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.0.seek(place)
    }
}

#[test]
fn a_file_that_shrinks_is_an_error() {
    let bytes = large();
    assert!(scan_headers(Shrinking(Cursor::new(&bytes)), Options::default()).is_err());
    assert!(fold(|| Ok(Shrinking(Cursor::new(&bytes))), 2).is_err());
    // From one opening to the next, it has lost all but its header.
    let opened = AtomicBool::new(false);
    let open = || {
        let is_first = !opened.swap(true, Ordering::Relaxed);
        Ok(Cursor::new(if is_first { &bytes[..] } else { &bytes[..16] }))
    };
    assert!(fold(open, 1).is_err());
}

#[test]
fn threads_without_end_are_refused() {
    let mut trace = Header::new(FormatVersion::V1_22).to_bytes().to_vec();
    for thread in 0..70_000 {
        BatchHeader { generation: 1, thread, time: 100, size: 2 }.append_to(&mut trace);
        trace.extend([0x0b, 0x05]); // ProcStop dt=5
    }
    let error = scan_headers(Cursor::new(&trace), Options::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Limit { max: 65536, .. }), "{error}");
}
