//! Static files of a folder, as a plain web server serves them.

use std::path::{Component, Path};

use chrono::{DateTime, Utc};
use fs_err as fs;

use crate::portal::{Found, Resource};
use crate::query::percent_decoded;

/// The file that answers a path. Nothing outside `root` (which must be canonical) is ever read.
pub fn find(root: &Path, path_and_query: &str) -> Found {
    let path = path_and_query.split('?').next().unwrap_or_default();
    let Some(decoded) = percent_decoded(path) else { return Found::Missing };
    let relative = Path::new(decoded.trim_start_matches('/'));
    if decoded.contains(['\\', '\0']) || relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Found::Missing;
    }
    let Ok(mut file) = root.join(relative).canonicalize() else { return Found::Missing };
    if !file.starts_with(root) {
        return Found::Missing; // a link that leads out
    }
    if file.is_dir() {
        // Relative links in the index would go astray without the slash.
        if !decoded.ends_with('/') {
            return Found::Moved(format!("{path}/"));
        }
        let index = ["index.html", "index.htm"].map(|name| file.join(name)).into_iter().find(|index| index.is_file());
        let Some(index) = index else { return Found::Missing };
        file = index;
    }
    read(&file).map_or(Found::Missing, Found::Resource)
}

fn read(file: &Path) -> Option<Resource> {
    let metadata = fs::metadata(file).ok().filter(std::fs::Metadata::is_file)?;
    let modified = metadata.modified().map_or(DateTime::UNIX_EPOCH, DateTime::<Utc>::from);
    Some(Resource { content_type: content_type(file), body: fs::read(file).ok()?, modified })
}

/// HTML is served without a charset: what the page says and what it is are for the reader to find out.
fn content_type(file: &Path) -> &'static str {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "html" | "htm" | "shtml" => "text/html",
        "xml" | "jsp" => "text/xml",
        "txt" => "text/plain",
        "css" => "text/css",
        "js" => "text/javascript",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Option<&str>) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("site").canonicalize().unwrap_or_else(|_| dir.path().join("site"));
        fs::create_dir_all(root.join("法治")).unwrap();
        fs::write(dir.path().join("secret.txt"), "secret").unwrap();
        fs::write(root.join("index.html"), "home").unwrap();
        fs::write(root.join("法治/index.htm"), "list").unwrap();
        let root = root.canonicalize().unwrap();
        let found = match find(&root, path) {
            Found::Resource(resource) => Some(String::from_utf8(resource.body).unwrap()),
            Found::Moved(path) => Some(format!("moved to {path}")),
            Found::Missing | Found::Forbidden => None,
        };
        assert_eq!(found.as_deref(), expected, "{path}");
    }

    #[test]
    fn files_and_folders() {
        check("/", Some("home"));
        check("/index.html?x=1", Some("home"));
        check("/%E6%B3%95%E6%B2%BB/", Some("list"));
        check("/%E6%B3%95%E6%B2%BB", Some("moved to /%E6%B3%95%E6%B2%BB/"));
        check("/missing.html", None);
    }

    #[test]
    fn nothing_outside_the_folder() {
        for path in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/法治/../../secret.txt",
            "//../secret.txt",
            "/%",
            "/%ff",
            "/..%5csecret.txt",
        ] {
            check(path, None);
        }
    }
}
