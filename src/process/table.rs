//! The table of processes (Linux: `/proc`; elsewhere it is empty).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rustix::process::Pid;

use crate::fs::read;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Process {
    pub(super) pid: Pid,
    pub(super) parent: i32,
    pub(super) group: i32,
    /// Ended, but its parent has not looked yet.
    pub(super) zombie: bool,
    /// In ticks since boot; together with the pid it names a process forever.
    pub(super) start: u64,
}

pub(super) fn processes() -> Vec<Process> {
    let pids = read::names(Path::new("/proc")).unwrap_or_default();
    pids.iter().filter_map(|name| find(name.parse().ok()?)).collect()
}

/// The process with this number, if there is one.
pub(super) fn find(pid: i32) -> Option<Process> {
    parse(Pid::from_raw(pid.max(0))?, &read::find_text(&path(pid, "stat")).ok()??)
}

/// The variables a process was started with, as `NAME=value`; empty if it belongs to somebody else.
pub(super) fn environment(pid: Pid) -> Vec<Vec<u8>> {
    let bytes = read::read(&path(pid.as_raw_nonzero().get(), "environ")).unwrap_or_default();
    bytes.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect()
}

/// The value that a variable has in the nearest process above this one that was started with it. What was started below cannot
/// change that, whatever it does with its own variables.
pub fn inherited(name: &str) -> Option<String> {
    /// More levels nobody has; a table that is not read in one instant could hold a cycle.
    const LEVELS: usize = 100;
    let own = i32::try_from(std::process::id()).ok().and_then(find);
    let above = std::iter::successors(own, |process| find(process.parent)).take(LEVELS).skip(1);
    let mark = format!("{name}=");
    above.into_iter().find_map(|process| {
        environment(process.pid).iter().find_map(|one| Some(String::from_utf8_lossy(one.strip_prefix(mark.as_bytes())?).into_owned()))
    })
}

/// All of `table` that descend from `root`, without it.
pub(super) fn descendants(table: &[Process], root: Pid) -> Vec<Process> {
    let mut children: HashMap<i32, Vec<Process>> = HashMap::new();
    for process in table {
        children.entry(process.parent).or_default().push(*process);
    }
    let mut found: Vec<Process> = Vec::new();
    let mut parents = vec![root.as_raw_nonzero().get()];
    while let Some(parent) = parents.pop() {
        // Taken out, since a table that is not read in one instant could hold a cycle.
        let below = children.remove(&parent).unwrap_or_default();
        parents.extend(below.iter().map(|process| process.pid.as_raw_nonzero().get()));
        found.extend(below);
    }
    found
}

fn path(pid: i32, file: &str) -> PathBuf {
    Path::new("/proc").join(pid.to_string()).join(file)
}

/// `/proc/<pid>/stat`, see proc_pid_stat(5). The name in parentheses may hold anything, so it is skipped from its end.
fn parse(pid: Pid, stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).copied();
    Some(Process {
        pid,
        parent: field(4)?.parse().ok()?,
        group: field(5)?.parse().ok()?,
        zombie: matches!(field(3)?, "Z" | "X"),
        start: field(22)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_does_not_move_the_fields() {
        let stat = "7 (a) R 1 (b) S 3 4 5 0 -1 1 2 3 4 5 6 7 8 9 20 0 1 0 987 55 6\n";
        let process = parse(Pid::INIT, stat).unwrap();
        assert_eq!((process.parent, process.group, process.zombie, process.start), (3, 4, false, 987));
        assert_eq!(parse(Pid::INIT, "garbage"), None);
    }

    #[test]
    fn descendants_are_found_through_several_levels() {
        let row = |pid: i32, parent| Process { pid: Pid::from_raw(pid).unwrap(), parent, group: 1, zombie: false, start: 0 };
        let table = [row(5, 4), row(2, 5), row(3, 2), row(4, 3), row(9, 1)];
        let mut below: Vec<i32> = descendants(&table, row(2, 0).pid).iter().map(|p| p.pid.as_raw_nonzero().get()).collect();
        below.sort_unstable();
        assert_eq!(below, [2, 3, 4, 5], "a cycle ends");
    }
}
