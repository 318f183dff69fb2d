//! Keyed hashes: what stands for names and addresses.
//!
//! They are the first 48 bits of HMAC-SHA-256, so that who has no key can't try out what a name may have been.

use hmac::{
    Hmac, Mac,
    digest::{Digest, KeyInit},
};
use sha2::Sha256;

/// What is hashed. Equal texts of different kinds have nothing in common.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Name,
    Package,
    Folder,
    Type,
    Address,
}

/// A keyed hash. It never shows its key.
pub(super) struct Hash(Hmac<Sha256>);

/// The bytes of a key, as long as a block of SHA-256.
const KEY_LEN: usize = 64;

/// The bits that are dropped of 64.
const DROPPED: u32 = 16;

impl Hash {
    pub(super) fn new(key: &[u8]) -> Self {
        let mut block = [0; KEY_LEN];
        let digest = Sha256::digest(key);
        block[..digest.len()].copy_from_slice(&digest);
        Self(<Hmac<Sha256> as KeyInit>::new(&block.into()))
    }

    /// 48 bits.
    pub(super) fn number(&self, kind: Kind, content: &[u8]) -> u64 {
        let mut mac = self.0.clone();
        mac.update(&[kind as u8]);
        mac.update(content);
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> DROPPED
    }

    /// A letter, and the number as twelve digits.
    pub(super) fn word(&self, letter: char, kind: Kind, content: &str) -> String {
        self.word_of_bytes(letter, kind, content.as_bytes())
    }

    pub(super) fn word_of_bytes(&self, letter: char, kind: Kind, content: &[u8]) -> String {
        format!("{letter}{:012x}", self.number(kind, content))
    }

    /// An address for another one: none for none.
    pub(super) fn address(&self, address: u64) -> u64 {
        if address == 0 { 0 } else { self.number(Kind::Address, &address.to_le_bytes()).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_and_contents_make_equal_words() {
        let (one, other) = (Hash::new(b"one"), Hash::new(b"other"));
        let word = one.word('f', Kind::Name, "main.main");
        assert_eq!(word.len(), 13);
        assert_eq!(word, Hash::new(b"one").word('f', Kind::Name, "main.main"));
        assert_ne!(word, other.word('f', Kind::Name, "main.main"));
        assert_ne!(word, one.word('f', Kind::Package, "main.main"));
    }

    #[test]
    fn an_address_is_one_of_48_bits() {
        let hash = Hash::new(b"");
        assert_eq!(hash.address(0), 0);
        for address in [1, 0x46_c103, u64::MAX] {
            assert!((1..1 << 48).contains(&hash.address(address)));
        }
    }
}
