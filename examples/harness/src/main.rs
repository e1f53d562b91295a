//! The command `loom`. Everything it does is in the library of this package.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    loom_harness::main()
}
