-- Only reports have facts.
SELECT d.document_id, d.kind, 'texts' AS fact FROM documents d JOIN texts t ON t.document_id = d.document_id AND t.revision = d.revision WHERE d.kind <> 'report'
UNION ALL
SELECT d.document_id, d.kind, 'sections' FROM documents d JOIN sections t ON t.document_id = d.document_id AND t.revision = d.revision WHERE d.kind <> 'report'
UNION ALL
SELECT d.document_id, d.kind, 'quantities' FROM documents d JOIN quantities t ON t.document_id = d.document_id AND t.revision = d.revision WHERE d.kind <> 'report'
UNION ALL
SELECT d.document_id, d.kind, 'indicators' FROM documents d JOIN indicators t ON t.document_id = d.document_id AND t.revision = d.revision WHERE d.kind <> 'report'
