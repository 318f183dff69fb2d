//! Sources and sinks that fail.

use super::*;

/// Bytes, and then an error each time.
#[derive(Debug)]
struct Failing<'a>(&'a [u8], io::ErrorKind);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() { Err(self.1.into()) } else { self.0.read(buffer) }
    }
}

/// A sink that is full.
#[derive(Debug)]
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn assert_io(error: &Error, kind: io::ErrorKind, position: Position) {
    let ErrorKind::Io(cause) = error.kind() else { panic!("{error:?}") };
    assert_eq!((cause.kind(), error.fault(), error.position()), (kind, Fault::Io, position));
    assert!(std::error::Error::source(error).is_some() && error.to_string().starts_with(&cause.to_string()));
}

#[test]
fn sources_that_fail() {
    let error = Reader::new(Failing(b"go 1.", io::ErrorKind::TimedOut)).unwrap_err();
    assert_io(&error, io::ErrorKind::TimedOut, place(0, 0));
    let bytes = trace(V1_21, &[&[6, 1], &[6]]);
    let mut reader = Reader::new(Failing(&bytes, io::ErrorKind::ConnectionReset)).unwrap();
    assert!(reader.next_record().unwrap().is_some());
    let error = reader.next_record().unwrap_err();
    assert_io(&error, io::ErrorKind::ConnectionReset, place(18, 1));
    let other = failure(&bytes);
    assert!(std::error::Error::source(&other).is_none());
}

/// Half of what is asked for, and an interruption between any two answers.
struct Interrupted<'a>(&'a [u8], bool);

impl Read for Interrupted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 { Err(io::ErrorKind::Interrupted.into()) } else { self.0.read(&mut buffer[..5]) }
    }
}

#[test]
fn interruptions_do_not_matter() {
    let bytes = trace(V1_21, &[&[6, 1], &[6, 2], &[6, 3]]);
    let interrupted = of_reader(Interrupted(&bytes, false), Options::default());
    assert_eq!(interrupted, of_slice(&bytes, Options::default()));
}

#[test]
fn sinks_that_fail() {
    let mut writer = Writer::with_version(Full, V1_21).unwrap();
    writer.event("ProcStop", &[1], Trailer::None).unwrap();
    assert_io(&writer.finish().unwrap_err(), io::ErrorKind::StorageFull, place(0, 1));
    let mut writer = Writer::with_version(Full, V1_21).unwrap();
    let error = (0..).find_map(|_| writer.event("ProcStop", &[1], Trailer::None).err()).unwrap();
    assert_eq!(error.fault(), Fault::Io);
}
