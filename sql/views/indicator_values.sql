-- Every value of every indicator, with the names of the catalogue and the report that states it.
SELECT i.indicator_id, c.name_zh, c.name_en, c.area, c.kind, i.rank, i.value, i.max, i.unit, i.precision, i.period,
       i.scope, i.part_of, i.yoy_pct, i.yoy_pp, i.role, i.confidence, d.report_year, d.publisher, d.publisher_level,
       d.region_code, d.region_name, d.province_code, d.title, d.url, i.document_id, i.revision, i.ordinal
FROM documents d
JOIN indicators i ON i.document_id = d.document_id AND i.revision = d.revision
JOIN indicator_catalog c ON c.indicator_id = i.indicator_id
WHERE d.kind = 'report'
