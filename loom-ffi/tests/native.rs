//! The C ABI as C programs see it: each program of `tests/c` is compiled with every warning an error, and
//! run under AddressSanitizer (which looks for leaks too), and again under valgrind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

/// How a program is built and watched.
#[derive(Clone, Copy)]
enum Watch {
    Sanitizers,
    Valgrind,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The static library stands beside the tests that were built with it.
fn library() -> PathBuf {
    let beside = std::env::current_exe().unwrap();
    let library = beside.with_file_name("libloomstack.a");
    assert!(library.exists(), "{} is not built", library.display());
    library
}

fn program(name: &str, watch: Watch) -> PathBuf {
    let tag = match watch {
        Watch::Sanitizers => "sanitizers",
        Watch::Valgrind => "valgrind",
    };
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{tag}"));
    // Tests run side by side; each program is written once, before anybody runs it.
    static BUILT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if built.contains(&program) {
        return program;
    }
    let (variable, compiler, standard) = match name.ends_with(".cpp") {
        true => ("CXX", "c++", "-std=c++17"),
        false => ("CC", "cc", "-std=c11"),
    };
    let compiler = std::env::var_os(variable).unwrap_or_else(|| compiler.into());
    let mut cc = Command::new(compiler);
    cc.args([standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror"]);
    cc.args(["-g", "-O1"]);
    cc.args(["-pthread", "-D_POSIX_C_SOURCE=200809L"]);
    if let Watch::Sanitizers = watch {
        cc.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    }
    cc.arg("-I").arg(root().join("include"));
    cc.arg(root().join("tests/c").join(name));
    cc.arg(library()).args(["-ldl", "-lm", "-o"]).arg(&program);
    let output = cc
        .output()
        .unwrap_or_else(|why| panic!("{cc:?}: {why}; are gcc and g++ installed?"));
    assert!(output.status.success(), "{cc:?}\n{}", said(&output));
    built.insert(program.clone());
    program
}

/// Runs a program to its end and answers what it printed.
fn run(name: &str, watch: Watch, input: &[u8]) -> String {
    let program = program(name, watch);
    let mut command = match watch {
        Watch::Sanitizers => Command::new(&program),
        Watch::Valgrind => {
            let mut command = Command::new("valgrind");
            command.args(["--quiet", "--error-exitcode=99", "--leak-check=full"]);
            command.args(["--errors-for-leak-kinds=definite,indirect"]);
            command.args(["--fair-sched=try"]).arg(&program);
            command
        }
    };
    // The tests' own hook prints every panic; the ones here are made on purpose.
    command.env("RUST_BACKTRACE", "0");
    command.env(
        "ASAN_OPTIONS",
        format!("detect_leaks={}", u8::from(finds_leaks())),
    );
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped());
    command.stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|why| panic!("{command:?}: {why}; is valgrind installed?"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // A program that ends early has said why.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(
        output.status.success(),
        "{name}: {}\n{}",
        output.status,
        said(&output)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Can leaks be looked for here? LeakSanitizer stops the program with ptrace, which some containers
/// forbid: then a program that leaks nothing fails, and the tests do without.
fn finds_leaks() -> bool {
    static FINDS: OnceLock<bool> = OnceLock::new();
    *FINDS.get_or_init(|| {
        let output = Command::new(program("nothing.c", Watch::Sanitizers))
            .env("ASAN_OPTIONS", "detect_leaks=1")
            .output()
            .unwrap();
        if !output.status.success() {
            println!("leaks are not looked for here: {}", said(&output));
        }
        output.status.success()
    })
}

fn said(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// The vectors of a folder's JSON files as the fields that `vectors.c` reads.
fn wire_vectors() -> Vec<u8> {
    let folder = root().join("../tests/vectors/wire");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    files.sort();
    let mut fields = Vec::new();
    for file in files {
        let vectors: Vec<Value> =
            serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let stem = file.file_stem().unwrap().to_str().unwrap();
        for vector in vectors {
            wire_vector(&mut fields, stem, &vector);
        }
    }
    fields
}

fn wire_vector(fields: &mut Vec<u8>, stem: &str, vector: &Value) {
    let known = [
        "name",
        "given",
        "at",
        "command",
        "query",
        "expect",
        "state_hash",
    ];
    for key in vector.as_object().unwrap().keys() {
        assert!(
            known.contains(&key.as_str()),
            "{stem}: an unknown key {key}"
        );
    }
    field(
        fields,
        "name",
        &format!("{stem}: {}", plain(&vector["name"])),
    );
    for given in vector["given"].as_array().into_iter().flatten() {
        field(fields, "given-at", &plain(&given["at"]));
        field(fields, "given", &plain(&given["command"]));
    }
    field(fields, "at", &plain(&vector["at"]));
    for door in ["command", "query"] {
        if let Some(text) = vector.get(door) {
            field(fields, door, &plain(text));
        }
    }
    let expect = &vector["expect"];
    if let Some(reply) = expect.get("reply") {
        field(fields, "reply", &reply.to_string());
    }
    if let Some(error) = expect.get("error") {
        field(fields, "code", &plain(&error["code"]));
        if let Some(about) = error.get("field") {
            field(fields, "field", &about.to_string());
        }
    }
    if let Some(hash) = vector.get("state_hash") {
        field(fields, "state-hash", &hash.to_string());
    }
    field(fields, "end", "");
}

/// The cases of the algebra that the C ABI has a function for. Reading CODEOWNERS and gitignore lines,
/// and showing what was parsed, are for Rust.
fn path_vectors(file: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(root().join("../tests/vectors").join(file)).unwrap();
    let mut fields = Vec::new();
    for (nth, line) in text.lines().enumerate() {
        let case: Value = serde_json::from_str(line).unwrap();
        let op = plain(&case["op"]);
        match op.as_str() {
            "matches" | "overlap" | "contains" | "is_empty" => {}
            "parse" | "parse_path" | "from_codeowners" | "from_gitignore" => continue,
            _ => panic!("line {}: an unknown op {op}", nth + 1),
        }
        field(&mut fields, "name", &format!("{file}:{}", nth + 1));
        field(&mut fields, "op", &op);
        for key in ["set", "a", "b", "rules", "expect"] {
            if let Some(value) = case.get(key).filter(|it| !it.is_null()) {
                field(&mut fields, key, &value.to_string());
            }
        }
        if let Some(path) = case.get("path") {
            field(&mut fields, "path", &plain(path));
        }
        field(&mut fields, "end", "");
    }
    fields
}

fn field(fields: &mut Vec<u8>, name: &str, text: &str) {
    writeln!(fields, "{name} {}\n{text}", text.len()).unwrap();
}

/// A JSON string without its quotes; any other value as JSON.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn all_pass(printed: &str, vectors: &[u8]) {
    let ends = vectors.windows(7).filter(|it| it == b"\nend 0\n").count();
    println!("{printed}");
    assert_eq!(
        printed.lines().last(),
        Some(&*format!("{ends} passed, 0 failed"))
    );
}

#[test]
fn every_wire_vector_holds_through_the_c_abi() {
    let vectors = wire_vectors();
    all_pass(&run("vectors.c", Watch::Sanitizers, &vectors), &vectors);
}

#[test]
fn every_path_vector_that_c_can_ask_holds_through_the_c_abi() {
    for file in ["paths.jsonl", "paths-hostile.jsonl"] {
        let vectors = path_vectors(file);
        all_pass(&run("vectors.c", Watch::Sanitizers, &vectors), &vectors);
    }
}

#[test]
fn a_store_written_in_c_conforms_and_one_that_fails_becomes_the_documented_status() {
    println!("{}", run("store.c", Watch::Sanitizers, b""));
}

#[test]
fn hostile_input_is_a_status_and_nothing_else() {
    run("hostile.c", Watch::Sanitizers, b"");
}

#[test]
fn a_journal_in_a_file_outlives_its_handle() {
    run("sqlite.c", Watch::Sanitizers, b"");
}

#[test]
fn a_governed_loop_asks_a_person_and_reserves_what_it_spends() {
    run("governance.c", Watch::Sanitizers, b"");
}

#[test]
fn threads_share_a_handle_and_every_command_lands_once() {
    run("threads.c", Watch::Sanitizers, b"");
}

#[test]
fn a_panic_poisons_one_handle_and_the_process_lives() {
    run("panics.c", Watch::Sanitizers, b"");
}

#[test]
fn the_header_compiles_from_cpp_without_a_warning() {
    run("header.cpp", Watch::Sanitizers, b"");
}

#[test]
#[ignore = "needs valgrind, and minutes"]
fn every_wire_vector_holds_under_valgrind() {
    let vectors = wire_vectors();
    all_pass(&run("vectors.c", Watch::Valgrind, &vectors), &vectors);
}

#[test]
#[ignore = "needs valgrind, and minutes"]
fn no_program_of_the_abi_breaks_a_rule_of_valgrind() {
    for name in [
        "hostile.c",
        "sqlite.c",
        "governance.c",
        "threads.c",
        "panics.c",
        "store.c",
    ] {
        run(name, Watch::Valgrind, b"");
    }
}
