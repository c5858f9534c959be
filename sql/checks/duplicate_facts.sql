-- No fact stands twice.
SELECT 'sections' AS fact, document_id, revision, ordinal FROM sections GROUP BY document_id, revision, ordinal HAVING count(*) > 1
UNION ALL
SELECT 'quantities', document_id, revision, ordinal FROM quantities GROUP BY document_id, revision, ordinal HAVING count(*) > 1
UNION ALL
SELECT 'indicators', document_id, revision, ordinal FROM indicators GROUP BY document_id, revision, ordinal HAVING count(*) > 1
