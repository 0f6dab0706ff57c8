//! The way out of a room for a program that may reach a few places: an HTTP proxy that listens in the network namespace of the room
//! and connects from outside of it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::network::Endpoint;
use crate::process::{Asked, ProcessError};

/// Connections at a time; more are not taken.
const AT_ONCE: usize = 128;
/// Places that are remembered.
const REMEMBERED: usize = 100;
/// What a request may have before its first empty line.
const HEAD_BYTES: usize = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);

/// A proxy that waits for its listener.
pub(in crate::process) struct Proxy {
    listener: Sender<TcpListener>,
    shared: Arc<Shared>,
}

struct Shared {
    allowed: Vec<Endpoint>,
    asked: Mutex<Asked>,
    open: AtomicUsize,
}

impl Proxy {
    /// Starts it in the network of the calling thread, where it stays.
    pub(in crate::process) fn start(allowed: Vec<Endpoint>) -> Self {
        let (listener, listeners) = channel::<TcpListener>();
        let shared = Arc::new(Shared { allowed, asked: Mutex::default(), open: AtomicUsize::new(0) });
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            let Ok(listener) = listeners.recv() else { return };
            for client in listener.incoming().flatten() {
                own.take(client);
            }
        });
        Self { listener, shared }
    }

    /// Listens in the network of the calling thread, on the port that comes back.
    pub(in crate::process) fn listen(&self) -> Result<u16, ProcessError> {
        let failed = |error| ProcessError::system("listen for the program", error);
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        self.listener.send(listener).map_err(|_| failed(io::ErrorKind::BrokenPipe.into()))?;
        Ok(port)
    }

    pub(in crate::process) fn asked(&self) -> Asked {
        self.shared.asked().clone()
    }
}

impl Shared {
    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: &Arc<Self>, client: TcpStream) {
        if self.open.fetch_add(1, Ordering::SeqCst) >= AT_ONCE {
            self.open.fetch_sub(1, Ordering::SeqCst);
            return;
        }
        let own = Arc::clone(self);
        thread::spawn(move || {
            // A connection that breaks off is its program's concern.
            let _ = own.serve(client);
            own.open.fetch_sub(1, Ordering::SeqCst);
        });
    }

    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        client.set_read_timeout(Some(PATIENCE))?;
        let head = head(&mut client)?;
        let Some((endpoint, is_tunnel)) = wanted(&head) else { return answer(&mut client, "400 Bad Request") };
        let is_allowed = self.allowed.contains(&endpoint);
        self.note(&endpoint, is_allowed);
        if !is_allowed {
            return answer(&mut client, "403 Forbidden");
        }
        let Some(mut server) = connect(&endpoint) else { return answer(&mut client, "502 Bad Gateway") };
        client.set_read_timeout(None)?;
        if is_tunnel {
            let end = find(&head, b"\r\n\r\n").map_or(head.len(), |at| at + 4);
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            server.write_all(head.get(end..).unwrap_or_default())?;
        } else {
            server.write_all(&head)?;
        }
        let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
        let back = thread::spawn(move || {
            let _ = io::copy(&mut from_server, &mut to_client);
            let _ = to_client.shutdown(Shutdown::Write);
        });
        let _ = io::copy(&mut client, &mut server);
        let _ = server.shutdown(Shutdown::Write);
        back.join().map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn note(&self, endpoint: &Endpoint, is_allowed: bool) {
        let mut asked = self.asked();
        // What it reached is always told.
        if is_allowed || asked.len() < REMEMBERED {
            asked.insert(endpoint.to_string(), is_allowed);
        }
    }
}

/// What a request begins with, at least to its first empty line.
fn head(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let (mut head, mut part) = (Vec::new(), [0; 4096]);
    while find(&head, b"\r\n\r\n").is_none() && head.len() < HEAD_BYTES {
        match client.read(&mut part)? {
            0 => break,
            count => head.extend_from_slice(part.get(..count).unwrap_or_default()),
        }
    }
    Ok(head)
}

/// Where a request wants to go, and whether it is to be connected through.
fn wanted(head: &[u8]) -> Option<(Endpoint, bool)> {
    let line = str::from_utf8(head.get(..find(head, b"\r\n")?)?).ok()?;
    let (method, rest) = line.split_once(' ')?;
    let target = rest.split(' ').next()?;
    if method == "CONNECT" {
        return Some((target.parse().ok()?, true));
    }
    let authority = target.strip_prefix("http://")?.split(['/', '?', '#']).next()?;
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
    let endpoint = if has_port { authority.parse() } else { format!("{authority}:80").parse() };
    Some((endpoint.ok()?, false))
}

fn connect(endpoint: &Endpoint) -> Option<TcpStream> {
    let host = endpoint.host.trim_matches(['[', ']']);
    let addresses: Vec<SocketAddr> = (host, endpoint.port).to_socket_addrs().ok()?.collect();
    addresses.iter().find_map(|address| TcpStream::connect_timeout(address, PATIENCE).ok())
}

fn answer(client: &mut TcpStream, status: &str) -> io::Result<()> {
    client.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_reached_is_always_told() {
        let shared = Shared { allowed: Vec::new(), asked: Mutex::default(), open: AtomicUsize::new(0) };
        for number in 0..=REMEMBERED {
            shared.note(&format!("{number}.example:1").parse().unwrap(), false);
        }
        shared.note(&"good.example:1".parse().unwrap(), true);
        let asked = shared.asked();
        assert_eq!((asked.len(), asked.get("good.example:1")), (REMEMBERED + 1, Some(&true)));
    }

    #[test]
    fn what_a_request_wants_is_read_strictly() {
        let of = |head: &str| wanted(head.as_bytes()).map(|(endpoint, tunnel)| (endpoint.to_string(), tunnel));
        assert_eq!(of("CONNECT API.example:443 HTTP/1.1\r\n\r\n"), Some(("api.example:443".into(), true)));
        assert_eq!(of("GET http://a.example/x:9 HTTP/1.1\r\n"), Some(("a.example:80".into(), false)));
        assert_eq!(of("GET http://[::1]/ HTTP/1.1\r\n"), Some(("[::1]:80".into(), false)));
        for refused in
            ["CONNECT a@b:1 x\r\n", "GET http://good.example:80@evil/ x\r\n", "GET /x x\r\n", "CONNECT a:0 x\r\n", "CONNECT a:1", ""]
        {
            assert_eq!(of(refused), None, "{refused}");
        }
    }
}
