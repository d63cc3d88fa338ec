//! The dashboard's built files, embedded.
