//! A room of its own for a program: user, mount, process and (without network) network namespaces.
//!
//! What is not put into the room is not there: no file to read, no socket to connect to, no process to signal, no terminal to
//! write to. What is there is read-only, with everything that belongs to a file, unless it is named as writable.
//!
//! ```text
//! launcher, outside: unshares, waits ── first process of the room: furnishes it, locks itself in, waits ── program
//! ```
//! Whatever the program starts ends with the first process, and that with the launcher.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, mount_change, mount_remount, unmount,
};
use rustix::process::{DumpableBehavior, Signal};
use rustix::thread::{CapabilitySet, CapabilitySets, UnshareFlags};

use super::{DEVICES, Layer, Sandbox};
use crate::fs::{PathKind, read, write};
use crate::process::ProcessError;

/// Where the new root is put together; it only has to exist.
const SITE: &str = "/tmp";
/// How large the folders in memory may become.
const MEMORY: &str = "size=1g,nr_inodes=100k,mode=1777";
/// Folders in memory, of each room its own.
const OWN: [&str; 2] = ["/tmp", "/dev/shm"];
/// Names that programs expect below `/dev`, and where they lead.
const LINKS: [(&str, &str); 5] = [
    ("/dev/ptmx", "pts/ptmx"),
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
];
const PLAIN: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);

/// Gives this process, which must have one thread, the right to make other namespaces.
pub(in crate::process) fn become_owner() -> Result<(), ProcessError> {
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    leave(UnshareFlags::NEWUSER)?;
    write::tell(Path::new("/proc/self/setgroups"), b"deny")?;
    write::tell(Path::new("/proc/self/uid_map"), format!("{user} {user} 1").as_bytes())?;
    write::tell(Path::new("/proc/self/gid_map"), format!("{group} {group} 1").as_bytes())?;
    hand_on()
}

/// Puts what this thread starts from now on into namespaces of its own. With `own_network` the thread itself is in that at once.
pub(in crate::process) fn unshare(own_network: bool) -> Result<(), ProcessError> {
    let mut flags = UnshareFlags::NEWPID | UnshareFlags::NEWIPC;
    flags.set(UnshareFlags::NEWNET, own_network);
    leave(flags)
}

/// Has the first process of the room keep the powers over it that it needs; who is not root loses them by starting a program.
fn hand_on() -> Result<(), ProcessError> {
    let failed = |error: Errno| ProcessError::system("hand capabilities on", error);
    let needed = CapabilitySet::SYS_ADMIN | CapabilitySet::SETPCAP;
    let own = rustix::thread::capabilities(None).map_err(failed)?;
    rustix::thread::set_capabilities(None, CapabilitySets { inheritable: needed, ..own }).map_err(failed)?;
    needed.iter().try_for_each(|one| rustix::thread::configure_capability_in_ambient_set(one, true)).map_err(failed)
}

fn leave(flags: UnshareFlags) -> Result<(), ProcessError> {
    #[expect(deprecated, reason = "the other one is unsafe because of a flag for file descriptors, which is not used here")]
    rustix::thread::unshare(flags).map_err(|error| ProcessError::system("make namespaces", error))
}

/// Ends this process with the launcher that started it. It is the first of its namespace, so its parent has no number here.
pub(in crate::process) fn follow_launcher() -> Result<(), ProcessError> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| ProcessError::system("follow the launcher", error))?;
    // What the program did with this process would be done outside of the bounds of the program.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| ProcessError::system("hide", error))
}

/// Furnishes the room of this process and makes it the root. Nothing of what was mounted before stays in reach.
/// What cannot be a layer there is only readable.
pub(in crate::process) fn furnish(sandbox: &mut Sandbox) -> Result<(), ProcessError> {
    let failed = |error: Errno| ProcessError::system("furnish a room", error);
    // Only now, so that the launcher outside keeps its own view.
    leave(UnshareFlags::NEWNS)?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).map_err(failed)?;
    mount("tmpfs", SITE, "tmpfs", PLAIN, None).map_err(failed)?;
    let (old, new) = (Path::new("/old"), Path::new("/new"));
    for folder in [old, new] {
        write::create_folder(&inside(Path::new(SITE), folder))?;
    }
    rustix::process::pivot_root(SITE, inside(Path::new(SITE), old)).map_err(failed)?;
    rustix::process::chdir("/").map_err(failed)?;
    mount_bind(new, new).map_err(failed)?;
    let site = Site { old, new, sandbox };
    let layered = site.places()?;
    site.devices()?;
    site.hide();
    for cover in &sandbox.covers {
        mount_bind(inside(old, &cover.with), inside(new, &cover.at)).map_err(failed)?;
    }
    rustix::process::chdir(new).map_err(failed)?;
    rustix::process::pivot_root(".", ".").map_err(failed)?;
    unmount(".", UnmountFlags::DETACH).map_err(failed)?;
    rustix::process::chdir("/").map_err(failed)?;
    let (layers, bound) = std::mem::take(&mut sandbox.layers).into_iter().partition(|layer| layered.contains(&layer.at));
    sandbox.layers = layers;
    sandbox.readable.extend(bound.into_iter().map(|layer: Layer| layer.at));
    close(sandbox)
}

/// Gives up every power over the namespaces that this process made, for itself and what it starts.
pub(in crate::process) fn resign() -> Result<(), ProcessError> {
    let failed = |error: Errno| ProcessError::system("give up capabilities", error);
    for capability in CapabilitySet::all().iter() {
        // One that this kernel does not know cannot be had either.
        let _ = rustix::thread::remove_capability_from_bounding_set(capability);
    }
    let none = CapabilitySet::empty();
    rustix::thread::set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none }).map_err(failed)?;
    rustix::thread::set_no_new_privs(true).map_err(failed)
}

/// The new root while it is put together, with the old one beside it.
struct Site<'a> {
    old: &'a Path,
    new: &'a Path,
    sandbox: &'a Sandbox,
}

impl Site<'_> {
    /// Puts every place into the room, outer ones first; which of them are layers.
    fn places(&self) -> Result<Vec<PathBuf>, ProcessError> {
        let Sandbox { readable, writable, layers, .. } = self.sandbox;
        let layered = layers.iter().map(|layer| &layer.at);
        let mut places: Vec<&PathBuf> = readable.iter().chain(writable).chain(layered).collect();
        places.sort_by_key(|place| (place.components().count(), *place));
        places.dedup();
        // Where a repository is below one, the rest of it must not look as if it could be written.
        for own in OWN.iter().map(Path::new).filter(|own| !places.iter().any(|place| place.starts_with(own))) {
            self.memory(own)?;
        }
        let mut layered = Vec::new();
        for place in places {
            let layer = layers.iter().find(|layer| layer.at == *place);
            match layer.map_or(Err(Errno::INVAL), |layer| self.layer(&layer.at, &layer.top)) {
                Ok(()) => layered.push(place.clone()),
                Err(_) => self.bind(place)?,
            }
        }
        Ok(layered)
    }

    fn bind(&self, place: &Path) -> Result<(), ProcessError> {
        let (from, to) = (inside(self.old, place), inside(self.new, place));
        match read::find_kind(&from)? {
            None => Ok(()),
            Some(PathKind::Link) if read::exists(&to) => Ok(()),
            Some(PathKind::Link) => Ok(write::link(&read::link_target(&from)?, &to)?),
            Some(kind) => {
                if !read::exists(&to) {
                    let folder = if kind == PathKind::Folder { &to } else { to.parent().unwrap_or(&to) };
                    write::create_folder(folder)?;
                    if kind != PathKind::Folder {
                        drop(write::open_empty(&to)?);
                    }
                }
                mount_bind_recursive(&from, &to).map_err(|error| ProcessError::system("put a folder into the room", error))
            }
        }
    }

    /// What is written at `place` goes to `top`, and what is there stays as it is.
    fn layer(&self, place: &Path, top: &Path) -> Result<(), Errno> {
        let (from, to) = (inside(self.old, place), inside(self.new, place));
        let (upper, work) = (inside(self.old, &top.join("upper")), inside(self.old, &top.join("work")));
        let paths = [&from, &upper, &work].map(|path| path.as_os_str().as_bytes());
        if paths.iter().any(|path| path.iter().any(|byte| b",:\\\"".contains(byte))) {
            return Err(Errno::INVAL);
        }
        write::create_folder(&to).map_err(|_| Errno::NOENT)?;
        let options = [b"userxattr,lowerdir=", paths[0], b",upperdir=", paths[1], b",workdir=", paths[2]].concat();
        let options = CString::new(options).map_err(|_| Errno::INVAL)?;
        mount("overlay", &to, "overlay", PLAIN, options.as_c_str())
    }

    fn memory(&self, place: &Path) -> Result<(), ProcessError> {
        let failed = |error: Errno| ProcessError::system("make a folder in memory", error);
        let to = inside(self.new, place);
        write::create_folder(&to)?;
        let options = CString::new(MEMORY).map_err(|_| failed(Errno::INVAL))?;
        mount("tmpfs", &to, "tmpfs", PLAIN, options.as_c_str()).map_err(failed)
    }

    fn devices(&self) -> Result<(), ProcessError> {
        let failed = |error: Errno| ProcessError::system("make devices", error);
        for device in DEVICES.map(Path::new) {
            self.bind(device)?;
        }
        let at = |name: &str| inside(self.new, Path::new(name));
        for folder in ["/dev/pts", "/proc", "/run"] {
            write::create_folder(&at(folder))?;
        }
        mount("devpts", at("/dev/pts"), "devpts", MountFlags::NOSUID | MountFlags::NOEXEC, c"newinstance,ptmxmode=0666").map_err(failed)?;
        mount("proc", at("/proc"), "proc", PLAIN | MountFlags::NOEXEC, None).map_err(failed)?;
        for (name, target) in LINKS {
            write::link(Path::new(target), &at(name))?;
        }
        Ok(())
    }

    /// Covers what is in a place that is readable, but must not be seen.
    fn hide(&self) {
        for hidden in &self.sandbox.hidden {
            let to = inside(self.new, hidden);
            // What cannot be covered is not there; Landlock does not open it in any case.
            let _ = match read::find_kind(&to) {
                Ok(Some(PathKind::Folder)) => mount("tmpfs", &to, "tmpfs", PLAIN | MountFlags::RDONLY, c"size=4k"),
                Ok(Some(PathKind::File)) => mount_bind(inside(self.old, Path::new("/dev/null")), &to),
                _ => Ok(()),
            };
        }
    }
}

/// Makes every mount read-only that is not, or is not in, a writable place.
fn close(sandbox: &Sandbox) -> Result<(), ProcessError> {
    let table = read::read(Path::new("/proc/self/mountinfo"))?;
    for (place, options) in table.split(|&byte| byte == b'\n').filter_map(mounted) {
        let longest = |places: &mut dyn Iterator<Item = &Path>| {
            places.filter(|at| place.starts_with(at)).map(|at| at.components().count()).max().unwrap_or(0)
        };
        let own = OWN.iter().chain(&["/dev/pts", "/proc"]).map(Path::new);
        let open = longest(&mut sandbox.writable.iter().map(PathBuf::as_path).chain(own));
        let covered = sandbox.covers.iter().any(|cover| cover.at == place);
        let layered = sandbox.layers.iter().any(|layer| layer.at == place);
        if layered || (!covered && open > 0 && open >= longest(&mut sandbox.readable.iter().map(PathBuf::as_path))) {
            continue;
        }
        let flags = options.split(|&byte| byte == b',').fold(MountFlags::BIND | MountFlags::RDONLY, |flags, option| flags | flag(option));
        mount_remount(&place, flags, c"").map_err(|error| ProcessError::system("make a folder read-only", error))?;
    }
    Ok(())
}

/// Where the mount of a line of `/proc/self/mountinfo` is, and its options. See proc_pid_mountinfo(5).
fn mounted(line: &[u8]) -> Option<(PathBuf, Vec<u8>)> {
    let mut fields = line.split(|&byte| byte == b' ').skip(4);
    let (place, options) = (fields.next()?, fields.next()?);
    let mut bytes = Vec::new();
    let mut rest = place;
    while let Some((&first, after)) = rest.split_first() {
        // A space or newline stands there as `\040`.
        let code = after.get(..3).filter(|_| first == b'\\').and_then(|code| u8::from_str_radix(str::from_utf8(code).ok()?, 8).ok());
        bytes.push(code.unwrap_or(first));
        rest = code.and_then(|_| after.get(3..)).unwrap_or(after);
    }
    Some((PathBuf::from(std::ffi::OsStr::from_bytes(&bytes)), options.to_vec()))
}

/// Flags that whoever made the mount has set, and that must be kept.
fn flag(option: &[u8]) -> MountFlags {
    match option {
        b"nosuid" => MountFlags::NOSUID,
        b"nodev" => MountFlags::NODEV,
        b"noexec" => MountFlags::NOEXEC,
        b"noatime" => MountFlags::NOATIME,
        b"nodiratime" => MountFlags::NODIRATIME,
        b"relatime" => MountFlags::RELATIME,
        _ => MountFlags::empty(),
    }
}

fn inside(root: &Path, place: &Path) -> PathBuf {
    root.join(place.strip_prefix("/").unwrap_or(place))
}
