//! A proxy on loopback that a test lets pass, cut or hold back what goes through.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// What happens to the next bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Line {
    /// They pass.
    Passes,
    /// What a client says is lost, and the line goes dead.
    CutsWhatIsSaid,
    /// What the server answers is lost, and the line goes dead.
    CutsWhatIsAnswered,
    /// What the server answers waits until it passes again.
    HoldsWhatIsAnswered,
}

pub struct Proxy {
    pub port: u16,
    line: Arc<Switch>,
}

struct Switch {
    line: AtomicU8,
    /// How many connections were cut.
    cuts: AtomicUsize,
    turned: (Mutex<()>, Condvar),
}

impl Proxy {
    pub fn to(server: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = Arc::new(Switch {
            line: AtomicU8::new(Line::Passes as u8),
            cuts: AtomicUsize::new(0),
            turned: Default::default(),
        });
        let switch = Arc::clone(&line);
        // Ends with the test's process.
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else {
                    continue;
                };
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let there = Arc::clone(&switch);
                std::thread::spawn(move || there.carry(from, to, Line::CutsWhatIsSaid));
                let back = Arc::clone(&switch);
                std::thread::spawn(move || back.carry(server, client, Line::CutsWhatIsAnswered));
            }
        });
        Proxy { port, line }
    }

    pub fn turn(&self, line: Line) {
        let _turning = self.line.turned.0.lock().unwrap();
        self.line.line.store(line as u8, Ordering::SeqCst);
        self.line.turned.1.notify_all();
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> usize {
        self.line.cuts.load(Ordering::SeqCst)
    }
}

impl Switch {
    /// Carries bytes until one side ends, or this way is cut. A cut happens once; then the line passes again.
    fn carry(&self, mut from: TcpStream, mut to: TcpStream, cut: Line) {
        let mut bytes = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let passes = Line::Passes as u8;
            let is_cut =
                self.line
                    .compare_exchange(cut as u8, passes, Ordering::SeqCst, Ordering::SeqCst);
            if is_cut.is_ok() {
                self.cuts.fetch_add(1, Ordering::SeqCst);
                break;
            }
            if cut == Line::CutsWhatIsAnswered {
                let mut turning = self.turned.0.lock().unwrap();
                while self.line.load(Ordering::SeqCst) == Line::HoldsWhatIsAnswered as u8 {
                    turning = self.turned.1.wait(turning).unwrap();
                }
            }
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}
