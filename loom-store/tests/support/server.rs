//! A PostgreSQL server of a test's own: a private data folder and a free port on loopback.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    unreachable_pub
)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Who the server runs as where the tests run as root, whom it refuses.
const NOBODY: u32 = 65_534;

pub struct Server {
    folder: TempDir,
    binaries: PathBuf,
    pub port: u16,
}

impl Server {
    /// Makes a database cluster and starts its server. Ends when it is dropped.
    pub fn start() -> Server {
        let folder = tempfile::Builder::new()
            .prefix("loom-postgres-")
            .tempdir()
            .unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let server = Server {
            folder,
            binaries: binaries(),
            port,
        };
        if server.is_root() {
            std::os::unix::fs::chown(server.folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        server.run(
            "initdb",
            &[
                "-A",
                "trust",
                "-U",
                "loom",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
        );
        server.up();
        server
    }

    /// Starts the server again.
    pub fn up(&self) {
        let options = format!(
            "-h 127.0.0.1 -p {} -k {} -c max_connections=150 -c restart_after_crash=off",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log");
        // What a server leaves behind that was killed.
        let socket = format!(".s.PGSQL.{}.lock", self.port);
        let _ = fs::remove_file(self.data().join("postmaster.pid"));
        let _ = fs::remove_file(self.folder.path().join(socket));
        self.run(
            "pg_ctl",
            &[
                "start",
                "-w",
                "-t",
                "60",
                "-l",
                log.to_str().unwrap(),
                "-o",
                &options,
            ],
        );
    }

    /// Kills the server and everything that it started, as the machine's end would.
    pub fn kill(&self) {
        let pid = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap().to_owned();
        let children = Command::new("pgrep").args(["-P", &pid]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        let mut kill = Command::new("kill");
        kill.arg("-9").arg(&pid).args(children.lines());
        kill.stderr(Stdio::null()).status().unwrap();
        // Shared memory stays taken until the last of them is gone.
        for pid in std::iter::once(pid.as_str()).chain(children.lines()) {
            while Path::new("/proc").join(pid).join("exe").exists() {
                std::thread::yield_now();
            }
        }
    }

    pub fn url(&self, workspace: &str) -> String {
        self.url_at(self.port, workspace)
    }

    /// The address of a workspace behind another port, such as that of a proxy.
    pub fn url_at(&self, port: u16, workspace: &str) -> String {
        format!("postgres://loom@127.0.0.1:{port}/postgres?workspace={workspace}&sslmode=disable")
    }

    pub fn seen(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.seen"))
    }

    /// What `psql` prints for statements, without decoration.
    pub fn sql(&self, statements: &str) -> String {
        self.try_sql("loom", statements).unwrap()
    }

    /// What `psql` prints for statements of a role, or why it fails.
    pub fn try_sql(&self, role: &str, statements: &str) -> Result<String, String> {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-U",
            role,
        ])
        .args(["-p", &self.port.to_string(), "-d", "postgres"]);
        let mut child = psql
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut input, statements.as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned()),
            false => Err(String::from_utf8(output.stderr).unwrap()),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn is_root(&self) -> bool {
        fs::metadata("/proc/self").unwrap().uid() == 0
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.binaries.join(program));
        command
            .arg("-D")
            .arg(self.data())
            .args(arguments)
            .current_dir(self.folder.path());
        if self.is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        // A server keeps the pipe open for as long as it lives, so only what fails is read.
        let mut child = command.spawn().unwrap();
        if child.wait().unwrap().success() {
            return;
        }
        let output = child.wait_with_output().unwrap();
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!(
            "{program}: {}\n{log}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.data().join("postmaster.pid").exists() {
            let mut stop = Command::new(self.binaries.join("pg_ctl"));
            stop.arg("-D")
                .arg(self.data())
                .args(["stop", "-m", "immediate", "-w"]);
            if self.is_root() {
                stop.uid(NOBODY).gid(NOBODY);
            }
            let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

/// Where Debian puts the programs of the server, or where LOOM_POSTGRES_BIN says.
fn binaries() -> PathBuf {
    let named = std::env::var_os("LOOM_POSTGRES_BIN").map(PathBuf::from);
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let found = versions.map(|version| version.path().join("bin"));
    let mut found: Vec<PathBuf> = named.into_iter().chain(found).collect();
    found.retain(|folder| folder.join("initdb").exists());
    found.into_iter().next().expect(
        "the PostgreSQL server is missing: apt-get install postgresql, or name its programs in LOOM_POSTGRES_BIN",
    )
}
