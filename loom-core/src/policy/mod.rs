//! What a loop may do, and when.

mod window;

pub use window::{FREEZES_MAX, Freeze, Hours, TimeOfDay, Window};
