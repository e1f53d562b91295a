//! CODEOWNERS files as owners of a document.

use loom_core::model::RepoId;
use loom_core::path::{PathRules, PathSet, RepoPath};
use loom_core::policy::ImportedOwners;
use proptest::prelude::*;

use crate::world::yaml;

const FILE: &str = "# Owners of the shop.
# Everybody looks at what nobody owns.
*                       @acme/everybody

# Sources
*.rs                    @acme/rust  # reviewed weekly
/services/payments/     @acme/payments ada@example.org
/services/payments/docs @acme/docs @ben
docs/*                  @other/docs
/build/logs/
/path\\ with\\ space/     @ben
";

fn owners(imported: &ImportedOwners, path: &str) -> Vec<String> {
    let rules = PathRules::default();
    let path = RepoPath::parse(path, &rules).unwrap();
    let areas = imported.owners.areas.iter().rev();
    let mut holding =
        areas.filter(|area| PathSet::compile(&area.paths, rules).unwrap().matches(&path));
    let teams = holding
        .next()
        .map(|area| area.teams.clone())
        .unwrap_or_default();
    teams.iter().map(|team| team.as_str().to_owned()).collect()
}

#[test]
fn a_file_says_here_what_it_says_there() {
    let imported = ImportedOwners::read(FILE, None).unwrap();
    assert_eq!(imported.unsupported, []);
    for (path, wanted) in [
        ("README.md", &["everybody"][..]),
        ("tools/a/b.rs", &["rust"]),
        (
            "services/payments/charge.rs",
            &["ada@example.org", "payments"],
        ),
        ("services/payments/docs/api.md", &["acme/docs", "ben"]),
        ("docs/a.md", &["other/docs"]),
        ("docs/deep/a.md", &["everybody"]),
        ("build/logs/today", &[]),
        ("path with space/x", &["ben"]),
    ] {
        assert_eq!(owners(&imported, path), wanted, "{path}");
    }
    let members = |team: &str| {
        let team = &imported.owners.teams[&team.parse().unwrap()];
        team.members
            .iter()
            .map(|person| person.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(members("ben"), ["ben"]);
    assert_eq!(members("ada@example.org"), ["ada@example.org"]);
    assert_eq!(members("payments"), [""; 0]);
}

#[test]
fn what_cannot_be_said_is_reported_and_never_dropped() {
    let file = "[Backend][2] @acme/backend\n*.go\n*.rs @acme/rust\n^[Docs]\n!vendor @ben\n*.md @acme/ who\n";
    let imported = ImportedOwners::read(file, None).unwrap();
    let lines: Vec<u32> = imported.unsupported.iter().map(|line| line.line).collect();
    assert_eq!(lines, [1, 2, 4, 5, 6]);
    assert_eq!(imported.owners.areas.len(), 1);
    let text = imported.to_yaml();
    assert!(
        text.contains("# line 2 was left out: its owners stand in the head of its section"),
        "{text}"
    );
    yaml(&format!("version: 1\ndefault: allow\n{text}"));
}

#[test]
fn the_fragment_is_read_back_as_what_it_was_made_from() {
    let repo = RepoId::new("shop").unwrap();
    for repo in [None, Some(&repo)] {
        let imported = ImportedOwners::read(FILE, repo).unwrap();
        let policy = yaml(&format!(
            "version: 1\ndefault: allow\n{}",
            imported.to_yaml()
        ));
        assert_eq!(policy.document().owners, imported.owners);
    }
}

proptest! {
    #[test]
    fn no_file_breaks_the_import_nor_its_fragment(file in "([\\[\\]^*/a-c@!\\\\ \"{}#.-]{0,12}\n|\\PC{0,20}\n){0,8}") {
        let imported = ImportedOwners::read(&file, None).unwrap();
        let policy = yaml(&format!("version: 1\ndefault: allow\n{}", imported.to_yaml()));
        prop_assert_eq!(&policy.document().owners, &imported.owners);
        let meant = file.lines().filter(|line| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        });
        prop_assert_eq!(meant.count(), imported.owners.areas.len() + imported.unsupported.len());
    }
}
