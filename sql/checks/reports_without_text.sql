-- Every report has exactly one text of its current revision.
SELECT d.document_id, d.revision, count(t.document_id) AS texts
FROM documents d LEFT JOIN texts t ON t.document_id = d.document_id AND t.revision = d.revision
WHERE d.kind = 'report'
GROUP BY d.document_id, d.revision
HAVING count(t.document_id) <> 1
