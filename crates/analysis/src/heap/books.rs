//! Who has what: every object is booked in total, to its type and to its site.

use goscope_trace::TraceTime;

use super::{
    account::Account,
    report::TypeUse,
    sites::Sites,
    slots::Object,
    types::{TypeIx, Types},
};
use crate::durations::Durations;

#[derive(Default, Debug)]
pub(crate) struct Books {
    pub(crate) total: Account,
    /// By the places of types.
    types: Vec<TypeBook>,
    pub(crate) sites: Sites,
}

#[derive(Default, Debug)]
struct TypeBook {
    account: Account,
    lifetimes: Durations,
}

impl Books {
    pub(crate) fn come(&mut self, object: Object) {
        self.each(object, |account| account.come(object.bytes, object.born.is_some()));
    }

    /// An object is freed now. `None` if that was some time before.
    pub(crate) fn free(&mut self, object: Object, now: Option<TraceTime>) {
        self.each(object, |account| account.freed.add(object.bytes));
        if let (Some(now), Some(born)) = (now, object.born) {
            self.of_type(object.type_ix).lifetimes.add(now.since(born));
        }
    }

    /// All that comes later is counted anew.
    pub(crate) fn begin(&mut self) {
        self.total.begin();
        self.sites.begin();
        for book in &mut self.types {
            book.account.begin();
            book.lifetimes = Durations::default();
        }
    }

    pub(crate) fn into_uses(self, types: Types) -> (Account, Vec<TypeUse>, Sites) {
        let uses = types.into_all().into_iter().zip(self.types).map(|(heap_type, book)| TypeUse {
            heap_type,
            account: book.account,
            lifetimes: book.lifetimes.spread(),
        });
        (self.total, uses.filter(|entry| !entry.account.is_empty()).collect(), self.sites)
    }

    fn each(&mut self, object: Object, book: impl Fn(&mut Account)) {
        book(&mut self.total);
        book(&mut self.of_type(object.type_ix).account);
        if let Some(account) = self.sites.account(object.site) {
            book(account);
        }
    }

    /// The book of a type, which may be the first that is heard of it.
    fn of_type(&mut self, type_ix: TypeIx) -> &mut TypeBook {
        let place = type_ix.place();
        if place >= self.types.len() {
            self.types.resize_with(place + 1, TypeBook::default);
        }
        &mut self.types[place]
    }
}
