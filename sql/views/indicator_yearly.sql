-- The value a reader would quote for each publisher, indicator and year. Reposts and replaced texts are left out by `reports`;
-- where a publisher still has two reports about a year, the newest counts. A report that names no publisher or region stands alone.
SELECT indicator_id, name_zh, name_en, area, unit, publisher, publisher_level, region_code, region_name, report_year,
       value, max, precision, yoy_pct, yoy_pp, document_id, revision, ordinal
FROM (
  SELECT v.*, row_number() OVER (
           PARTITION BY v.indicator_id, coalesce(v.publisher || '|' || v.region_code, v.document_id), v.report_year
           ORDER BY r.published_on DESC NULLS LAST, v.document_id) AS choice
  FROM indicator_values v
  JOIN reports r ON r.document_id = v.document_id AND r.revision = v.revision
  WHERE v.rank = 1 AND v.scope = 'own' AND v.role IN ('result', 'responsibility', 'other'))
WHERE choice = 1
