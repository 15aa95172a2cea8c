"""Large rounds on columns: read from Parquet or CSV, matched on arrays, equal to `rules` on every round."""
