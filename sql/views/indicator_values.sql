-- Every value of every indicator, with the names of the catalogue and the report that states it. As in `reports`, a report
-- that was posted more than once counts once.
SELECT i.indicator_id, c.name_zh, c.name_en, c.area, c.kind, i.rank, i.value, i.max, i.unit, i.precision, i.period,
       i.scope, i.part_of, i.yoy_pct, i.yoy_pp, i.role, i.confidence, r.report_year, r.publisher, r.publisher_level,
       r.region_code, r.region_name, r.province_code, r.title, r.url, i.document_id, i.revision, i.ordinal, r.withdrawn_on
FROM reports r
JOIN indicators i ON i.document_id = r.document_id AND i.revision = r.revision
JOIN indicator_catalog c ON c.indicator_id = i.indicator_id
