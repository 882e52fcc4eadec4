"""Files become documents, their structure and metadata, and passages that know their place."""
