//! Hooks: what a harness asks before and after its agent does something, and what it is answered.
//!
//! A harness calls a hook with a payload in its own words. [`Told::read`] reads it into ours,
//! [`Exchange`] turns it into commands and questions and their replies into one [`Say`], and
//! [`Told::write`] writes that in the harness's words again. Nothing here touches the world: whoever calls
//! has found out where the named paths lie ([`Told::paths`], [`Place`]) and carries the commands out.
//!
//! ```
//! use loom_core::harness::hook::{Harness, Moment, Told};
//!
//! let payload = br#"{"session_id": "s1", "cwd": "/home/dev/shop", "hook_event_name": "PreToolUse",
//!     "tool_name": "Write", "tool_input": {"file_path": "/home/dev/shop/a.txt"}, "tool_use_id": "t1"}"#;
//! let told = Told::read(Harness::ClaudeCode, payload).unwrap();
//! assert!(matches!(told.moment, Moment::ToolAsked(_)));
//! assert_eq!(told.paths(), ["/home/dev/shop/a.txt"]);
//! ```
//!
//! Three rules hold everywhere:
//!
//! - **What cannot be read is no yes.** A payload with something missing, cut off or of another type is
//!   an error, and [`written_failure`] says no in the harness's words.
//! - **Passing is silence.** A harness has a permission flow of its own, and this one never says yes in
//!   its place; it does so only where a person has approved the very thing.
//! - **What a harness cannot express becomes the strictest thing it can.**

mod claude_code;
mod codex;
mod exchange;
mod generic;
mod guard;
mod held;
mod patch;
mod payload;
mod session;
mod text;
mod told;
mod tool;

pub use exchange::{Exchange, STEPS_MAX, Step};
pub use payload::PAYLOAD_BYTES_MAX;
pub use session::{Checkpoint, Place, Settings, Surroundings};
pub use text::FACTS_CHARS_MAX;
pub use told::{Edit, Harness, Moment, PATHS_MAX, Say, Told, Written, written_failure};
pub use tool::{Does, ToolCall};
