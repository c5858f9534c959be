-- After what Tableau (PostgreSQL's ODBC driver, psqlODBC: info.c of github.com/postgresql-interfaces/psqlodbc) asks, as servers
-- that speak its protocol report it: issue 10212 of github.com/crate/crate, issue 42 of github.com/ildus/clickhouse_fdw.

-- session: 0 columns
SET DateStyle = 'ISO';
-- digits: 0 columns
SET extra_float_digits = 2;
-- transaction isolation: 1 column rows
SHOW transaction_isolation;
-- identifiers: 1 column rows
SHOW max_identifier_length;
-- the type of large objects: 2 columns
SELECT oid, typbasetype FROM pg_type WHERE typname = 'lo';
-- schemas: 1 column rows
SELECT nspname FROM pg_namespace n WHERE n.nspname NOT LIKE 'pg_toast%' ORDER BY nspname;
-- tables: 3 columns rows
SELECT relname, nspname, relkind FROM pg_catalog.pg_class c, pg_catalog.pg_namespace n
WHERE relkind IN ('r', 'v', 'm', 'f', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'pg_temp_1') AND n.oid = relnamespace
ORDER BY nspname, relname;
-- columns: 15 columns rows
SELECT n.nspname, c.relname, a.attname, a.atttypid, t.typname, a.attnum, a.attlen, a.atttypmod, a.attnotnull, c.relhasrules, c.relkind,
       c.oid, pg_get_expr(d.adbin, d.adrelid), CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE 0 END, t.typtypmod
FROM (((pg_catalog.pg_class c
  INNER JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND c.relname = 'reports' AND n.nspname = 'public')
  INNER JOIN pg_catalog.pg_attribute a ON (NOT a.attisdropped) AND a.attnum > 0 AND a.attrelid = c.oid)
  INNER JOIN pg_catalog.pg_type t ON t.oid = a.atttypid)
  LEFT OUTER JOIN pg_attrdef d ON a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum
ORDER BY n.nspname, c.relname, attnum;
-- primary keys: 6 columns
SELECT ta.attname, ia.attnum, ic.relname, n.nspname, tc.relname, ta.attnum
FROM pg_catalog.pg_attribute ta, pg_catalog.pg_attribute ia, pg_catalog.pg_class tc, pg_catalog.pg_index i,
     pg_catalog.pg_namespace n, pg_catalog.pg_class ic
WHERE tc.relname = 'reports' AND n.nspname = 'public' AND tc.oid = i.indrelid AND n.oid = tc.relnamespace AND i.indisprimary = 't'
  AND ia.attrelid = i.indexrelid AND ta.attrelid = i.indrelid AND ta.attnum = i.indkey[ia.attnum-1]
  AND (NOT ta.attisdropped) AND (NOT ia.attisdropped) AND ic.oid = i.indexrelid
ORDER BY ia.attnum;
-- begin: 0 columns
BEGIN;
-- cursor: 0 columns
declare "SQL_CUR0x7f8" cursor with hold for SELECT "reports"."publisher" AS "publisher", COUNT(1) AS "n" FROM "public"."reports" "reports" GROUP BY 1 ORDER BY 1 ASC NULLS FIRST;
-- rows: 2 columns rows
fetch 2048 in "SQL_CUR0x7f8";
-- no more rows: 2 columns
fetch 2048 in "SQL_CUR0x7f8";
-- close: 0 columns
close "SQL_CUR0x7f8";
-- end: 0 columns
COMMIT;
-- a domain of values: 1 column rows
SELECT "reports"."report_year" AS "report_year" FROM "public"."reports" "reports" GROUP BY 1 ORDER BY 1 ASC NULLS FIRST;
-- a measure by year: 2 columns rows
SELECT CAST("indicator_values"."report_year" AS BIGINT) AS "year", SUM(CAST("indicator_values"."value" AS DOUBLE PRECISION)) AS "sum:value:ok"
FROM "public"."indicator_values" "indicator_values" GROUP BY 1;
