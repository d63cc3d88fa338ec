//! The store: SQLite, hot tail, column groups, retention, the hot window.
