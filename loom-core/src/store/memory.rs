//! A journal in memory, for tests and for loops that share nothing.
