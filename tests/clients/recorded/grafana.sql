-- After Grafana's data source for PostgreSQL: postgresMetaQuery.ts, sqlCompletionProvider.ts and pkg/tsdb/grafana-postgresql-datasource
-- (macros) of github.com/grafana/grafana.

-- version: 1 column rows
SELECT current_setting('server_version_num')::int/100 AS version;
-- is it TimescaleDB: 1 column
SELECT extversion FROM pg_extension WHERE extname = 'timescaledb';
-- schemas: 1 column rows
SELECT schema_name AS "name" FROM information_schema.schemata
WHERE schema_name NOT IN ('information_schema', 'pg_catalog', 'pg_toast') ORDER BY schema_name;
-- tables of the search path: 1 column rows
SELECT CASE WHEN quote_ident(table_schema) IN (
         SELECT CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END
         FROM generate_series(
                array_lower(string_to_array(current_setting('search_path'), ','), 1),
                array_upper(string_to_array(current_setting('search_path'), ','), 1)) as i,
              string_to_array(current_setting('search_path'), ',') s)
       THEN quote_ident(table_name) ELSE quote_ident(table_schema) || '.' || quote_ident(table_name) END AS "table"
FROM information_schema.tables
WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog')
ORDER BY 1;
-- columns of a table: 2 columns rows
SELECT quote_ident(column_name) AS "column", data_type AS "type"
FROM information_schema.columns
WHERE CASE WHEN array_length(parse_ident('reports'), 1) = 2
      THEN quote_ident(table_schema) = (parse_ident('reports'))[1] AND quote_ident(table_name) = (parse_ident('reports'))[2]
      ELSE quote_ident(table_name) = 'reports' AND quote_ident(table_schema) IN (
         SELECT CASE WHEN trim(s[i]) = '"$user"' THEN user ELSE trim(s[i]) END
         FROM generate_series(
                array_lower(string_to_array(current_setting('search_path'), ','), 1),
                array_upper(string_to_array(current_setting('search_path'), ','), 1)) as i,
              string_to_array(current_setting('search_path'), ',') s)
      END;
-- a connection test: 1 column rows
SELECT 1;
-- a time series, grouped by interval ($__timeGroupAlias): 3 columns rows
SELECT floor(extract(epoch from fetched_at)/86400)*86400 AS "time", pipeline AS metric, count(*) AS value
FROM captures
WHERE fetched_at BETWEEN '2020-01-01T00:00:00Z' AND '2099-01-01T00:00:00Z'
GROUP BY 1, 2 ORDER BY 1;
-- a table panel, whole years as times: 2 columns rows
SELECT make_date(report_year, 12, 31) AS "time", count(*) AS reports FROM reports WHERE report_year IS NOT NULL GROUP BY 1 ORDER BY 1;
