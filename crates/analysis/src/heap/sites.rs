//! Who allocates. Events of the AllocFree experiment have no stack: all that is told is the goroutine, and so the
//! function that it started with.
//!
//! That function may be told only later: until then the goroutine has a site of its own.

use foldhash::HashMap;
use goscope_trace::{GoId, GoState, GoTransition, StringId, Tables};

use super::{account::Account, report::SiteUse};

/// The place of a site in [`Sites`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SiteIx(u32);

impl SiteIx {
    /// Of what was there before, or was allocated by no goroutine.
    pub(crate) const UNKNOWN: Self = Self(0);
}

/// What goroutines that start with a function allocate.
#[derive(Default, Debug)]
struct Site {
    func: StringId,
    account: Account,
}

/// Memory grows with functions that goroutines start with, and with goroutines that there are at once.
#[derive(Debug)]
pub(crate) struct Sites {
    all: Vec<Site>,
    by_func: HashMap<StringId, SiteIx>,
    /// The sites of goroutines that exist.
    alive: HashMap<GoId, SiteIx>,
}

impl Default for Sites {
    fn default() -> Self {
        Self { all: vec![Site::default()], by_func: HashMap::default(), alive: HashMap::default() }
    }
}

impl Sites {
    /// A goroutine has another state, and perhaps a stack: then its outermost frame is the function.
    pub(crate) fn follow(&mut self, transition: &GoTransition, tables: &Tables) {
        let GoTransition { goroutine, to, stack, .. } = *transition;
        if to == GoState::NotExist {
            self.alive.remove(&goroutine);
        } else if let Some(root) = tables.stack(stack).last() {
            self.learn(goroutine, root.func);
        }
    }

    /// Where a goroutine allocates.
    pub(crate) fn of(&mut self, goroutine: GoId) -> SiteIx {
        if !goroutine.is_some() {
            return SiteIx::UNKNOWN;
        }
        match self.alive.get(&goroutine) {
            Some(site) => *site,
            None => {
                let site = push(&mut self.all, StringId::EMPTY);
                self.alive.insert(goroutine, site);
                site
            }
        }
    }

    pub(crate) fn account(&mut self, site: SiteIx) -> Option<&mut Account> {
        Some(&mut self.all.get_mut(site.0 as usize)?.account)
    }

    /// All that comes later is counted anew.
    pub(crate) fn begin(&mut self) {
        self.all.iter_mut().for_each(|site| site.account.begin());
    }

    /// One for each function that allocated, and one for what was there before.
    pub(crate) fn into_uses(self) -> Vec<SiteUse> {
        let mut accounts: HashMap<StringId, Account> = HashMap::default();
        for Site { func, account } in self.all {
            accounts.entry(func).or_default().add(&account);
        }
        let uses = accounts.into_iter().map(|(func, account)| SiteUse { func, account });
        uses.filter(|site| !site.account.is_empty()).collect()
    }

    fn learn(&mut self, goroutine: GoId, func: StringId) {
        let Self { all, by_func, alive } = self;
        match alive.get(&goroutine).and_then(|site| all.get_mut(site.0 as usize)) {
            None => {
                let site = *by_func.entry(func).or_insert_with(|| push(all, func));
                alive.insert(goroutine, site);
            }
            Some(site) if site.func == StringId::EMPTY => site.func = func,
            Some(_) => {}
        }
    }
}

fn push(all: &mut Vec<Site>, func: StringId) -> SiteIx {
    let Ok(place) = u32::try_from(all.len()) else { return SiteIx::UNKNOWN };
    all.push(Site { func, account: Account::default() });
    SiteIx(place)
}
