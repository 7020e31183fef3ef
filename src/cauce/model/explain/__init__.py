"""`cauce model explain`: where a classifier looks, whether it learned to, and whether it is the right place."""
