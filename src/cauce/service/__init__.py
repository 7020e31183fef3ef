"""Release + incoming study → result: a fast path (REST), a durable queue, and a DICOM node that feeds it."""
