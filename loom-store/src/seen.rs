//! The furthest head that any client on this machine saw, kept beside the journal, or where
//! a journal is on another machine, in a folder of the user's.
//!
//! 72 bytes, overwritten in place and checksummed: renaming a file for every record costs more than
//! the record, and no sync is needed, since a machine that lost power lost no acknowledged record
//! either. The file only ever moves forward: whoever writes holds its lock and has read it again.
//! Bytes that do not check (half written when the machine stopped) are as good as none.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;

use loom_core::model::{Digest, Head};
use loom_core::store::is_further;

use crate::lock::lock;

const MAGIC: &[u8; 8] = b"loomseen";
const CHECKED_BYTES: usize = 52;
const FILE_BYTES: usize = 72;

/// How often a file that another process is writing is looked at again.
const ATTEMPTS_MAX: u32 = 64;

pub(crate) struct Seen {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    furthest: Option<Head>,
    file: Option<File>,
}

impl Seen {
    /// Kept in this file, whose folder is made when there is something to keep.
    pub(crate) fn at(path: PathBuf) -> Seen {
        Seen {
            path,
            state: Mutex::default(),
        }
    }

    /// The furthest head seen so far by any process.
    pub(crate) fn remembered(&self) -> Option<Head> {
        let mut state = lock(&self.state);
        if state.file.is_none() {
            state.file = OpenOptions::new()
                .read(true)
                .write(true)
                .open(&self.path)
                .ok();
        }
        if let Some(kept) = state.file.as_ref().and_then(read_settled) {
            state.advance(&kept);
        }
        state.furthest
    }

    /// Keeps `head` if it lies further than what is kept. A file that cannot be written (a folder
    /// for reading only) leaves the memory of this process.
    pub(crate) fn remember(&self, head: &Head) {
        let mut state = lock(&self.state);
        if !state.advance(head) {
            return;
        }
        if state.file.is_none() {
            if let Some(folder) = self.path.parent() {
                let _ = std::fs::create_dir_all(folder);
            }
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            state.file = options.open(&self.path).ok();
        }
        if let Some(file) = &state.file {
            write_forward(file, head);
        }
    }
}

impl State {
    fn advance(&mut self, head: &Head) -> bool {
        let further = self.furthest.is_none_or(|before| is_further(head, &before));
        if further {
            self.furthest = Some(*head);
        }
        further
    }
}

fn write_forward(file: &File, head: &Head) {
    if !(0..ATTEMPTS_MAX).any(|_| file.try_lock().is_ok() || pause()) {
        return;
    }
    if read(file).is_none_or(|kept| is_further(head, &kept)) {
        let mut file = file;
        // Not written: the next head will be. The memory of this process holds it until then.
        let _ = file
            .seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(&encode(head)));
    }
    let _ = file.unlock();
}

fn read_settled(file: &File) -> Option<Head> {
    (0..ATTEMPTS_MAX).find_map(|_| {
        let kept = read(file);
        if kept.is_none() {
            pause();
        }
        kept
    })
}

fn pause() -> bool {
    thread::yield_now();
    false
}

fn read(mut file: &File) -> Option<Head> {
    let mut bytes = [0; FILE_BYTES];
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_exact(&mut bytes).ok()?;
    decode(&bytes)
}

fn encode(head: &Head) -> [u8; FILE_BYTES] {
    let mut bytes = [0; FILE_BYTES];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&head.incarnation.to_le_bytes());
    bytes[12..20].copy_from_slice(&head.ver.to_le_bytes());
    bytes[20..CHECKED_BYTES].copy_from_slice(&head.hash.0);
    let check = check(&bytes[..CHECKED_BYTES]);
    bytes[CHECKED_BYTES..].copy_from_slice(&check);
    bytes
}

fn decode(bytes: &[u8; FILE_BYTES]) -> Option<Head> {
    let (checked, sum) = bytes.split_at(CHECKED_BYTES);
    if checked[..8] != *MAGIC || check(checked) != *sum {
        return None;
    }
    Some(Head {
        incarnation: u32::from_le_bytes(checked[8..12].try_into().ok()?),
        ver: u64::from_le_bytes(checked[12..20].try_into().ok()?),
        hash: Digest(checked[20..].try_into().ok()?),
    })
}

fn check(bytes: &[u8]) -> [u8; FILE_BYTES - CHECKED_BYTES] {
    let digest = Digest::of(&[bytes]);
    let mut check = [0; FILE_BYTES - CHECKED_BYTES];
    check.copy_from_slice(&digest.0[..FILE_BYTES - CHECKED_BYTES]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(ver: u64, incarnation: u32) -> Head {
        let hash = Digest::of(&[&ver.to_be_bytes(), &incarnation.to_be_bytes()]);
        Head {
            ver,
            hash,
            incarnation,
        }
    }

    #[test]
    fn what_one_client_saw_another_remembers_and_neither_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.db.seen");
        let (one, other) = (Seen::at(file.clone()), Seen::at(file.clone()));
        assert_eq!(one.remembered(), None);
        one.remember(&head(5, 1));
        assert_eq!(other.remembered(), Some(head(5, 1)));
        other.remember(&head(9, 1));
        one.remember(&head(7, 1));
        assert_eq!(Seen::at(file.clone()).remembered(), Some(head(9, 1)));
        one.remember(&head(2, 2));
        assert_eq!(Seen::at(file.clone()).remembered(), Some(head(2, 2)));
    }

    #[test]
    fn a_file_with_any_byte_altered_is_as_good_as_none_and_is_written_anew() {
        let good = encode(&head(5, 1));
        assert_eq!(decode(&good), Some(head(5, 1)));
        for at in 0..FILE_BYTES {
            let mut altered = good;
            altered[at] ^= 1;
            assert_eq!(decode(&altered), None, "byte {at}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.db.seen");
        std::fs::write(&file, b"half").unwrap();
        Seen::at(file.clone()).remember(&head(6, 1));
        assert_eq!(Seen::at(file.clone()).remembered(), Some(head(6, 1)));
    }

    #[test]
    fn writers_at_the_same_time_leave_the_furthest_head() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.db.seen");
        thread::scope(|scope| {
            for writer in 0..4u64 {
                let seen = Seen::at(file.clone());
                scope.spawn(move || (0..200).for_each(|n| seen.remember(&head(n * 4 + writer, 1))));
            }
        });
        let last = Seen::at(file.clone()).remembered().unwrap();
        assert!(last.ver >= 796, "{last:?}");
    }
}
