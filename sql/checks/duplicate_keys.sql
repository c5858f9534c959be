-- Every key is unique.
SELECT 'documents' AS table_name, document_id AS key FROM documents GROUP BY document_id HAVING count(*) > 1
UNION ALL
SELECT 'captures', capture_id FROM captures GROUP BY capture_id HAVING count(*) > 1
UNION ALL
SELECT 'issues', issue_id FROM issues GROUP BY issue_id HAVING count(*) > 1
UNION ALL
SELECT 'texts', concat(document_id, ' ', revision) FROM texts GROUP BY document_id, revision HAVING count(*) > 1
