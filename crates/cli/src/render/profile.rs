//! Profiles as tables and JSON.

use goscope_analysis::profile::{Kind, Profile, Row, Sample, top};
use goscope_trace::{GoId, StringId, Tables, TaskId};

use super::{
    names::Names,
    report::{Cell, Report, Table},
};

/// What is shown of a profile, or where it has no samples, why.
pub fn report(profile: &Profile, tables: &Tables, none: &'static str) -> Report {
    let (names, (count, time)) = (Names(tables), profile.total());
    let is_timed = profile.kind.values().1.is_some();
    let mut report = Report::default();
    report.fact("profile", "Profile", described(profile.kind));
    report.fact("duration_ns", "Trace", Cell::Time(profile.duration));
    report.fact("count", "Count", Cell::Count(count));
    report.fact("time_ns", "Time", if is_timed { Cell::Time(time) } else { Cell::None });
    report.table(functions(&top(profile, tables), profile, (is_timed, none), &names));
    report.table(stacks(profile, &names));
    report
}

fn described(kind: Kind) -> Cell {
    Cell::described(kind.name(), format!("{}: {}", kind.name(), kind.text()))
}

fn functions(
    rows: &[Row],
    profile: &Profile,
    (is_timed, none): (bool, &'static str),
    names: &Names<'_>,
) -> Table {
    let (count, time) = profile.total();
    let row = |row: &Row| {
        let func = names.func(row.func).into();
        let counts = [row.count, row.cumulative_count].map(Cell::Count);
        let shares = |part: i64, whole: i64| Cell::share(part, whole);
        let [flat, cumulative] = counts;
        if !is_timed {
            let whole = count.cast_signed();
            let [flat_share, cumulative_share] =
                [row.count, row.cumulative_count].map(|part| shares(part.cast_signed(), whole));
            return vec![flat, flat_share, cumulative, cumulative_share, func];
        }
        let (flat_share, cumulative_share) = (shares(row.flat, time), shares(row.cumulative, time));
        vec![
            Cell::Time(row.flat),
            flat_share,
            Cell::Time(row.cumulative),
            cumulative_share,
            flat,
            cumulative,
            func,
        ]
    };
    let columns: &[_] = if is_timed {
        &[
            ("flat_ns", "Flat"),
            ("flat_ratio", "Flat%"),
            ("cumulative_ns", "Cum"),
            ("cumulative_ratio", "Cum%"),
            ("count", "Count"),
            ("cumulative_count", ""),
            ("func", "Function"),
        ]
    } else {
        &[
            ("count", "Flat"),
            ("count_ratio", "Flat%"),
            ("cumulative_count", "Cum"),
            ("cumulative_ratio", "Cum%"),
            ("func", "Function"),
        ]
    };
    Table::new("functions", columns, none).with(rows.iter().map(row))
}

/// The stacks, for programs.
fn stacks(profile: &Profile, names: &Names<'_>) -> Table {
    let columns = [
        ("count", ""),
        ("time_ns", ""),
        ("state", ""),
        ("goroutine", ""),
        ("func", ""),
        ("reason", ""),
        ("task", ""),
        ("frames", ""),
    ];
    let row = |sample: &Sample| {
        let place = &sample.place;
        let text = |id: StringId| if id == StringId::EMPTY { Cell::None } else { names.text(id).into() };
        vec![
            Cell::Count(sample.count),
            Cell::Time(sample.time),
            Cell::some(place.state, |state| state.name().into()),
            Cell::some((place.goroutine != GoId::NONE).then_some(place.goroutine.0), Cell::Id),
            text(place.func),
            text(place.reason),
            Cell::some((place.task != TaskId::NONE).then_some(place.task.0), Cell::Id),
            names.frames(place.stack),
        ]
    };
    Table::new("stacks", &columns, "").with(profile.samples.iter().map(row)).for_programs()
}
