//! The types of objects. Each generation numbers them anew; here one that is told again is known again.
//!
//! Source: Go 1.27.3 `runtime/tracetype.go` (`traceTypeTable`).

use foldhash::HashMap;

/// A Go type of objects.
///
/// The runtime is given the type of the elements where it allocates an array, such as that behind a slice.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct HeapType {
    /// Its name with the last part of its package's path, as `main.T`; empty if it is not told.
    pub name: String,
    /// Where it is described in the program's memory. Types of the same name differ in this.
    pub address: u64,
    /// The size of one value, in bytes.
    pub size: u64,
    /// So many of the first bytes may hold pointers.
    pub pointers: u64,
}

/// The place of a type in [`Types`].
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct TypeIx(u32);

impl TypeIx {
    /// Of objects whose type is not told.
    pub(crate) const UNKNOWN: Self = Self(0);

    pub(crate) fn place(self) -> usize {
        self.0 as usize
    }
}

/// The types of a trace.
#[derive(Debug)]
pub(crate) struct Types {
    all: Vec<HeapType>,
    by_address: HashMap<u64, TypeIx>,
    /// As the generation numbers them.
    numbers: HashMap<u64, TypeIx>,
}

impl Default for Types {
    fn default() -> Self {
        let all = vec![HeapType::default()];
        Self { all, by_address: HashMap::default(), numbers: HashMap::default() }
    }
}

impl Types {
    /// The numbers of the last generation mean nothing any more.
    pub(crate) fn begin_generation(&mut self) {
        self.numbers.clear();
    }

    pub(crate) fn learn(&mut self, number: u64, told: HeapType) {
        let place = self.place(told);
        self.numbers.insert(number, place);
    }

    /// The type with a number; `None` if the generation does not tell of it.
    pub(crate) fn find(&self, number: u64) -> Option<TypeIx> {
        if number == 0 { Some(TypeIx::UNKNOWN) } else { self.numbers.get(&number).copied() }
    }

    pub(crate) fn size(&self, place: TypeIx) -> u64 {
        self.all.get(place.place()).map_or(0, |known| known.size)
    }

    pub(crate) fn into_all(self) -> Vec<HeapType> {
        self.all
    }

    fn place(&mut self, told: HeapType) -> TypeIx {
        let known = self.by_address.get(&told.address).copied();
        if let Some(known) = known.filter(|known| self.all.get(known.place()) == Some(&told)) {
            return known;
        }
        let Ok(place) = u32::try_from(self.all.len()).map(TypeIx) else { return TypeIx::UNKNOWN };
        self.by_address.insert(told.address, place);
        self.all.push(told);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_again_under_another_number() {
        let told = |name: &str, address| HeapType { name: name.into(), address, size: 8, pointers: 0 };
        let mut types = Types::default();
        types.learn(1, told("a", 10));
        types.learn(2, told("a", 20));
        let [first, second] = [1, 2].map(|number| types.find(number));
        types.begin_generation();
        assert_eq!((types.find(1), types.find(0)), (None, Some(TypeIx::UNKNOWN)));
        types.learn(7, told("a", 10));
        types.learn(8, told("b", 10));
        assert!(types.find(7) == first && first != second && types.find(8) != first);
        assert_eq!(types.into_all().len(), 4);
    }
}
