"""Reference pages anyone may read: what a rule asks, what a refusal means."""
