"""Model stage: runs become a sealed, registered ModelVersion, and the test partition says what it is worth."""
