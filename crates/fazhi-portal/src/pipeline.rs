//! Pipeline files for the sample.

use crate::government::{Family, Government};
use crate::list::{SELECTORS, start_path};
use crate::portal::Portal;

/// A pipeline file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SamplePipeline {
    /// Its name, and that of its file without `.toml`.
    pub name: String,
    /// Its text.
    pub toml: String,
}

/// One pipeline per site of the sample, for a portal served at `base_url` (without a slash at its end).
/// None for a folder.
pub fn pipelines(base_url: &str, portal: &Portal) -> Vec<SamplePipeline> {
    let pipeline =
        |government: &Government| SamplePipeline { name: government.slug.clone(), toml: toml(base_url, government) };
    portal.governments().map(pipeline).collect()
}

fn toml(base_url: &str, government: &Government) -> String {
    let mut list = String::from("[list]\n");
    if let Some(rule) = government.habits.title_rule {
        list.extend(["title = \"", rule, "\"\n"]);
    }
    if !government.habits.reject.is_empty() {
        list.extend(["reject = \"", &government.habits.reject.join("|"), "\"\n"]);
    }
    list.push_str("max-pages = 50\n");
    let family = if government.family == Family::Selectors { "selectors" } else { "auto" };
    if government.family == Family::Selectors {
        list.push_str("\n[list.selectors]\n");
        list.extend(SELECTORS.map(|(key, selector)| format!("{key} = \"{selector}\"\n")));
    }
    format!(
        "name = \"{}\"\ntitle = \"{}\"\nverified = \"2026-11-01\"\n\n[site]\nstart = [\"{base_url}{}\"]\nfamily = \"{family}\"\n\n\
         {list}\n[politeness]\ndelay-ms = 0\n",
        government.slug,
        government.name,
        start_path(government)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portal::PortalOptions;

    #[test]
    fn a_pipeline_is_a_toml_file_with_the_agreed_keys() {
        let portal = Portal::generate(&PortalOptions { reports: 12, ..PortalOptions::default() });
        let pipelines = pipelines("http://127.0.0.1:9", &portal);
        let read: Vec<toml::Table> = pipelines.iter().map(|pipeline| pipeline.toml.parse().unwrap()).collect();
        assert_eq!(
            pipelines[0].toml,
            "name = \"chengxi\"\ntitle = \"澄溪县人民政府\"\nverified = \"2026-11-01\"\n\n[site]\n\
             start = [\"http://127.0.0.1:9/chengxi/zwgk/fzzfjsndbg/index.html\"]\nfamily = \"auto\"\n\n[list]\n\
             title = \"法治政府\"\nreject = \"要点|解读|会|意见\"\nmax-pages = 50\n\n[politeness]\ndelay-ms = 0\n"
        );
        assert!(read.iter().all(|pipeline| pipeline["site"]["family"].as_str() == Some("auto")));
        assert_eq!(read[1]["list"].as_table().unwrap().keys().collect::<Vec<_>>(), ["max-pages"]);
    }

    #[test]
    fn what_cannot_be_told_from_the_pages_is_told_by_the_pipeline() {
        let portal = Portal::generate(&PortalOptions { reports: 84, ..PortalOptions::default() });
        let read: Vec<toml::Table> =
            pipelines("http://127.0.0.1:9", &portal).iter().map(|pipeline| pipeline.toml.parse().unwrap()).collect();
        let named = read.iter().filter(|pipeline| pipeline["site"]["family"].as_str() != Some("auto"));
        let named: Vec<_> = named.collect();
        assert_eq!((named.len(), named[0]["site"]["family"].as_str()), (1, Some("selectors")));
        let list = named[0]["list"].as_table().unwrap();
        let mut keys: Vec<_> = list["selectors"].as_table().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!((keys, list["max-pages"].as_integer()), (vec!["date", "item", "link", "next"], Some(50)));
    }
}
