//! Numbers and texts as bytes, for files that are read piece by piece.

/// The bytes of a checksum.
pub const SUM: usize = 8;

/// Adds a number, as LEB128.
pub fn number(out: &mut Vec<u8>, value: usize) {
    let mut rest = value;
    while rest >= 0x80 {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Adds a text with its length.
pub fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// The checksum of some bytes: not against anybody who wants to deceive, but against damage.
pub fn sum(bytes: &[u8]) -> [u8; SUM] {
    let mut sum = [0; SUM];
    sum.iter_mut().zip(blake3::hash(bytes).as_bytes()).for_each(|(to, from)| *to = *from);
    sum
}

/// What is left to be read. Whatever cannot be read is `None`.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads from the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.0.len()
    }

    pub fn number(&mut self) -> Option<usize> {
        let (mut value, mut shift) = (0_usize, 0_u32);
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
            shift += 7;
        }
    }

    /// A number that is not large.
    pub fn small(&mut self) -> Option<u32> {
        self.number()?.try_into().ok()
    }

    /// So many bytes.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    pub fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// A checksum.
    pub fn sum(&mut self) -> Option<[u8; SUM]> {
        self.take(SUM)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let mut bytes = Vec::new();
        [0, 127, 128, usize::MAX].into_iter().for_each(|value| number(&mut bytes, value));
        text(&mut bytes, "é");
        let mut rest = Reader::new(&bytes);
        let numbers: Vec<usize> = (0..4).filter_map(|_| rest.number()).collect();
        assert_eq!((numbers, rest.text()), (vec![0, 127, 128, usize::MAX], Some("é")));
        assert_eq!((rest.is_empty(), rest.number(), rest.text()), (true, None, None));
        assert_eq!(Reader::new(&[0xff; 12]).number(), None);
    }
}
