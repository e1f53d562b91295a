//! Which files a patch in a payload changes: Codex's own format, and unified diffs.

/// The most lines of headers that are read; a patch with more is not read whole.
const FILES_MAX: usize = super::PATHS_MAX;

/// The files that a text in Codex's patch format names, in order, each once; the old and the new name of
/// one that is moved. `None` where the text is no such patch from its first line to its last, so that
/// nobody knows all it changes.
pub(super) fn files_of_codex(text: &str) -> Option<Vec<String>> {
    let mut lines = text.lines().map(|line| line.trim_end());
    let begins = lines.by_ref().any(|line| line.trim() == "*** Begin Patch");
    let mut files = Vec::new();
    let mut ended = false;
    for line in lines {
        if line.trim() == "*** End Patch" {
            ended = true;
            break;
        }
        let heads = [
            "*** Add File: ",
            "*** Update File: ",
            "*** Delete File: ",
            "*** Move to: ",
        ];
        let head = line.trim_start();
        match heads.iter().find_map(|it| head.strip_prefix(it)) {
            Some(file) => add(&mut files, file.trim())?,
            // A line that the format does not know, where no content stands.
            None if line.starts_with("*** ") && head != "*** End of File" => return None,
            None => {}
        }
    }
    (begins && ended && !files.is_empty()).then_some(files)
}

/// The files that unified diffs in a text name, in order, each once.
pub(super) fn files_of_diff(text: &str) -> Option<Vec<String>> {
    let mut files = Vec::new();
    for line in text.lines() {
        let named = ["--- ", "+++ ", "rename from ", "rename to "]
            .iter()
            .find_map(|head| line.strip_prefix(head));
        let Some(named) = named else { continue };
        let file = named.split('\t').next().unwrap_or(named).trim();
        if file == "/dev/null" || file.is_empty() {
            continue;
        }
        let file = file
            .strip_prefix("a/")
            .or_else(|| file.strip_prefix("b/"))
            .unwrap_or(file);
        add(&mut files, file)?;
    }
    Some(files)
}

fn add(files: &mut Vec<String>, file: &str) -> Option<()> {
    if file.is_empty() || files.len() >= FILES_MAX {
        return None;
    }
    if !files.iter().any(|known| known == file) {
        files.push(file.to_owned());
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codex_patch_names_what_it_adds_updates_deletes_and_moves() {
        let text = "*** Begin Patch\n*** Add File: src/new.txt\n+*** Add File: no.txt\n\
                    *** Update File: a.txt\n*** Move to: b.txt\n@@\n-x\n+y\n*** End of File\n\
                    *** Delete File: c d.txt\n*** End Patch\n";
        let files = files_of_codex(text).unwrap();
        assert_eq!(files, ["src/new.txt", "a.txt", "b.txt", "c d.txt"]);
    }

    #[test]
    fn a_codex_patch_that_is_cut_off_or_says_something_unknown_is_not_read() {
        for text in [
            "",
            "*** Begin Patch\n*** Add File: a\n+x\n",
            "*** Begin Patch\n*** End Patch\n",
            "*** Begin Patch\n*** Copy File: a\n*** Add File: b\n*** End Patch\n",
            "*** Begin Patch\n*** Add File: \n*** End Patch\n",
        ] {
            assert_eq!(files_of_codex(text), None, "{text}");
        }
    }

    #[test]
    fn a_diff_names_both_ends_of_each_file() {
        let text = "diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\t2026\n+++ b/y\n@@ -1 +1 @@\n\
                    --- /dev/null\n+++ b/new\n";
        assert_eq!(files_of_diff(text).unwrap(), ["x", "y", "new"]);
    }
}
