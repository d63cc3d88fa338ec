//! PromQL over a reader of series, and the text formats.
