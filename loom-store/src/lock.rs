//! Locks over state that is whole after each statement.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock over even from a thread that panicked while it held it: what it guards is only ever
/// changed by statements that leave it whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
