//! What is on the heap: objects by type and site, spans by class, and sums.

use goscope_analysis::heap::{Account, ObjectReport, SpanClass, SpanUse, Tally};

use crate::render::{
    names::{Names, UNKNOWN, text},
    report::{Cell, Table},
};

/// The columns of an [`Account`], for people as for programs: bytes first, since it is bytes that run out.
const ACCOUNT: [(&str, &str); 8] = [
    ("allocated_bytes", "Allocated"),
    ("allocated", "~Count"),
    ("freed_bytes", "Freed"),
    ("freed", "~Count"),
    ("live_bytes", "Live"),
    ("live", "Count"),
    ("before_bytes", "~Before"),
    ("before", "~Count"),
];

fn account_cells(account: &Account) -> Vec<Cell> {
    let parts = [account.allocated, account.freed, account.live(), account.before];
    parts.into_iter().flat_map(tally_cells).collect()
}

fn tally_cells(tally: Tally) -> [Cell; 2] {
    [Cell::Bytes(tally.bytes), Cell::Count(tally.count)]
}

/// Objects by type.
pub(super) fn types(report: &ObjectReport) -> Table {
    let mut columns = ACCOUNT.to_vec();
    columns.extend([("lifetime_p50_ns", "Life p50"), ("lifetime_p99_ns", "~p99"), ("type", "Type")]);
    columns.extend([("type_size_bytes", ""), ("type_address", ""), ("lifetimes", "")]);
    let rows = report.types.iter().map(|entry| {
        let (heap_type, lifetimes) = (&entry.heap_type, &entry.lifetimes);
        let life = |time| Cell::some((lifetimes.count > 0).then_some(time), Cell::Time);
        let name = if heap_type.name.is_empty() { UNKNOWN.into() } else { text(heap_type.name.as_bytes()) };
        let mut row = account_cells(&entry.account);
        row.extend([life(lifetimes.p50), life(lifetimes.p99), name.into()]);
        row.extend([Cell::Bytes(heap_type.size), Cell::Id(heap_type.address), Cell::Count(lifetimes.count)]);
        row
    });
    Table::new("types", &columns, "The trace tells of no objects.").under("Objects by type").with(rows)
}

/// Objects by site.
pub(super) fn sites(report: &ObjectReport, names: Names<'_>) -> Table {
    let mut columns = ACCOUNT.to_vec();
    columns.push(("func", "Goroutine of"));
    let rows = report.sites.iter().map(|site| {
        let mut row = account_cells(&site.account);
        row.push(names.func(site.func).into());
        row
    });
    Table::new("sites", &columns, "The trace tells of no objects.")
        .under("Objects by who allocated them")
        .with(rows)
}

/// Spans by class.
pub(super) fn spans(report: &ObjectReport) -> Table {
    let mut columns = ACCOUNT.to_vec();
    columns.extend([
        ("object_bytes", "~Objects"),
        ("objects", "~Count"),
        ("used_ratio", "Used"),
        ("class", "Spans for"),
    ]);
    let rows = report.spans.iter().map(|span| {
        let mut row = account_cells(&span.account);
        row.extend(tally_cells(span.objects));
        row.push(used(span));
        row.push(span.class.to_string().into());
        row
    });
    let table =
        Table::new("spans", &columns, "The trace tells of no spans.").under("Spans by class").with(rows);
    table.sorted("live_bytes")
}

/// The part of spans that is objects. Those of the runtime are not for objects.
fn used(span: &SpanUse) -> Cell {
    match span.class {
        SpanClass::Manual => Cell::None,
        _ => Cell::share(span.objects.bytes.cast_signed(), span.account.live().bytes.cast_signed()),
    }
}

/// All together.
pub(super) fn sums(report: &ObjectReport) -> Table {
    let mut columns = ACCOUNT.to_vec();
    columns.push(("what", "All"));
    let mut spans = Account::default();
    report.spans.iter().for_each(|span| spans.add(&span.account));
    let elsewhere = Account { before: report.elsewhere, ..Account::default() };
    let sums = [
        ("objects", report.total),
        ("spans", spans),
        ("stacks", report.stacks),
        ("objects in no span", elsewhere),
    ];
    let rows = sums.into_iter().filter(|(_, account)| !account.is_empty()).map(|(what, account)| {
        let mut row = account_cells(&account);
        row.push(what.into());
        row
    });
    Table::new("sums", &columns, "The trace tells of no objects.").under("In all").with(rows)
}
