//! Where there is no room: system calls that Landlock knows nothing of, or not yet.

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch};

/// Refuses, for this thread and what it starts, to make local sockets and (without `network`) others, to limit other processes, and
/// the way around both. Whether the system can do that.
pub(super) fn refuse(sockets: bool, network: bool) -> bool {
    filter(sockets, network)
        .is_some_and(|program| rustix::thread::set_no_new_privs(true).is_ok() && seccompiler::apply_filter(&program).is_ok())
}

fn filter(sockets: bool, network: bool) -> Option<BpfProgram> {
    let int = |index, op, value| SeccompCondition::new(index, SeccompCmpArgLen::Dword, op, value).ok();
    let long = |index, op, value| SeccompCondition::new(index, SeccompCmpArgLen::Qword, op, value).ok();
    let (local, kernel) = (u64::try_from(libc::AF_UNIX).ok()?, u64::try_from(libc::AF_NETLINK).ok()?);
    let mut socket = Vec::new();
    if !sockets {
        socket.push(SeccompRule::new(vec![int(0, SeccompCmpOp::Eq, local)?]).ok()?);
    }
    if !network {
        socket.push(SeccompRule::new(vec![int(0, SeccompCmpOp::Ne, local)?, int(0, SeccompCmpOp::Ne, kernel)?]).ok()?);
    }
    let limit = SeccompRule::new(vec![int(0, SeccompCmpOp::Ne, 0)?, long(2, SeccompCmpOp::Ne, 0)?]).ok()?;
    let mut rules = BTreeMap::from([(libc::SYS_prlimit64, vec![limit]), (libc::SYS_io_uring_setup, Vec::new())]);
    if !socket.is_empty() {
        rules.insert(libc::SYS_socket, socket);
    }
    let refused = SeccompAction::Errno(u32::try_from(libc::EACCES).ok()?);
    let arch = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    SeccompFilter::new(rules, SeccompAction::Allow, refused, arch).ok()?.try_into().ok()
}
