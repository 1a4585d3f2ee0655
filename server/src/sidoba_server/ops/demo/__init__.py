"""The demo: the whole platform on one machine, and one story played on it through the front door."""
