//! The tables, their columns and types. Column names live here once; they are a contract with dashboards: add, never rename.
//! A column that is added can be null and stands last, so that tables of an earlier version are widened by it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

/// A table of the warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// One row per attempt to fetch an address.
    Captures,
    /// One row per article page, as it is now.
    Documents,
    /// The text of each report.
    Texts,
    /// Headings of reports.
    Sections,
    /// Measured amounts in reports.
    Quantities,
    /// Catalogue facts of reports.
    Indicators,
    /// What could not be read or was refused.
    Issues,
    /// One row per run of a command.
    Runs,
    /// Regions and the years in which they existed.
    Regions,
    /// The catalogue of indicators.
    IndicatorCatalog,
    /// The relations that indicators are checked against.
    CatalogChecks,
}

impl Table {
    /// Every table. `Documents` comes first: a reader pins it first and its children after, so that it never sees
    /// a document without its facts.
    pub const ALL: [Self; 11] = [
        Self::Documents,
        Self::Texts,
        Self::Sections,
        Self::Quantities,
        Self::Indicators,
        Self::Issues,
        Self::Captures,
        Self::Runs,
        Self::Regions,
        Self::IndicatorCatalog,
        Self::CatalogChecks,
    ];

    /// Tables whose rows belong to one revision of one document, in the order in which a load appends them.
    pub const FACTS: [Self; 4] = [Self::Sections, Self::Quantities, Self::Indicators, Self::Texts];

    /// The name in SQL and on disk.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Captures => "captures",
            Self::Documents => "documents",
            Self::Texts => "texts",
            Self::Sections => "sections",
            Self::Quantities => "quantities",
            Self::Indicators => "indicators",
            Self::Issues => "issues",
            Self::Runs => "runs",
            Self::Regions => "regions",
            Self::IndicatorCatalog => "indicator_catalog",
            Self::CatalogChecks => "catalog_checks",
        }
    }

    /// What a row is, in one sentence for people who meet the table in a tool.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Captures => {
                "One row per attempt to fetch an address, with what came of it and where the archive holds it."
            }
            Self::Documents => "One row per article page, as it is now; pages that are no report have a row too.",
            Self::Texts => "The text of each report, as read.",
            Self::Sections => "One row per heading of a report.",
            Self::Quantities => "One row per measured amount in the text of a report.",
            Self::Indicators => "One row per fact of the catalogue that a report states.",
            Self::Issues => "One row per thing that could not be read or was refused.",
            Self::Runs => "One row per run of a command.",
            Self::Regions => "Regions and the years in which they existed.",
            Self::IndicatorCatalog => "One row per indicator that is looked for.",
            Self::CatalogChecks => "The relations that indicators are checked against.",
        }
    }

    /// The columns.
    pub fn schema(self) -> SchemaRef {
        let fields = match self {
            Self::Captures => captures(),
            Self::Documents => documents(),
            Self::Texts => keyed(vec![text("body")]),
            Self::Sections => keyed(section()),
            Self::Quantities => keyed(quantity()),
            Self::Indicators => indicators(),
            Self::Issues => issues(),
            Self::Runs => runs(),
            Self::Regions => regions(),
            Self::IndicatorCatalog => catalog(),
            Self::CatalogChecks => checks(),
        };
        Arc::new(Schema::new(fields))
    }

    /// The columns that partition the table.
    pub const fn partitions(self) -> &'static [&'static str] {
        match self {
            Self::Documents | Self::Texts | Self::Sections | Self::Quantities | Self::Indicators => &["report_year"],
            Self::Captures => &["month"],
            Self::Issues | Self::Runs | Self::Regions | Self::IndicatorCatalog | Self::CatalogChecks => &[],
        }
    }

    /// The order in which a load writes rows, so that a filter on these columns skips row groups.
    pub const fn sort_order(self) -> &'static [&'static str] {
        match self {
            Self::Captures => &["pipeline", "fetched_at", "capture_id"],
            Self::Documents | Self::Texts => &["document_id"],
            Self::Sections | Self::Quantities => &["document_id", "ordinal"],
            Self::Indicators => &["indicator_id", "region_code", "document_id", "ordinal"],
            Self::Issues => &["issue_id"],
            Self::Runs => &["run_id"],
            Self::Regions => &["region_code"],
            Self::IndicatorCatalog => &["indicator_id"],
            Self::CatalogChecks => &["check_id", "indicator_id", "other_indicator_id"],
        }
    }
}

/// One row per record of the archive as the header scan shows it: the columns of `captures` and of source issues.
pub fn record_headers() -> Vec<Field> {
    let mut fields = captures();
    fields.extend([text_or_null("issue_kind"), text_or_null("issue_severity"), text_or_null("issue_detail")]);
    fields
}

/// What the parse plan reads of each archived record.
pub fn record_payload() -> Vec<Field> {
    vec![
        text("document_id"),
        int("part"),
        text("capture_id"),
        text("pipeline"),
        text("url"),
        text_or_null("content_type"),
        text_or_null("content_encoding"),
        text_or_null("listed_title"),
        text_or_null("listed_date"),
        text_or_null("part_captures"),
        Field::new("body", DataType::Binary, false),
    ]
}

/// What `interpret` makes of the pages of one document: its row in `documents` (but for the columns that load adds),
/// its text and its nested facts.
pub fn interpreted() -> Fields {
    let mut fields = document_facts();
    fields.extend([
        text("body"),
        list_of("sections", section()),
        list_of("quantities", quantity()),
        list_of("indicators", indicator()),
        list_of("issues", issue()),
    ]);
    fields.into()
}

/// A row of staged Parquet: the identity of the document beside what `interpret` made of it.
pub fn staged_documents() -> SchemaRef {
    let mut fields = vec![text("document_id"), text("capture_id"), text("pipeline"), text("url")];
    fields.push(Field::new("document", DataType::Struct(interpreted()), false));
    fields.push(text_or_null("part_captures"));
    Arc::new(Schema::new(fields))
}

fn captures() -> Vec<Field> {
    vec![
        text("capture_id"),
        text("pipeline"),
        text("purpose"),
        text("url"),
        text("final_url"),
        timestamp("fetched_at"),
        int_or_null("http_status"),
        text("outcome"),
        text("rule"),
        text_or_null("content_type"),
        text_or_null("charset"),
        long("bytes"),
        text_or_null("digest"),
        text("warc_file"),
        long("warc_offset"),
        long("warc_length"),
        text("run_id"),
        text("document_id"),
        text_or_null("listed_title"),
        text_or_null("listed_date"),
        text("month"),
        int_or_null("part"),
    ]
}

fn documents() -> Vec<Field> {
    let mut fields = vec![text("document_id"), text("url"), text("pipeline")];
    fields.extend(document_facts());
    fields.extend([text("capture_id"), timestamp("loaded_at"), date("withdrawn_on"), text_or_null("part_captures")]);
    fields
}

fn document_facts() -> Vec<Field> {
    vec![
        text("revision"),
        text("kind"),
        text_or_null("kind_detail"),
        text_or_null("title"),
        int_or_null("report_year"),
        text_or_null("publisher"),
        text_or_null("publisher_id"),
        text_or_null("publisher_level"),
        text_or_null("region_code"),
        text_or_null("region_code_current"),
        text_or_null("township_code"),
        text_or_null("region_name"),
        text_or_null("province_code"),
        text_or_null("index_number"),
        text_or_null("document_number"),
        texts("topics"),
        date("written_on"),
        date("published_on"),
        date("signed_on"),
        text_or_null("validity"),
        text_or_null("disclosure"),
        text_or_null("source"),
        text_or_null("site_owner"),
        text("digest"),
        Field::new("simhash", DataType::Int64, true),
        text_or_null("duplicate_of"),
        text_or_null("version_of"),
        texts("attachments"),
        texts("field_sources"),
        text("parser_version"),
        text("rules_digest"),
    ]
}

/// The key of a child row, then its own columns.
fn keyed(own: Vec<Field>) -> Vec<Field> {
    let mut fields = vec![text("document_id"), text("revision"), int_or_null("report_year")];
    fields.extend(own);
    fields
}

fn indicators() -> Vec<Field> {
    let mut fields =
        keyed(vec![text_or_null("region_code"), text_or_null("province_code"), text_or_null("publisher_level")]);
    fields.extend(indicator());
    fields
}

fn section() -> Vec<Field> {
    vec![
        int("ordinal"),
        int("level"),
        text("label"),
        text("heading"),
        text_or_null("area"),
        text("role"),
        long("char_start"),
        long("char_end"),
    ]
}

fn quantity() -> Vec<Field> {
    vec![
        int("ordinal"),
        int_or_null("section"),
        text("text"),
        decimal("value", false),
        decimal("max", true),
        text("unit"),
        text("unit_canonical"),
        text("precision"),
        text("kind"),
        text_or_null("subject"),
        long("char_start"),
        long("char_end"),
        text("sentence"),
    ]
}

fn indicator() -> Vec<Field> {
    vec![
        int("ordinal"),
        text("indicator_id"),
        int("rank"),
        decimal("value", false),
        decimal("max", true),
        text("unit"),
        text("precision"),
        text("period"),
        text("scope"),
        text_or_null("part_of"),
        decimal("yoy_pct", true),
        decimal("yoy_pp", true),
        text("role"),
        text("text"),
        long("char_start"),
        long("char_end"),
        text("sentence"),
        text("rule"),
        Field::new("confidence", DataType::Float64, false),
    ]
}

fn issue() -> Vec<Field> {
    vec![text("stage"), text("kind"), text("severity"), text("detail")]
}

fn issues() -> Vec<Field> {
    let mut fields = vec![text("issue_id"), text_or_null("document_id"), text_or_null("revision"), text_or_null("url")];
    fields.extend(issue());
    fields.extend([
        text_or_null("capture_id"),
        text_or_null("parser_version"),
        text_or_null("run_id"),
        text_or_null("pipeline"),
        text_or_null("warc_file"),
        long_or_null("warc_offset"),
        long_or_null("warc_length"),
    ]);
    fields
}

fn runs() -> Vec<Field> {
    vec![
        text("run_id"),
        text("command"),
        texts("pipelines"),
        timestamp("started_at"),
        timestamp("ended_at"),
        text("outcome"),
        text("counts"),
        text("fazhi_version"),
    ]
}

fn regions() -> Vec<Field> {
    vec![
        text("region_code"),
        int_or_null("valid_from"),
        int_or_null("valid_to"),
        text("name"),
        text("level"),
        text_or_null("parent_code"),
        text_or_null("successor"),
    ]
}

fn catalog() -> Vec<Field> {
    vec![
        text("indicator_id"),
        text("name_zh"),
        text("name_en"),
        text("unit"),
        texts("accepted_units"),
        text("area"),
        text("kind"),
        text("description"),
    ]
}

/// One row per pair of indicators that a check relates; a check of any pair names none.
fn checks() -> Vec<Field> {
    vec![
        text("check_id"),
        text("kind"),
        text_or_null("indicator_id"),
        text_or_null("other_indicator_id"),
        text_or_null("other_role"),
        int_or_null("parts"),
        decimal("slack", false),
        decimal("tolerance", false),
        Field::new("same_period", DataType::Boolean, false),
        text_or_null("across"),
        text("description"),
    ]
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

fn text_or_null(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

fn int(name: &str) -> Field {
    Field::new(name, DataType::Int32, false)
}

fn int_or_null(name: &str) -> Field {
    Field::new(name, DataType::Int32, true)
}

fn long(name: &str) -> Field {
    Field::new(name, DataType::Int64, false)
}

fn long_or_null(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

fn date(name: &str) -> Field {
    Field::new(name, DataType::Date32, true)
}

fn timestamp(name: &str) -> Field {
    Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false)
}

/// Values are exact decimals, never floats: up to 22 digits before and 6 after the point.
fn decimal(name: &str, nullable: bool) -> Field {
    Field::new(name, DataType::Decimal128(28, 6), nullable)
}

fn texts(name: &str) -> Field {
    Field::new(name, DataType::List(Arc::new(Field::new("element", DataType::Utf8, true))), false)
}

fn list_of(name: &str, fields: Vec<Field>) -> Field {
    let item = Field::new("element", DataType::Struct(fields.into()), true);
    Field::new(name, DataType::List(Arc::new(item)), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partition_and_sort_columns_exist() {
        for table in Table::ALL {
            for column in table.partitions().iter().chain(table.sort_order()) {
                assert!(table.schema().field_with_name(column).is_ok(), "{}.{column}", table.name());
            }
        }
    }
}
