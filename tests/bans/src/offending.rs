//! One offence per ban. `//~` ends a line with the names of the diagnostics that it must draw: the
//! path that the list bans, or the lint where no path is banned. Every other line must draw none.

use std::path::Path;

/// Clocks and waiting.
pub fn clocks(then: std::time::SystemTime) { //~ std::time::SystemTime
    let since: std::time::Instant = made(); //~ std::time::Instant
    let _ = since.elapsed(); //~ std::time::Instant::elapsed
    let _ = then.elapsed(); //~ std::time::SystemTime::elapsed
    let _ = std::time::Instant::now(); //~ std::time::Instant::now std::time::Instant
    let _ = std::time::SystemTime::now(); //~ std::time::SystemTime::now std::time::SystemTime
    std::thread::sleep(std::time::Duration::ZERO); //~ std::thread::sleep
    std::thread::park_timeout(std::time::Duration::ZERO); //~ std::thread::park_timeout
    let _ = chrono::Utc::now(); //~ chrono::Utc::now
    let _ = chrono::Local::now(); //~ chrono::Local::now chrono::Local
    let _ = uuid::Timestamp::now(uuid::NoContext); //~ uuid::Timestamp::now
}

/// Randomness, and results that a toolchain may change.
pub fn randomness() {
    let _ = std::hash::RandomState::new(); //~ std::hash::RandomState::new std::hash::RandomState
    let _ = std::hash::DefaultHasher::new(); //~ std::hash::DefaultHasher
    let _ = uuid::Uuid::new_v4(); //~ uuid::Uuid::new_v4
    let _ = uuid::Uuid::new_v7(made()); //~ uuid::Uuid::new_v7
    let _ = uuid::Uuid::now_v1(&[0; 6]); //~ uuid::Uuid::now_v1
    let _ = uuid::Uuid::now_v6(&[0; 6]); //~ uuid::Uuid::now_v6
    let _ = uuid::Uuid::now_v7(); //~ uuid::Uuid::now_v7
}

/// Order that comes from a hasher, also under another name.
pub fn order() {
    use std::collections::hash_map::HashMap as Ordered; //~ std::collections::HashMap
    let _: Ordered<u8, u8> = made(); //~ std::collections::HashMap
    let _: std::collections::HashSet<u8> = made(); //~ std::collections::HashSet
}

/// Files.
pub fn files(path: &Path) {
    let _ = std::fs::DirBuilder::new(); //~ std::fs::DirBuilder
    let _ = std::fs::File::open(path); //~ std::fs::File
    let _ = std::fs::OpenOptions::new(); //~ std::fs::OpenOptions
    let _ = std::fs::canonicalize(path); //~ std::fs::canonicalize
    let _ = std::fs::copy(path, path); //~ std::fs::copy
    let _ = std::fs::create_dir(path); //~ std::fs::create_dir
    let _ = std::fs::create_dir_all(path); //~ std::fs::create_dir_all
    let _ = std::fs::exists(path); //~ std::fs::exists
    let _ = std::fs::hard_link(path, path); //~ std::fs::hard_link
    let _ = std::fs::metadata(path); //~ std::fs::metadata
    let _ = std::fs::read(path); //~ std::fs::read
    let _ = std::fs::read_dir(path); //~ std::fs::read_dir
    let _ = std::fs::read_link(path); //~ std::fs::read_link
    let _ = std::fs::read_to_string(path); //~ std::fs::read_to_string
    let _ = std::fs::remove_dir(path); //~ std::fs::remove_dir
    let _ = std::fs::remove_dir_all(path); //~ std::fs::remove_dir_all
    let _ = std::fs::remove_file(path); //~ std::fs::remove_file
    let _ = std::fs::rename(path, path); //~ std::fs::rename
    let _ = std::fs::set_permissions(path, made()); //~ std::fs::set_permissions
    let _ = std::fs::symlink_metadata(path); //~ std::fs::symlink_metadata
    let _ = std::fs::write(path, ""); //~ std::fs::write
    let _ = std::path::absolute(path); //~ std::path::absolute
    let _ = path.canonicalize(); //~ std::path::Path::canonicalize
    let _ = path.exists(); //~ std::path::Path::exists
    let _ = path.is_dir(); //~ std::path::Path::is_dir
    let _ = path.is_file(); //~ std::path::Path::is_file
    let _ = path.is_symlink(); //~ std::path::Path::is_symlink
    let _ = path.metadata(); //~ std::path::Path::metadata
    let _ = path.read_dir(); //~ std::path::Path::read_dir
    let _ = path.read_link(); //~ std::path::Path::read_link
    let _ = path.symlink_metadata(); //~ std::path::Path::symlink_metadata
    let _ = path.try_exists(); //~ std::path::Path::try_exists
}

/// The network.
pub fn network() {
    use std::net::ToSocketAddrs;
    let _ = std::net::TcpListener::bind("[::1]:0"); //~ std::net::TcpListener
    let _ = std::net::TcpStream::connect("[::1]:0"); //~ std::net::TcpStream
    let _ = std::net::UdpSocket::bind("[::1]:0"); //~ std::net::UdpSocket
    let _ = "localhost:0".to_socket_addrs(); //~ std::net::ToSocketAddrs::to_socket_addrs
}

/// The environment and the process.
pub fn environment() {
    let _ = std::env::args(); //~ std::env::args
    let _ = std::env::args_os(); //~ std::env::args_os
    let _ = std::env::current_dir(); //~ std::env::current_dir
    let _ = std::env::current_exe(); //~ std::env::current_exe
    let _ = std::env::set_current_dir("/"); //~ std::env::set_current_dir
    let _ = std::env::temp_dir(); //~ std::env::temp_dir
    let _ = std::env::var("HOME"); //~ std::env::var
    let _ = std::env::var_os("HOME"); //~ std::env::var_os
    let _ = std::env::vars(); //~ std::env::vars
    let _ = std::env::vars_os(); //~ std::env::vars_os
    let _ = std::process::Command::new("true"); //~ std::process::Command
    let _ = std::process::id(); //~ std::process::id
    let _ = std::thread::available_parallelism(); //~ std::thread::available_parallelism
}

/// Two ways to end the caller's process.
pub fn endings() -> [fn(); 2] {
    [
        || std::process::abort(), //~ std::process::abort
        || std::process::exit(1), //~ std::process::exit
    ]
}

/// The terminal.
pub fn terminal() {
    let _ = std::io::stdin(); //~ std::io::stdin
    let _ = std::io::stdout(); //~ std::io::stdout
    let _ = std::io::stderr(); //~ std::io::stderr
    print!("x"); //~ std::print
    println!("x"); //~ std::println
    eprint!("x"); //~ std::eprint
    eprintln!("x"); //~ std::eprintln
    let _ = dbg!(1); //~ std::dbg std::eprintln
}

/// Floats, and panics on input.
pub fn arithmetic(given: Option<f64>, other: Option<f64>) -> f64 {
    let given = given.unwrap(); //~ clippy::unwrap_used
    let other = other.expect("there"); //~ clippy::expect_used
    if given > other {
        panic!("not in the core"); //~ clippy::panic
    }
    given + other //~ clippy::float_arithmetic
}

pub fn undocumented() {} //~ missing_docs

mod inner {
    pub fn unreachable() {} //~ unreachable_pub
}

/// Memory by hand.
pub fn memory(at: &u8) -> u8 {
    inner::unreachable();
    unsafe { std::ptr::from_ref(at).read() } //~ unsafe_code
}

fn made<T>() -> T {
    unreachable!()
}
