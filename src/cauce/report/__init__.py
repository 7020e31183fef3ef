"""Records → documents that people and archives read: PDF, DICOM SR, pictures, tables."""
