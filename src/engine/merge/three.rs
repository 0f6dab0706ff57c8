//! Three versions of one thing, and what needs no thought: a side that did not change anything has no say.

/// What both began with, and what each side made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Three<T> {
    /// The common ancestor.
    pub base: T,
    /// Our side.
    pub ours: T,
    /// The other side.
    pub theirs: T,
}

impl<T> Three<T> {
    /// The same question asked of each version.
    pub fn map<U>(self, mut ask: impl FnMut(T) -> U) -> Three<U> {
        Three { base: ask(self.base), ours: ask(self.ours), theirs: ask(self.theirs) }
    }

    /// By reference.
    pub fn each(&self) -> Three<&T> {
        Three { base: &self.base, ours: &self.ours, theirs: &self.theirs }
    }
}

impl<T> Three<Option<T>> {
    /// Each version, if all have one.
    pub fn all(self) -> Option<Three<T>> {
        Some(Three { base: self.base?, ours: self.ours?, theirs: self.theirs? })
    }
}

impl<T: PartialEq> Three<T> {
    /// The version that stands where at most one side changed it, or both in the same way.
    pub fn settled(self) -> Option<T> {
        match () {
            () if self.ours == self.theirs || self.theirs == self.base => Some(self.ours),
            () if self.ours == self.base => Some(self.theirs),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_side_alone_decides() {
        let settled = |base, ours, theirs| Three { base, ours, theirs }.settled();
        assert_eq!([settled(0, 1, 0), settled(0, 0, 2), settled(0, 3, 3), settled(0, 1, 2)], [Some(1), Some(2), Some(3), None]);
    }
}
