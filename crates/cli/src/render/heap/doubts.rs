//! What is not certain of what is on the heap.

use goscope_analysis::heap::Doubts;

use crate::render::{
    report::{Cell, Report},
    table,
};

/// Adds doubts: for programs all of them, for people a sentence for each that there is.
pub(super) fn tell(report: &mut Report, doubts: &Doubts) {
    let doubts = told(doubts);
    let counts = doubts.iter().map(|(name, count, _)| (*name, Cell::Count(*count)));
    report.fact("doubts", "", Cell::Map(counts.collect()));
    sentences(&doubts).for_each(|sentence| _ = report.remark(sentence));
}

/// The sentences for those that there are.
fn sentences(doubts: &[Doubt]) -> impl Iterator<Item = String> {
    let told = doubts.iter().filter(|(_, count, _)| *count > 0);
    told.map(|(_, count, sentence)| sentence.replace("{}", &table::count(*count)))
}

/// Its name, how often it is there, and what it means.
type Doubt = (&'static str, u64, &'static str);

/// All of them.
fn told(doubts: &Doubts) -> [Doubt; 7] {
    let Doubts { unmatched, overwritten, swept_along, estimated, unknown_types, senseless, damaged_batches } =
        *doubts;
    [
        (
            "unmatched",
            unmatched,
            "Frees of what nobody told of: {}. Go 1.23 leaves out stacks that come, and all releases those of threads.",
        ),
        (
            "overwritten",
            overwritten,
            "Places taken anew that nobody freed: {}. What was there counts as freed. Go 1.23 leaves out spans that go.",
        ),
        ("swept_along", swept_along, "Objects that went with their spans, though nobody freed them: {}."),
        (
            "estimated",
            estimated,
            "Objects in no span that the trace tells of, whose size is the least that it can be: {}.",
        ),
        (
            "unknown_types",
            unknown_types,
            "Objects of types that the trace does not explain: {}. They count as (unknown).",
        ),
        ("senseless", senseless, "Events with numbers that can't be: {}."),
        (
            "damaged_batches",
            damaged_batches,
            "Batches about types that are damaged or of an unknown kind: {}.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_doubt_that_there_is_has_a_sentence() {
        let said = |doubts: &Doubts| sentences(&told(doubts)).collect::<Vec<_>>();
        assert_eq!(said(&Doubts::default()), [""; 0]);
        let some = said(&Doubts { overwritten: 1234, senseless: 1, ..Doubts::default() });
        assert_eq!(some.len(), 2);
        assert!(some[0].starts_with("Places taken anew that nobody freed: 1,234."));
        let all = told(&Doubts::default()).map(|(name, _, sentence)| (name, sentence.matches("{}").count()));
        assert!(all.iter().all(|(_, places)| *places == 1), "{all:?}");
    }
}
