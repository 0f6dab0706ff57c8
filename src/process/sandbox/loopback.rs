//! The network of a program that has none: 127.0.0.1, where its own servers and tests are.

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

use crate::process::ProcessError;

/// `RTM_NEWLINK` for the device with number 1, which is the loopback of a new namespace: flags `IFF_UP`. See rtnetlink(7).
fn request() -> [u8; 32] {
    let mut bytes = [0; 32];
    let fields: [(usize, &[u8]); 6] = [
        (0, &32_u32.to_ne_bytes()),
        (4, &16_u16.to_ne_bytes()),
        (6, &5_u16.to_ne_bytes()), // NLM_F_REQUEST and NLM_F_ACK
        (20, &1_u32.to_ne_bytes()),
        (24, &1_u32.to_ne_bytes()),
        (28, &1_u32.to_ne_bytes()),
    ];
    for (start, field) in fields {
        for (byte, value) in bytes.iter_mut().skip(start).zip(field) {
            *byte = *value;
        }
    }
    bytes
}

/// Switches it on.
pub(in crate::process) fn up() -> Result<(), ProcessError> {
    let failed = |error: rustix::io::Errno| ProcessError::system("switch 127.0.0.1 on", error);
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None).map_err(failed)?;
    sendto(&socket, &request(), SendFlags::empty(), &SocketAddrNetlink::new(0, 0)).map_err(failed)?;
    let mut answer = [0_u8; 64];
    recv(&socket, &mut answer, RecvFlags::empty()).map_err(failed)?;
    let code = answer.get(16..20).and_then(|code| code.try_into().ok()).map_or(-1, i32::from_ne_bytes);
    if code == 0 { Ok(()) } else { Err(failed(rustix::io::Errno::from_raw_os_error(-code))) }
}
