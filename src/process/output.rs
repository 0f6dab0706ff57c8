//! Keeping a program's output in files without ever filling the disk: the beginning and the end stay, the middle goes.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::fs::{File, FsError, write};

/// How much of the end is kept when there is too much output.
const TAIL: usize = 256 * 1024;
/// How long to wait for the last output once every known process is dead.
const PATIENCE: Duration = Duration::from_secs(1);

/// Output on its way into files. Counts, for all streams together.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    counts: Arc<Counts>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Counts {
    seen: AtomicU64,
    dropped: AtomicU64,
}

/// A new, empty file for output.
pub(super) fn create(path: &Path) -> Result<File, FsError> {
    write::open_empty(path)
}

impl Keeper {
    /// Copies `pipe` into `file`, of which `limit` bytes are kept whole, until the pipe ends.
    pub(super) fn keep(&mut self, pipe: impl Read + Send + 'static, file: File, limit: u64) {
        let counts = Arc::clone(&self.counts);
        self.threads.push(thread::spawn(move || {
            // When writing fails (a full disk), the pipe closes and the program hears of it.
            let _ = copy(pipe, file, limit, &counts);
        }));
    }

    /// Bytes that came so far.
    pub(super) fn seen(&self) -> u64 {
        self.counts.seen.load(Ordering::Relaxed)
    }

    /// Bytes that were not kept.
    pub(super) fn dropped(&self) -> u64 {
        self.counts.dropped.load(Ordering::Relaxed)
    }

    /// Waits for the last output, but not forever: a pipe can be held open by a process outside our reach.
    pub(super) fn finish(&mut self) {
        let started = Instant::now();
        while self.threads.iter().any(|thread| !thread.is_finished()) && started.elapsed() < PATIENCE {
            thread::sleep(Duration::from_micros(200));
        }
    }
}

fn copy(mut pipe: impl Read, mut file: impl Write, limit: u64, counts: &Counts) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let (mut room, mut tail, mut beyond) = (limit, VecDeque::new(), 0_u64);
    loop {
        let bytes = match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => buffer.get(..count).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        counts.seen.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let (head, rest) = bytes.split_at(bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
        file.write_all(head)?;
        room -= head.len() as u64;
        beyond += rest.len() as u64;
        tail.extend(rest);
        tail.drain(..tail.len().saturating_sub(TAIL));
    }
    let dropped = beyond - tail.len() as u64;
    if dropped > 0 {
        counts.dropped.fetch_add(dropped, Ordering::Relaxed);
        write!(file, "\n[cmpm: {dropped} bytes of output omitted here]\n")?;
    }
    file.write_all(tail.make_contiguous())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(input: &[u8], limit: u64) -> (Vec<u8>, u64) {
        let (mut file, counts) = (Vec::new(), Counts::default());
        copy(input, &mut file, limit, &counts).unwrap();
        assert_eq!(counts.seen.into_inner(), input.len() as u64);
        (file, counts.dropped.into_inner())
    }

    #[test]
    fn little_output_is_kept_as_it_is() {
        assert_eq!(kept(b"", 4), (vec![], 0));
        assert_eq!(kept(b"four", 4), (b"four".to_vec(), 0));
        assert_eq!(kept(b"and more", 4), (b"and more".to_vec(), 0));
    }

    #[test]
    fn of_one_endless_line_both_ends_are_kept() {
        let mut input = vec![b'x'; 10_000_000];
        input[0] = b'A';
        *input.last_mut().unwrap() = b'Z';
        let (file, dropped) = kept(&input, 1000);
        assert_eq!(dropped, 10_000_000 - 1000 - TAIL as u64);
        assert!(file.len() < 1000 + TAIL + 100);
        assert!(file.starts_with(b"Ax") && file.ends_with(b"xZ"));
        assert!(String::from_utf8_lossy(&file).contains(&format!("[cmpm: {dropped} bytes of output omitted here]")));
    }
}
