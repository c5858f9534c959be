-- Links lead from reports to primary posts of reports about the same year; a post is a duplicate or a correction, and a text
-- is replaced by one correction.
SELECT d.document_id, 'leads to no primary of its year' AS fault
FROM documents d LEFT JOIN documents p ON p.document_id = coalesce(d.duplicate_of, d.version_of)
WHERE coalesce(d.duplicate_of, d.version_of) IS NOT NULL
  AND (d.kind <> 'report' OR p.document_id IS NULL OR p.kind <> 'report' OR p.duplicate_of IS NOT NULL
       OR p.document_id = d.document_id OR p.report_year <> d.report_year)
UNION ALL
SELECT document_id, 'is a duplicate and a correction' FROM documents WHERE duplicate_of IS NOT NULL AND version_of IS NOT NULL
UNION ALL
SELECT version_of, 'is replaced more than once' FROM documents WHERE version_of IS NOT NULL GROUP BY version_of HAVING count(*) > 1
