//! What the system says of a file without reading it: enough to know that it is still the same.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::read;

/// How long after a change the next one may get the same time: the step of a kernel's clock.
const STEP: i128 = 10_000_000;

/// The same on file systems that keep whole seconds, or every other one.
const COARSE_STEP: i128 = 2_000_000_000;

/// The times (nanoseconds since 1970), the size (bytes) and the inode of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(i64, i64, u64, u64);

impl Stamp {
    /// The stamp of a regular file; `None` for whatever else is there, or is not.
    pub fn find(path: &Path) -> Option<Self> {
        read::find_metadata(path).ok().flatten().filter(Metadata::is_file).map(|metadata| Self::of(&metadata))
    }

    /// The stamp of what `metadata` describes.
    pub fn of(metadata: &Metadata) -> Self {
        let time = |seconds: i64, nanoseconds: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(nanoseconds);
        Self(time(metadata.mtime(), metadata.mtime_nsec()), time(metadata.ctime(), metadata.ctime_nsec()), metadata.size(), metadata.ino())
    }

    /// The stamp of what the system's own words describe.
    pub(super) fn of_stat(stat: &rustix::fs::Stat) -> Self {
        let time = |seconds: i64, nanoseconds: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(nanoseconds);
        let modified = time(wide(stat.st_mtime), wide(stat.st_mtime_nsec));
        Self(modified, time(wide(stat.st_ctime), wide(stat.st_ctime_nsec)), wide(stat.st_size), wide(stat.st_ino))
    }

    /// All of it as bytes, and back.
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let numbers = [self.0.cast_unsigned(), self.1.cast_unsigned(), self.2, self.3].map(u64::to_le_bytes);
        bytes.iter_mut().zip(numbers.as_flattened()).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// What `to_bytes` made.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let number = |index: usize| u64::from_le_bytes(bytes.as_chunks::<8>().0.get(index).copied().unwrap_or_default());
        Self(number(0).cast_signed(), number(1).cast_signed(), number(2), number(3))
    }

    /// Whether every change after `now` (the stamp of a file that was just written) will be seen, because it gets another time.
    pub fn is_settled(&self, now: &Self) -> bool {
        let newest = i128::from(self.0.max(self.1));
        let step = if newest % 1_000_000_000 == 0 { COARSE_STEP } else { STEP };
        newest + step <= i128::from(now.0)
    }
}

/// A number of the system, whose type is not the same everywhere.
fn wide<T: TryInto<W>, W: Default>(number: T) -> W {
    number.try_into().unwrap_or_default()
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(modified, changed, size, inode) = self;
        write!(f, "{modified:x}.{changed:x}.{size:x}.{inode:x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_same_stamp() {
        let stamp = Stamp(-5, 7, u64::MAX, 1);
        assert_eq!(Stamp::from_bytes(&stamp.to_bytes()), stamp);
    }

    #[test]
    fn what_was_changed_just_now_is_not_settled() {
        let at = |modified: i64, changed: i64| Stamp(modified, changed, 1, 1);
        let now = at(5_000_000_000, 0);
        assert!(at(4_989_999_999, 1).is_settled(&now));
        assert!(!at(4_990_000_001, 1).is_settled(&now));
        assert!(!at(1, 4_990_000_001).is_settled(&now), "the time of the change counts too");
        assert!(!at(4_000_000_000, 1).is_settled(&now), "a clock of whole seconds");
        assert!(at(3_000_000_000, 1).is_settled(&now));
        assert!(!at(9_000_000_001, 1).is_settled(&now), "a time in the future");
    }
}
