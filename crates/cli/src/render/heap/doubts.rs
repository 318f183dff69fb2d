//! What is not certain of what is on the heap.

use goscope_analysis::Doubts;

use crate::render::{report::{Cell, Report}, table};

/// Adds doubts: for programs all of them, for people a sentence for each that there is.
pub(super) fn tell(report: &mut Report, doubts: &Doubts) {
    let doubts = told(doubts);
    let counts = doubts.iter().map(|(name, count, _)| ((*name).to_owned(), Cell::Count(*count)));
    report.fact("doubts", "", Cell::Map(counts.collect()));
    for (_, count, sentence) in doubts.into_iter().filter(|(_, count, _)| *count > 0) {
        report.remark(sentence.replace("{}", &table::count(count)));
    }
}

/// Each doubt: its name, how often there is one, and what it means.
fn told(doubts: &Doubts) -> [(&'static str, u64, &'static str); 7] {
    let Doubts { unmatched, overwritten, swept_along, estimated, unknown_types, senseless, damaged_batches } = *doubts;
    [
        ("unmatched", unmatched, "Frees of what nobody told of: {}. Of stacks, all releases of Go leave some out."),
        ("overwritten", overwritten, "Places taken anew that nobody freed: {}. What was there counts as freed."),
        ("swept_along", swept_along, "Objects that went with their spans, though nobody freed them: {}."),
        ("estimated", estimated, "Objects in no span that the trace tells of, whose size is the least that it can be: {}."),
        ("unknown_types", unknown_types, "Objects of types that the trace does not explain: {}. They count as (unknown)."),
        ("senseless", senseless, "Events with numbers that can't be: {}."),
        ("damaged_batches", damaged_batches, "Batches about types that are damaged or of an unknown kind: {}."),
    ]
}
