//! Gold files of a folder and the pages they name.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use fazhi_parse::catalogue::Catalogue;
use fs_err as fs;

use super::gold::{self, Gold};
use crate::outcome::Failure;

/// The gold files of a folder.
#[derive(Debug, Default)]
pub struct Folder {
    /// Annotated pages, by the path of the gold file.
    pub golds: Vec<Annotated>,
    /// JSON files that hold no annotation.
    pub passed_over: Vec<PathBuf>,
}

/// A gold file and its page.
#[derive(Debug)]
pub struct Annotated {
    pub gold: Gold,
    /// The page as the gold file names it, with the subfolder the gold file is in.
    pub name: String,
    /// Path of the page.
    pub page: PathBuf,
}

/// Reads every gold file of a folder and of its subfolders. The first that does not read is an error: a score without it
/// would be one of another set.
pub fn read(folder: &Path, pages: Option<&Path>, catalogue: &Catalogue) -> Result<Folder, Failure> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)
        .map_err(|error| Failure::hinted(error.into(), "give the folder that holds the gold files"))?;
    paths.sort();
    let mut read = Folder::default();
    for path in paths {
        let text = fs::read_to_string(&path)?;
        let gold = gold::parse(&text, catalogue).with_context(|| format!("cannot read gold file `{}`", path.display()));
        let hint = "a gold file is an object with `file` and `document`; keys that are not to be scored are left out";
        match gold.map_err(|error| Failure::hinted(error, hint))? {
            Some(gold) => {
                let page = find_page(&gold.file, &path, folder, pages)?;
                let name = subfolder(&path, folder).join(&gold.file).display().to_string();
                read.golds.push(Annotated { gold, name, page });
            }
            None => read.passed_over.push(path),
        }
    }
    if read.golds.is_empty() {
        let error = anyhow!("there is no gold file in `{}`", folder.display());
        return Err(Failure::hinted(error, "a gold file is a `.json` with `file` and `document`"));
    }
    Ok(read)
}

/// Links to folders are not followed, so that there is no way in a circle.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            paths.push(path);
        }
    }
    Ok(())
}

fn find_page(name: &str, gold: &Path, folder: &Path, pages: Option<&Path>) -> Result<PathBuf, Failure> {
    let candidates = candidates(name, gold, folder, pages);
    if let Some(page) = candidates.iter().find(|page| page.is_file()) {
        return Ok(page.clone());
    }
    let looked: Vec<String> = candidates.iter().map(|page| format!("`{}`", page.display())).collect();
    let error = anyhow!("there is no page `{name}` for gold file `{}`", gold.display());
    let hint = format!("name the folder of the pages with `--files DIR`; looked for {}", looked.join(", "));
    Err(Failure::hinted(error, hint))
}

/// Where a page may be, most trusted first.
fn candidates(name: &str, gold: &Path, folder: &Path, pages: Option<&Path>) -> Vec<PathBuf> {
    let beside = gold.parent().unwrap_or(folder);
    let mut candidates = Vec::new();
    if let Some(pages) = pages {
        candidates.push(pages.join(subfolder(gold, folder)).join(name));
        candidates.push(pages.join(name));
    }
    candidates.push(beside.join(name));
    candidates.push(beside.join("../seeds").join(name));
    candidates.dedup();
    candidates
}

fn subfolder<'a>(gold: &'a Path, folder: &Path) -> &'a Path {
    gold.parent().and_then(|beside| beside.strip_prefix(folder).ok()).unwrap_or(Path::new(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_looked_for_in_order() {
        let shown = |pages: Option<&Path>, gold: &str| {
            let candidates = candidates("a.html", Path::new(gold), Path::new("gold"), pages);
            candidates.iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(shown(None, "gold/a.json"), ["gold/a.html", "gold/../seeds/a.html"]);
        let pages = Some(Path::new("pages"));
        assert_eq!(shown(pages, "gold/a.json"), ["pages/a.html", "gold/a.html", "gold/../seeds/a.html"]);
        assert_eq!(
            shown(pages, "gold/traps/a.json"),
            ["pages/traps/a.html", "pages/a.html", "gold/traps/a.html", "gold/traps/../seeds/a.html"]
        );
    }
}
