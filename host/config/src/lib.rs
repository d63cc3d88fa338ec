//! Configuration: YAML to settings, with every mistake reported at its place.
