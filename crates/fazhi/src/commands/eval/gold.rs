//! What a gold file states. A key that is absent is not scored; a key that is null states that there is nothing.

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use fazhi_model::{Area, DocumentKind, Precision, PublisherLevel, RegionCode, ReportYear, Role, Validity};
use fazhi_parse::catalogue::Catalogue;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::Url;

use super::facts::List;
use super::field::{Field, Said};

/// One annotated page.
#[derive(Debug)]
pub struct Gold {
    /// Name of the page's file.
    pub file: String,
    /// Address the page was saved from.
    pub url: Option<Url>,
    /// `Content-Type` the page came with.
    pub content_type: Option<String>,
    /// What its fields say; those that are not to be scored are left out.
    pub fields: Vec<(Field, Said)>,
    /// Kinds that are as good as the one in `fields`.
    pub other_kinds: Vec<DocumentKind>,
    /// What is known of the text.
    pub body: Option<BodyChecks>,
    /// Headings.
    pub sections: Option<Vec<GoldSection>>,
    /// Measured amounts.
    pub quantities: Option<Vec<GoldQuantity>>,
    /// Catalogue facts.
    pub indicators: Option<Vec<GoldIndicator>>,
}

/// What is known of the text.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BodyChecks {
    /// Its first characters.
    pub starts: Option<String>,
    /// Its last characters, signature and notes below it aside.
    pub ends: Option<String>,
    /// What stands around it on the page.
    pub excludes: Vec<String>,
}

impl BodyChecks {
    fn states_something(&self) -> bool {
        self.starts.is_some() || self.ends.is_some() || !self.excludes.is_empty()
    }
}

/// A heading.
#[derive(Debug, Deserialize)]
pub struct GoldSection {
    pub level: i32,
    pub label: String,
    pub heading: String,
    pub role: Role,
    pub area: Option<Area>,
    /// Two readings are defensible: neither a hit nor an error.
    #[serde(default)]
    pub doubtful: bool,
}

/// A measured amount.
#[derive(Debug, Deserialize)]
pub struct GoldQuantity {
    pub text: String,
    pub value: Decimal,
    pub max: Option<Decimal>,
    pub unit: String,
    pub precision: Precision,
    /// Words around it.
    pub sentence_part: Option<String>,
    /// Two readings are defensible: neither a hit nor an error.
    #[serde(default)]
    pub doubtful: bool,
}

/// A catalogue fact.
#[derive(Debug, Deserialize)]
pub struct GoldIndicator {
    pub id: String,
    pub value: Decimal,
    pub unit: Option<String>,
    pub text: Option<String>,
    /// What the text around it does; results where it is absent.
    pub section: Option<Role>,
    /// Words around it.
    pub sentence_part: Option<String>,
    /// Two readings are defensible: neither a hit nor an error.
    #[serde(default)]
    pub doubtful: bool,
}

/// Reads a gold file; nothing if it is JSON that holds no annotation at all.
pub fn parse(text: &str, catalogue: &Catalogue) -> anyhow::Result<Option<Gold>> {
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = serde_json::from_str(text).context("no JSON")?;
    let scored = ["document", "body", "sections", "quantities", "indicators"];
    if !scored.iter().any(|key| value.get(key).is_some()) {
        return Ok(None);
    }
    for key in ["file", "document"] {
        if value.get(key).is_none() {
            bail!("no gold: `{key}` is missing");
        }
    }
    // Read from the text again, not from the value, so that an error has its line.
    let raw: RawGold = serde_json::from_str(text)?;
    raw.check(catalogue).map(Some)
}

#[derive(Deserialize)]
struct RawGold {
    file: String,
    url: Option<String>,
    content_type: Option<String>,
    document: RawDocument,
    #[serde(default)]
    kind_any: Vec<DocumentKind>,
    body: Option<BodyChecks>,
    sections: Option<Vec<GoldSection>>,
    quantities: Option<Vec<GoldQuantity>>,
    indicators: Option<Vec<GoldIndicator>>,
    #[serde(default)]
    doubtful: Vec<String>,
}

impl RawGold {
    fn check(self, catalogue: &Catalogue) -> anyhow::Result<Gold> {
        let names = || Field::ALL.iter().map(|field| field.name()).chain(List::ALL.iter().map(|list| list.name()));
        if let Some(unknown) = self.doubtful.iter().find(|name| !names().any(|known| known == name.as_str())) {
            bail!("`doubtful` names `{unknown}`, which is not scored");
        }
        if let Some(fact) = self.indicators.iter().flatten().find(|fact| catalogue.entry(&fact.id).is_none()) {
            bail!("indicator `{}` is not in the catalogue", fact.id);
        }
        let url = self.url.map(|url| Url::parse(&url).with_context(|| format!("`{url}` is no address"))).transpose()?;
        let is_sure = |name: &str| !self.doubtful.iter().any(|doubtful| doubtful == name);
        let mut fields = self.document.fields();
        fields.retain(|(field, _)| is_sure(field.name()));
        Ok(Gold {
            file: self.file,
            url,
            content_type: self.content_type,
            fields,
            other_kinds: self.kind_any,
            body: self.body.filter(|body| is_sure(Field::Body.name()) && body.states_something()),
            sections: self.sections.filter(|_| is_sure(List::Sections.name())),
            quantities: self.quantities.filter(|_| is_sure(List::Quantities.name())),
            indicators: self.indicators.filter(|_| is_sure(List::Indicators.name())),
        })
    }
}

/// A key that may be missing, and may be null.
#[derive(Default)]
enum Key<T> {
    #[default]
    Missing,
    Is(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Key<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Is)
    }
}

impl<T: ToString> Key<T> {
    fn said(self) -> Option<Said> {
        match self {
            Self::Missing => None,
            Self::Is(value) => Some(Said(value.iter().map(ToString::to_string).collect())),
        }
    }
}

impl Key<Vec<String>> {
    fn listed(self) -> Option<Said> {
        match self {
            Self::Missing => None,
            Self::Is(values) => Some(Said(values.unwrap_or_default())),
        }
    }
}

/// A mistyped key would silently not be scored, hence no unknown ones.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawDocument {
    kind: Key<DocumentKind>,
    kind_detail: Key<String>,
    title: Key<String>,
    report_year: Key<ReportYear>,
    publisher: Key<String>,
    publisher_level: Key<PublisherLevel>,
    region_code: Key<RegionCode>,
    township_code: Key<String>,
    index_number: Key<String>,
    document_number: Key<String>,
    written_on: Key<NaiveDate>,
    published_on: Key<NaiveDate>,
    signed_on: Key<NaiveDate>,
    validity: Key<Validity>,
    topics: Key<Vec<String>>,
    disclosure: Key<String>,
    source: Key<String>,
    attachments: Key<Vec<String>>,
}

impl RawDocument {
    fn fields(self) -> Vec<(Field, Said)> {
        let fields = [
            (Field::Kind, self.kind.said()),
            (Field::KindDetail, self.kind_detail.said()),
            (Field::Title, self.title.said()),
            (Field::ReportYear, self.report_year.said()),
            (Field::Publisher, self.publisher.said()),
            (Field::PublisherLevel, self.publisher_level.said()),
            (Field::RegionCode, self.region_code.said()),
            (Field::TownshipCode, self.township_code.said()),
            (Field::IndexNumber, self.index_number.said()),
            (Field::DocumentNumber, self.document_number.said()),
            (Field::WrittenOn, self.written_on.said()),
            (Field::PublishedOn, self.published_on.said()),
            (Field::SignedOn, self.signed_on.said()),
            (Field::Validity, self.validity.said()),
            (Field::Topics, self.topics.listed()),
            (Field::Disclosure, self.disclosure.said()),
            (Field::Source, self.source.said()),
            (Field::Attachments, self.attachments.listed()),
        ];
        fields.into_iter().filter_map(|(field, said)| Some((field, said?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gold(text: &str) -> Gold {
        parse(text, Catalogue::embedded()).unwrap().unwrap()
    }

    #[test]
    fn a_missing_key_is_not_scored_and_a_null_one_is() {
        let gold = gold(r#"{"file": "a.html", "document": {"title": "报告", "source": null, "topics": []}}"#);
        let fields: Vec<(Field, usize)> = gold.fields.iter().map(|(field, said)| (*field, said.0.len())).collect();
        assert_eq!(fields, [(Field::Title, 1), (Field::Topics, 0), (Field::Source, 0)]);
        assert!(gold.body.is_none() && gold.quantities.is_none());
    }

    #[test]
    fn what_is_doubtful_is_not_scored() {
        let gold = gold(
            r#"{"file": "a.html", "document": {"title": "报告", "report_year": 2023}, "body": {"starts": "云溪县"},
                "quantities": [], "sections": [], "doubtful": ["title", "body", "quantities"]}"#,
        );
        assert_eq!(gold.fields, [(Field::ReportYear, Said(vec!["2023".to_owned()]))]);
        assert!(gold.body.is_none() && gold.quantities.is_none() && gold.sections.is_some());
    }

    #[test]
    fn a_body_that_states_nothing_is_not_scored() {
        let gold = gold(r#"{"file": "a", "document": {}, "body": {"starts": null, "ends": null, "excludes": []}}"#);
        assert!(gold.body.is_none());
    }

    #[test]
    fn json_without_annotations_is_something_else() {
        for other in [r#"{"file": "a.html", "paragraphs": []}"#, "[1, 2]", "3", r#"{"name": "x"}"#] {
            assert!(parse(other, Catalogue::embedded()).unwrap().is_none(), "{other}");
        }
    }

    #[test]
    fn a_fault_is_named() {
        let cases = [
            ("{", "no JSON: EOF while parsing an object at line 1 column 1"),
            (r#"{"document": {}}"#, "no gold: `file` is missing"),
            (r#"{"file": "a", "quantities": []}"#, "no gold: `document` is missing"),
            ("{\"file\": \"a\",\n\"document\": {\"titel\": \"x\"}}", "unknown field `titel`, expected one of `kind`"),
            ("{\"file\": \"a\",\n\"document\": {\"kind\": \"reports\"}}", "unknown variant `reports`"),
            (r#"{"file": "a", "document": {}, "doubtful": ["titel"]}"#, "`doubtful` names `titel`"),
            (r#"{"file": "a", "url": "portal", "document": {}}"#, "`portal` is no address: relative URL"),
            (
                r#"{"file": "a", "document": {}, "indicators": [{"id": "fine", "value": "1"}]}"#,
                "indicator `fine` is not in the catalogue",
            ),
        ];
        for (text, message) in cases {
            let error = format!("{:#}", parse(text, Catalogue::embedded()).unwrap_err());
            assert!(error.starts_with(message), "{error}");
            assert!(!text.contains('\n') || error.contains("at line 2"), "{error}");
        }
    }
}
