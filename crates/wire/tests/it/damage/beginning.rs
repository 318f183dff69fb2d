//! Files that do not begin as a trace does.

use super::*;

#[track_caller]
fn assert_refused(bytes: &[u8], kind: &str, blame: Fault, message: &str) {
    let mut decoder = Decoder::default();
    decoder.push(bytes);
    decoder.finish();
    let errors = [
        SliceReader::new(bytes).unwrap_err(),
        Reader::new(bytes).unwrap_err(),
        decoder.next_step().unwrap_err(),
    ];
    for error in errors {
        assert_eq!((format!("{:?}", error.kind()).as_str(), error.fault()), (kind, blame));
        assert_eq!((error.position(), error.to_string().as_str()), (Position::default(), message));
    }
    assert!(matches!(decoder.next_step(), Ok(Step::End)));
    assert_eq!((decoder.recover(), decoder.header()), (None, None));
}

#[test]
fn files_that_are_no_trace_are_named() {
    let empty = "the file is empty: no trace was written to it";
    assert_refused(b"", "NotATrace(Empty)", Fault::File, empty);
    let cut = "the file ends within the 16 bytes of a trace's header";
    assert_refused(b"go 1.21 tr", "NotATrace(CutHeader)", Fault::File, cut);
    let page = "this is an HTML page, such as a server's error page, not a Go execution trace";
    assert_refused(b"<html><title>Not found", "NotATrace(Html)", Fault::File, page);
}

#[test]
fn all_that_there_is_helps_to_name_them() {
    let page = b"<!-- a proxy --><html>Not found</html>";
    let error = SliceReader::new(page).unwrap_err();
    let ErrorKind::NotATrace(OtherFormat::Text(line)) = error.kind() else { panic!("{error:?}") };
    assert_eq!(line, "<!-- a proxy --><html>Not found</html>");
}

#[test]
fn versions_that_are_not_known_are_refused() {
    let message = "the trace has format version 1.31, newer than any that is known (up to 1.26)";
    assert_refused(b"go 1.31 trace\0\0\0", "UnsupportedVersion(31)", Fault::Unsupported, message);
    let message = "the header names format version 1.24, which no release of Go has written";
    assert_refused(b"go 1.24 trace\0\0\0", "UnsupportedVersion(24)", Fault::Unsupported, message);
}

#[test]
fn versions_that_are_not_known_can_be_assumed() {
    let bytes = [&b"go 1.31 trace\0\0\0"[..], &batch(&[11, 5])].concat();
    let options = Options { assume: Some(V1_26), ..Options::default() };
    let mut reader = SliceReader::with_options(&bytes, options).unwrap();
    assert_eq!((reader.header().minor(), reader.header().version()), (31, V1_26));
    assert_eq!(reader.next_record().unwrap().unwrap().name(), "EventBatch");
    let mut writer = Writer::with_header(Vec::new(), reader.header()).unwrap();
    writer.record(&reader.next_record().unwrap().unwrap()).unwrap();
    assert_eq!(writer.finish().unwrap(), b"go 1.31 trace\0\0\0\x0b\x05");
}

#[test]
fn what_is_assumed_does_not_matter_for_versions_that_are_known() {
    let options = Options { assume: Some(V1_26), ..Options::default() };
    let bytes = trace(V1_7, &[]);
    assert_eq!(Reader::with_options(&bytes[..], options).unwrap().header().version(), V1_7);
}
