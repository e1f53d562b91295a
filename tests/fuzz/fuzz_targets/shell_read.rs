//! No line makes the reader of shell lines panic, and no pattern its matcher; a line that runs a
//! program can run it in a subshell, and with another line behind it, too.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_core::model::Truth;
use loom_core::shell::{self, CommandPattern};

fuzz_target!(|input: (&str, &str)| {
    let (pattern, line) = input;
    let Ok(read) = shell::read(line) else { return };
    let _ = read.paths_touched();
    for pattern in [pattern, "git push", "rm -rf", "npm run --x *"] {
        let Ok(pattern) = CommandPattern::parse(pattern) else { continue };
        let known = read.matches(&pattern);
        let _ = read.matches_only(std::slice::from_ref(&pattern));
        assert!(known.is_possible() || read.unknown().is_empty());
        // A line in a subshell runs what it runs outside of one.
        let Ok(inner) = shell::read(&format!("(\n{line}\n)")) else { continue };
        assert!(known != Truth::True || inner.matches(&pattern).is_possible(), "{line:?}");
        // And nothing that follows makes a command that was read go away.
        let Ok(longer) = shell::read(&format!("{line}\nls")) else { continue };
        assert!(known != Truth::True || longer.matches(&pattern).is_possible(), "{line:?}");
    }
});
