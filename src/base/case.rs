//! Text that is the same in letters of either case, as a key: ids are compared so.

use std::hash::{Hash, Hasher};

/// So many letters are brought to one case at once.
const CHUNK: usize = 32;

/// A text whatever its case (ASCII letters).
#[derive(Debug, Clone, Copy)]
pub struct AnyCase<'a>(pub &'a str);

impl PartialEq for AnyCase<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

impl Eq for AnyCase<'_> {}

impl Hash for AnyCase<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for letters in self.0.as_bytes().chunks(CHUNK) {
            let mut lower = [0; CHUNK];
            lower.iter_mut().zip(letters).for_each(|(slot, letter)| *slot = letter.to_ascii_lowercase());
            state.write(&lower);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn either_case_is_one_key() {
        let long = "a-title-that-is-longer-than-one-chunk-of-letters";
        let (upper, known) = (long.to_uppercase(), HashSet::from([AnyCase("ISS-7k3"), AnyCase(long)]));
        assert!(["iss-7K3", &upper].into_iter().all(|text| known.contains(&AnyCase(text))));
        assert!(["ISS-7k", "ISS-7k33", ""].into_iter().all(|text| !known.contains(&AnyCase(text))));
    }
}
