-- After what Power BI's connector for PostgreSQL asks through Npgsql, as servers that speak its protocol record it: PowerBIConfig.cs of
-- github.com/ravendb/ravendb, the tests of github.com/cube-js/cube (packages/cubejs-schema-compiler's SQL API), and the log in
-- issue 218 of github.com/datafusion-contrib/datafusion-postgres. The driver's own questions are in npgsql.sql.

-- encoding: 1 column rows
select character_set_name from INFORMATION_SCHEMA.character_sets;
-- schemas: 1 column rows
select SCHEMA_NAME from INFORMATION_SCHEMA.SCHEMATA order by SCHEMA_NAME;
-- tables: 3 columns rows
select TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE
from INFORMATION_SCHEMA.tables
where TABLE_SCHEMA not in ('information_schema', 'pg_catalog')
order by TABLE_SCHEMA, TABLE_NAME;
-- columns: 4 columns rows
select COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE, case when (data_type like '%unsigned%') then DATA_TYPE || ' unsigned' else DATA_TYPE end as DATA_TYPE
from INFORMATION_SCHEMA.columns
where TABLE_SCHEMA = 'public' and TABLE_NAME = 'reports'
order by TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION;
-- keys: 4 columns
select i.CONSTRAINT_SCHEMA || '_' || i.CONSTRAINT_NAME as INDEX_NAME, ii.COLUMN_NAME, ii.ORDINAL_POSITION,
       case when i.CONSTRAINT_TYPE = 'PRIMARY KEY' then 'Y' else 'N' end as PRIMARY_KEY
from INFORMATION_SCHEMA.table_constraints i
inner join INFORMATION_SCHEMA.key_column_usage ii
  on i.CONSTRAINT_SCHEMA = ii.CONSTRAINT_SCHEMA and i.CONSTRAINT_NAME = ii.CONSTRAINT_NAME
  and i.TABLE_SCHEMA = ii.TABLE_SCHEMA and i.TABLE_NAME = ii.TABLE_NAME
where i.TABLE_SCHEMA = 'public' and i.TABLE_NAME = 'reports' and i.CONSTRAINT_TYPE in ('PRIMARY KEY', 'UNIQUE')
order by i.CONSTRAINT_SCHEMA || '_' || i.CONSTRAINT_NAME, ii.TABLE_SCHEMA, ii.TABLE_NAME, ii.ORDINAL_POSITION;
-- tables that refer to it: 6 columns
select pkcol.COLUMN_NAME as PK_COLUMN_NAME, fkcol.TABLE_SCHEMA AS FK_TABLE_SCHEMA, fkcol.TABLE_NAME AS FK_TABLE_NAME,
       fkcol.COLUMN_NAME as FK_COLUMN_NAME, fkcol.ORDINAL_POSITION as ORDINAL,
       fkcon.CONSTRAINT_SCHEMA || '_' || fkcol.TABLE_NAME || '_' || 'reports' || '_' || fkcon.CONSTRAINT_NAME as FK_NAME
from (select distinct constraint_catalog, constraint_schema, unique_constraint_schema, constraint_name, unique_constraint_name
      from INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS) fkcon
inner join INFORMATION_SCHEMA.KEY_COLUMN_USAGE fkcol
  on fkcon.CONSTRAINT_SCHEMA = fkcol.CONSTRAINT_SCHEMA and fkcon.CONSTRAINT_NAME = fkcol.CONSTRAINT_NAME
inner join INFORMATION_SCHEMA.KEY_COLUMN_USAGE pkcol
  on fkcon.UNIQUE_CONSTRAINT_SCHEMA = pkcol.CONSTRAINT_SCHEMA and fkcon.UNIQUE_CONSTRAINT_NAME = pkcol.CONSTRAINT_NAME
where pkcol.TABLE_SCHEMA = 'public' and pkcol.TABLE_NAME = 'reports' and pkcol.ORDINAL_POSITION = fkcol.ORDINAL_POSITION
order by FK_NAME, fkcol.ORDINAL_POSITION;
-- size: 1 column rows
SELECT PG_TOTAL_RELATION_SIZE(C.OID) AS TOTAL_BYTES
FROM PG_CLASS C JOIN PG_NAMESPACE N ON (N.OID = C.RELNAMESPACE)
WHERE N.NSPNAME = 'public' AND C.RELNAME = 'reports';
-- a preview: 26+ columns rows
select "$Table".* from "public"."reports" "$Table" limit 200;
-- a page of an import: 3 columns rows
select "_"."publisher", "_"."report_year", "_"."title" from "public"."reports" "_" where "_"."report_year" >= 2000 limit 1000 offset 0;
-- DirectQuery, grouped: 2 columns rows
select "rows"."report_year" as "report_year", count(1) as "a0"
from (select "_"."report_year" from "public"."reports" "_" where not "_"."report_year" is null) "rows"
group by "report_year" order by "report_year" limit 1001;
-- DirectQuery, a sum of a decimal: 2 columns rows
select "rows"."unit" as "unit", sum("rows"."value") as "a0"
from (select "unit", "value" from "public"."indicator_values") "rows" group by "unit" limit 1000001 offset 0;
