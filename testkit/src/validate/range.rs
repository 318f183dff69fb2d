//! Ranges of time: each begins before it ends, where it belongs.

use std::collections::HashSet;

use goscope_trace::{Event, GoId, Range, RangeKind, Scope};
use goscope_wire::Family;

use super::{Findings, Origin};

/// The ranges that are going on.
#[derive(Debug)]
pub(super) struct Ranges {
    family: Family,
    active: HashSet<(Scope, RangeKind)>,
}

impl Ranges {
    pub(super) fn new(family: Family) -> Self {
        Self { family, active: HashSet::new() }
    }

    /// Whether it is not known whose a range is: before 1.10 each proc stopped the world, and did not say
    /// for which goroutine.
    fn is_anonymous(&self, range: &Range) -> bool {
        self.family == Family::V1 && range.scope == Scope::Goroutine(GoId::NONE)
    }

    pub(super) fn begin(&mut self, range: &Range, event: &Event, findings: &mut Findings) {
        self.check_scope(range, event, findings);
        let is_new = self.active.insert((range.scope, range.kind));
        findings.expect(is_new || self.is_anonymous(range), || format!("{range:?} begins again"));
    }

    /// In the first generation it is news that a range is going on.
    pub(super) fn active(&mut self, range: &Range, is_first_generation: bool, findings: &mut Findings) {
        let is_new = self.active.insert((range.scope, range.kind));
        findings.expect(is_new == is_first_generation, || {
            format!("{range:?} is active: new {is_new}, first generation {is_first_generation}")
        });
    }

    pub(super) fn end(&mut self, range: &Range, event: &Event, findings: &mut Findings) {
        self.check_scope(range, event, findings);
        let was_active = self.active.remove(&(range.scope, range.kind));
        // Traces of family v1 do not tell of ranges that began before them.
        findings
            .expect(was_active || self.family == Family::V1, || format!("{range:?} ends but did not begin"));
    }

    fn check_scope(&self, range: &Range, event: &Event, findings: &mut Findings) {
        let is_own = match range.scope {
            Scope::Global => true,
            Scope::Goroutine(goroutine) => goroutine == event.goroutine,
            Scope::Proc(proc) => proc == event.proc,
        };
        findings.expect(is_own, || format!("{range:?} is not of who is at work"));
    }

    pub(super) fn end_of_goroutine(&mut self, goroutine: GoId, origin: Origin, findings: &mut Findings) {
        let scope = Scope::Goroutine(goroutine);
        let before = self.active.len();
        self.active.retain(|(of, _)| *of != scope);
        if origin == Origin::Runtime {
            findings
                .expect(self.active.len() == before, || format!("goroutine {goroutine} ends within a range"));
        }
    }
}
