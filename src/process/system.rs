//! What only some systems can do: following the parent into death, and adopting orphans. Elsewhere less is guaranteed.

use rustix::process::{Pid, Resource, Rlimit, Signal, WaitOptions, WaitStatus};

use super::ProcessError;

/// Has `signal` sent to this process when the process `parent`, which started it, dies; also if it is dead already.
///
/// The system means the *thread* of the parent that started this process: it must live as long as this process should.
pub(super) fn follow_parent(parent: u32, signal: Signal) -> Result<(), ProcessError> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(signal))
        .map_err(|error| ProcessError::system("follow the parent process", error))?;
    #[cfg(not(target_os = "linux"))]
    let _ = signal;
    let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get().cast_unsigned());
    if now == Some(parent) { Ok(()) } else { Err(ProcessError::Abandoned) }
}

/// Makes this process the parent of every process below it whose own parent ends.
pub(super) fn adopt_orphans() -> Result<(), ProcessError> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(|error| ProcessError::system("adopt orphans", error))?;
    Ok(())
}

/// Sets a limit that this process and all it starts can only lower; one that is lower already stays.
pub(super) fn limit(resource: Resource, most: u64) -> Result<(), ProcessError> {
    let most = rustix::process::getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most));
    let limit = Rlimit { current: Some(most), maximum: Some(most) };
    rustix::process::setrlimit(resource, limit).map_err(|error| ProcessError::system("set a limit", error))
}

/// What is found when looking for ended children.
pub(super) enum Reaped {
    /// This one ended, and is gone from the table now.
    Ended(Pid, WaitStatus),
    /// There are children, all of them live.
    AllLive,
    /// There are no children.
    NoChildren,
}

/// Looks for one ended child without waiting.
pub(super) fn reap() -> Reaped {
    loop {
        return match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => Reaped::Ended(pid, status),
            Ok(None) => Reaped::AllLive,
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => Reaped::NoChildren,
        };
    }
}

/// Kills what is left of a program's group where orphans are not adopted, and so cannot be found one by one.
pub(super) fn end_group(leader: Pid) {
    #[cfg(not(target_os = "linux"))]
    let _ = rustix::process::kill_process_group(leader, Signal::KILL);
    #[cfg(target_os = "linux")]
    let _ = leader;
}
