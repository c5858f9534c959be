//! `pg_catalog`: what tools read to find tables, views and types. Most of it comes from a library; comments, definitions of
//! views and what other modules name are ours.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use arrow::array::{AsArray as _, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{CatalogProviderList, MemTable, SchemaProvider, TableProvider};
use datafusion::datasource::TableType;
use datafusion::error::Result;
use datafusion::execution::context::SessionContext;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::catalog_info::CatalogInfo;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::{
    PgCatalogSchemaProvider, PgCatalogStaticTables, setup_pg_catalog,
};
use fazhi_warehouse::{Table, VIEWS};

use crate::engine::{DATABASE, SCHEMA};
use crate::postgres::descriptions::{Described, Descriptions};
use crate::postgres::functions;
use crate::postgres::information::Information;
use crate::postgres::overlay::{self, Relations};
use crate::postgres::result::type_modifier;
use crate::postgres::settings::Settings;

/// The catalogue of the database. One for all snapshots, so that the numbers of relations (OIDs) that a client has seen stay good.
#[derive(Debug)]
pub struct Catalogue {
    library: PgCatalogSchemaProvider<Databases, EmptyContextProvider>,
    databases: Databases,
    descriptions: Arc<Descriptions>,
    /// Relations that the library lacks, or that are answered with more.
    ours: RwLock<Relations>,
    information: Arc<Information>,
}

impl Catalogue {
    /// The name of the schema.
    pub const SCHEMA: &'static str = "pg_catalog";

    /// Gives a session the functions and types of PostgreSQL, and makes the catalogue of a database.
    ///
    /// # Errors
    /// Fails when the library's own data cannot be read.
    pub fn install(context: &SessionContext, database: &str) -> Result<Self> {
        setup_pg_catalog(context, database, EmptyContextProvider).map_err(|error| *error)?;
        let databases = Databases::default();
        let constants = Arc::new(PgCatalogStaticTables::try_new()?);
        let library = PgCatalogSchemaProvider::try_new(databases.clone(), constants, EmptyContextProvider)?;
        let descriptions = Arc::new(Descriptions::default());
        functions::install(context, &descriptions);
        Ok(Self { library, databases, descriptions, ours: RwLock::default(), information: Arc::default() })
    }

    /// Whether a relation is one of the catalogue's that the library does not know.
    pub fn adds(name: &str) -> bool {
        overlay::ADDED.contains(&name)
    }

    /// `information_schema`, of which the catalogue is the source.
    pub fn information(&self) -> Arc<Information> {
        Arc::clone(&self.information)
    }

    /// Tells of the relations of a newer snapshot from now on.
    pub fn follow(&self, databases: Arc<dyn CatalogProviderList>) {
        *self.databases.current.write().unwrap_or_else(PoisonError::into_inner) = Some(databases);
    }

    /// Learns the numbers of our relations, and with them their comments and columns. Called once, after the first snapshot.
    ///
    /// # Errors
    /// Fails when the catalogue cannot be read.
    pub async fn describe(&self, context: &SessionContext) -> Result<()> {
        let ours = oids(context, SCHEMA).await?;
        let described: Vec<Described> = ours.iter().filter_map(|(name, oid)| description(*oid, name)).collect();
        let relation_class = oids(context, Self::SCHEMA).await?.get("pg_class").copied().unwrap_or_default();
        let attributes = attributes(context, &ours).await?;
        let mut relations = overlay::relations(context, overlay::CATALOGUE).await?;
        let settings = settings();
        relations
            .extend(overlay::relations(context, &[("pg_attribute", &attributes), ("pg_settings", &settings)]).await?);
        relations.insert("pg_description", comments(&described, relation_class)?);
        relations.insert("pg_views", views()?);
        *self.ours.write().unwrap_or_else(PoisonError::into_inner) = relations;
        self.descriptions.learn(described);
        self.information.fill(context).await
    }
}

/// Numbers of the relations of a schema.
async fn oids(context: &SessionContext, schema: &str) -> Result<HashMap<String, i32>> {
    let sql = format!(
        "SELECT c.oid, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = '{schema}'"
    );
    let mut oids = HashMap::new();
    for batch in context.sql(&sql).await?.collect().await? {
        let names = datafusion::arrow::compute::cast(batch.column(1), &DataType::Utf8)?;
        let numbers = batch.column(0).as_primitive::<Int32Type>().values().iter();
        oids.extend(numbers.zip(names.as_string::<i32>()).filter_map(|(oid, name)| Some((name?.to_owned(), *oid))));
    }
    Ok(oids)
}

/// A query for `pg_settings`: what a session begins with.
fn settings() -> String {
    let settings = Settings::default();
    let rows: Vec<String> =
        settings.all().map(|(name, value)| format!("('{name}', '{}')", value.replace('\'', "''"))).collect();
    format!(
        "SELECT column1 AS name, column2 AS setting, $TEXT AS unit, '' AS category, '' AS short_desc, $TEXT AS extra_desc, \
         'user' AS context, 'string' AS vartype, 'default' AS source, $TEXT AS min_val, $TEXT AS max_val, $TEXTS AS enumvals, \
         column2 AS boot_val, column2 AS reset_val, $TEXT AS sourcefile, $NUMBER AS sourceline, false AS pending_restart \
         FROM (VALUES {})",
        rows.join(", ")
    )
}

/// A query for `pg_attribute` that knows how wide decimals are.
async fn attributes(context: &SessionContext, ours: &HashMap<String, i32>) -> Result<String> {
    let mut modifiers = String::new();
    for (name, oid) in ours {
        let schema = context.table_provider(name.as_str()).await?.schema();
        for (position, field) in (1..).zip(schema.fields()) {
            let modifier = type_modifier(field.data_type());
            if modifier >= 0 {
                modifiers.extend([
                    "WHEN attrelid = ",
                    &oid.to_string(),
                    " AND attnum = ",
                    &position.to_string(),
                    " THEN ",
                ]);
                modifiers.extend([&modifier.to_string(), " "]);
            }
        }
    }
    let modifier = if modifiers.is_empty() { "-1".to_owned() } else { format!("CASE {modifiers}ELSE -1 END") };
    Ok(format!(
        "SELECT * EXCEPT (atttypmod, attacl, attoptions, attfdwoptions), CAST({modifier} AS INT) AS atttypmod, $TEXTS AS attacl, \
         $TEXTS AS attoptions, $TEXTS AS attfdwoptions FROM pg_catalog.pg_attribute"
    ))
}

fn description(oid: i32, name: &str) -> Option<Described> {
    let table = Table::ALL.into_iter().find(|table| table.name() == name);
    if let Some(table) = table {
        return Some(Described { oid, comment: table.description().to_owned(), definition: None });
    }
    let view = VIEWS.iter().find(|view| view.name == name)?;
    Some(Described { oid, comment: view.description(), definition: Some(view.sql.trim_end().to_owned()) })
}

/// `relation_class` is the number of `pg_class`, in which relations are.
fn comments(described: &[Described], relation_class: i32) -> Result<Arc<dyn TableProvider>> {
    let schema = Schema::new(vec![
        Field::new("objoid", DataType::Int32, false),
        Field::new("classoid", DataType::Int32, false),
        Field::new("objsubid", DataType::Int32, false),
        Field::new("description", DataType::Utf8, false),
    ]);
    let oids: Int32Array = described.iter().map(|described| described.oid).collect();
    let same = |value: i32| Arc::new(Int32Array::from_value(value, described.len()));
    let comments = StringArray::from_iter_values(described.iter().map(|described| &described.comment));
    in_memory(schema, vec![Arc::new(oids), same(relation_class), same(0), Arc::new(comments)])
}

fn views() -> Result<Arc<dyn TableProvider>> {
    let names = ["schemaname", "viewname", "viewowner", "definition"];
    let schema = Schema::new(names.map(|name| Field::new(name, DataType::Utf8, false)).to_vec());
    let text = |value: &dyn Fn(&fazhi_warehouse::NamedQuery) -> &'static str| {
        Arc::new(StringArray::from_iter_values(VIEWS.iter().map(value)))
    };
    let columns = [text(&|_| SCHEMA), text(&|view| view.name), text(&|_| DATABASE), text(&|view| view.sql)];
    in_memory(schema, columns.into_iter().map(|column| column as _).collect())
}

fn in_memory(schema: Schema, columns: Vec<arrow::array::ArrayRef>) -> Result<Arc<dyn TableProvider>> {
    let schema = Arc::new(schema);
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
}

#[async_trait]
impl SchemaProvider for Catalogue {
    fn table_names(&self) -> Vec<String> {
        self.library.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let ours = self.ours.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        match ours {
            Some(table) => Ok(Some(table)),
            None => self.library.table(name).await,
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        Self::adds(name) || self.library.table_exist(name)
    }
}

/// The relations of the newest snapshot, in an order that is the same at every start.
#[derive(Debug, Clone, Default)]
struct Databases {
    current: Arc<RwLock<Option<Arc<dyn CatalogProviderList>>>>,
}

impl Databases {
    fn schema(&self, database: &str, schema: &str) -> Option<Arc<dyn SchemaProvider>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref()?.catalog(database)?.schema(schema)
    }
}

#[async_trait]
impl CatalogInfo for Databases {
    async fn catalog_names(&self) -> Result<Vec<String>> {
        Ok(vec![DATABASE.to_owned()])
    }

    async fn schema_names(&self, database: &str) -> Result<Option<Vec<String>>> {
        // Ours first: their numbers then depend on nothing else.
        let names = [SCHEMA, Catalogue::SCHEMA].map(str::to_owned).to_vec();
        Ok((database == DATABASE).then_some(names))
    }

    async fn table_names(&self, database: &str, schema: &str) -> Result<Option<Vec<String>>> {
        let names = self.schema(database, schema).map(|schema| {
            let mut names = schema.table_names();
            names.sort();
            names
        });
        Ok(names)
    }

    async fn table_schema(&self, database: &str, schema: &str, table: &str) -> Result<Option<SchemaRef>> {
        match self.schema(database, schema) {
            Some(schema) => Ok(schema.table(table).await?.map(|table| table.schema())),
            None => Ok(None),
        }
    }

    async fn table_type(&self, database: &str, schema: &str, table: &str) -> Result<Option<TableType>> {
        match self.schema(database, schema) {
            // A table that an earlier version wrote is served as a view over it; it is a table all the same.
            Some(_) if Table::ALL.into_iter().any(|ours| ours.name() == table) => Ok(Some(TableType::Base)),
            Some(schema) => schema.table_type(table).await,
            None => Ok(None),
        }
    }
}
