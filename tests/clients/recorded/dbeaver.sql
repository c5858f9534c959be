-- After DBeaver's extension for PostgreSQL: PostgreDataSource, PostgreDatabase, PostgreSchema, PostgreTableBase and PostgreExecutionContext in
-- plugins/org.jkiss.dbeaver.ext.postgresql of github.com/dbeaver/dbeaver, and the log in issue 135 of
-- github.com/datafusion-contrib/datafusion-postgres.

-- digits: 0 columns
SET extra_float_digits = 3;
-- name of the application: 0 columns
SET application_name = 'DBeaver 25.1.5 - Main <fazhi>';
-- who and where: 2 columns rows
SELECT current_schema(), session_user;
-- version: 1 column rows
SELECT version();
-- search path: 1 column rows
SHOW search_path;
-- another schema: 0 columns
SET search_path = public,"$user";

-- schemas: 5+ columns rows
SELECT n.oid, n.*, d.description FROM pg_catalog.pg_namespace n
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = n.oid AND d.objsubid = 0 AND d.classoid = 'pg_namespace'::regclass
ORDER BY nspname;
-- this database: 15+ columns rows
SELECT db.oid, db.* FROM pg_catalog.pg_database db WHERE datname = 'fazhi';
-- all databases: 15+ columns rows
SELECT db.oid, db.* FROM pg_catalog.pg_database db WHERE datallowconn AND NOT datistemplate ORDER BY db.datname;
-- a setting: 10+ columns rows
SELECT * FROM pg_catalog.pg_settings WHERE name = 'standard_conforming_strings';
-- keywords: 1 column rows
SELECT string_agg(word, ',') FROM pg_catalog.pg_get_keywords() WHERE word <> ALL ('{a,abs,absolute,action,all,and,any,select,table,year}'::text[]);
-- are there enumerated types: 3+ columns
SELECT * FROM pg_catalog.pg_enum WHERE 1 <> 1 LIMIT 1;
-- is there pg_class.reltype: 1 column
SELECT reltype FROM pg_catalog.pg_class WHERE 1 <> 1 LIMIT 1;

-- types: 30+ columns rows
SELECT t.oid, t.*, c.relkind, format_type(nullif(t.typbasetype, 0), t.typtypmod) AS base_type_name, d.description
FROM pg_catalog.pg_type t
LEFT OUTER JOIN pg_catalog.pg_type et ON et.oid = t.typelem
LEFT OUTER JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
LEFT OUTER JOIN pg_catalog.pg_description d ON t.oid = d.objoid
WHERE t.typname IS NOT NULL AND (c.relkind IS NULL OR c.relkind = 'c') AND (et.typcategory IS NULL OR et.typcategory <> 'C');

-- tables and views: 30+ columns rows
SELECT c.oid, c.*, d.description, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS partition_expr,
       pg_catalog.pg_get_partkeydef(c.oid) AS partition_key
FROM pg_catalog.pg_class c
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass
WHERE c.relnamespace = :public AND c.relkind NOT IN ('i', 'I', 'c');

-- columns: 25+ columns rows
SELECT c.relname, a.*, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid, true) AS def_value, dsc.description, dep.objid
FROM pg_catalog.pg_attribute a
INNER JOIN pg_catalog.pg_class c ON (a.attrelid = c.oid)
LEFT OUTER JOIN pg_catalog.pg_attrdef ad ON (a.attrelid = ad.adrelid AND a.attnum = ad.adnum)
LEFT OUTER JOIN pg_catalog.pg_description dsc ON (c.oid = dsc.objoid AND a.attnum = dsc.objsubid)
LEFT OUTER JOIN pg_depend dep ON dep.refobjid = a.attrelid AND dep.deptype = 'i' AND dep.refobjsubid = a.attnum AND dep.classid = dep.refclassid
WHERE NOT a.attisdropped AND c.relkind NOT IN ('i', 'I', 'c') AND c.oid = :reports
ORDER BY a.attnum;

-- sizes: 3 columns rows
SELECT c.oid, pg_catalog.pg_total_relation_size(c.oid) AS total_rel_size, pg_catalog.pg_relation_size(c.oid) AS rel_size
FROM pg_class c WHERE c.relnamespace = :public;

-- indexes: 20+ columns
SELECT i.*, i.indkey AS keys, c.relname, c.relnamespace, c.relam, c.reltablespace, tc.relname AS tabrelname, dsc.description,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS pred_expr, pg_catalog.pg_get_expr(i.indexprs, i.indrelid, true) AS expr,
       pg_catalog.pg_relation_size(i.indexrelid) AS index_rel_size, pg_catalog.pg_stat_get_numscans(i.indexrelid) AS index_num_scans
FROM pg_catalog.pg_index i
INNER JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
INNER JOIN pg_catalog.pg_class tc ON tc.oid = i.indrelid
LEFT OUTER JOIN pg_catalog.pg_description dsc ON i.indexrelid = dsc.objoid
WHERE i.indrelid = :reports ORDER BY tabrelname, c.relname;

-- constraints: 20+ columns
SELECT c.oid, c.*, t.relname AS tabrelname, rt.relnamespace AS refnamespace, d.description,
       CASE WHEN c.contype = 'c' THEN "substring"(pg_get_constraintdef(c.oid), 7) ELSE NULL END consrc_copy
FROM pg_catalog.pg_constraint c
INNER JOIN pg_catalog.pg_class t ON t.oid = c.conrelid
LEFT OUTER JOIN pg_catalog.pg_class rt ON rt.oid = c.confrelid
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_constraint'::regclass
WHERE c.conrelid = :reports ORDER BY c.oid;

-- triggers: 15+ columns
SELECT x.oid, x.*, p.pronamespace AS func_schema_id, d.description FROM pg_catalog.pg_trigger x
LEFT OUTER JOIN pg_catalog.pg_proc p ON p.oid = x.tgfoid
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = x.oid AND d.objsubid = 0
WHERE x.tgrelid = :reports AND NOT x.tgisinternal;

-- rules: 8+ columns
SELECT r.oid, r.* FROM pg_catalog.pg_rewrite r WHERE r.ev_class = :reports AND r.rulename <> '_RETURN'::name;

-- query of a view: 1 column rows
SELECT pg_catalog.pg_get_viewdef(:reports, true);

-- functions: 25+ columns
SELECT p.oid AS poid, p.*, pg_catalog.pg_get_expr(p.proargdefaults, 0) AS arg_defaults, d.description
FROM pg_catalog.pg_proc p LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = p.oid
WHERE p.pronamespace = :public ORDER BY p.proname;

-- sequences: 3+ columns
SELECT c.oid, c.relname, d.description FROM pg_catalog.pg_class c
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = c.oid
WHERE c.relkind = 'S' AND c.relnamespace = :public;

-- roles: 10+ columns
SELECT a.oid, a.* FROM pg_catalog.pg_roles a ORDER BY a.rolname;
-- tablespaces: 5+ columns
SELECT t.oid, t.*, pg_tablespace_location(t.oid) loc FROM pg_catalog.pg_tablespace t ORDER BY t.oid;
-- languages: 8+ columns
SELECT l.oid, l.* FROM pg_catalog.pg_language l ORDER BY l.oid;
-- extensions: 5+ columns
SELECT e.oid, cfg.tbls, n.nspname AS schema_name, e.* FROM pg_catalog.pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN (
  SELECT ARRAY_AGG(ns.nspname || '.' || cls.relname) tbls, oid_ext
  FROM (SELECT unnest(e1.extconfig) oid, e1.oid oid_ext FROM pg_catalog.pg_extension e1) c
  JOIN pg_class cls ON cls.oid = c.oid JOIN pg_namespace ns ON ns.oid = cls.relnamespace
  GROUP BY oid_ext
) cfg ON cfg.oid_ext = e.oid
ORDER BY e.oid;
-- collations: 8+ columns
SELECT c.oid, c.* FROM pg_catalog.pg_collation c ORDER BY c.oid;
-- access methods: 4+ columns
SELECT am.oid, am.* FROM pg_catalog.pg_am am ORDER BY am.oid;
-- foreign servers: 6+ columns
SELECT l.oid, l.* FROM pg_catalog.pg_foreign_server l ORDER BY l.srvname;
-- foreign data wrappers: 7+ columns
SELECT l.oid, l.*, p.pronamespace AS handler_schema_id FROM pg_catalog.pg_foreign_data_wrapper l
LEFT OUTER JOIN pg_catalog.pg_proc p ON p.oid = l.fdwhandler ORDER BY l.fdwname;
-- event triggers: 6+ columns
SELECT e.oid, e.*, n.nspname || '.' || p.proname AS routine_name FROM pg_event_trigger e
JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid JOIN pg_catalog.pg_namespace n ON p.pronamespace = n.oid;
-- encodings: 2 columns
SELECT c.contoencoding AS encid, pg_catalog.pg_encoding_to_char(c.contoencoding) AS encname
FROM pg_catalog.pg_conversion c GROUP BY c.contoencoding ORDER BY 2;
-- names for completion: 5 columns rows
SELECT x.oid, x.relname, x.relnamespace, x.relkind, d.description FROM pg_catalog.pg_class x
LEFT OUTER JOIN pg_catalog.pg_description d ON d.objoid = x.oid AND d.objsubid = 0
WHERE x.relkind IN ('r', 'v', 'm', 'f', 'p') AND x.relname ILIKE 'rep%' AND x.relnamespace IN (:public) ORDER BY x.relname LIMIT 200;
-- sessions: 5+ columns
SELECT sa.* FROM pg_catalog.pg_stat_activity sa;
-- inheritance: 4+ columns
SELECT i.*, c.relnamespace FROM pg_catalog.pg_inherits i, pg_catalog.pg_class c WHERE i.inhrelid = :reports AND c.oid = i.inhparent ORDER BY i.inhseqno;
-- a page of rows: 26+ columns rows
SELECT x.* FROM public.reports x LIMIT 200;
-- how many: 1 column rows
SELECT count(*) FROM public.reports x;
