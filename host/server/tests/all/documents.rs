//! The documents in `testdata/documents` were recorded from a real host; they are what the description says, no more and no less.
//! `tests/e2e` holds the documents of the program as it is now to the same types.

use autobot_server::{HostView as _, schema};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::site::Recorded;

fn reads_and_writes_alike<T: DeserializeOwned + Serialize>(document: Value) {
    let read: T = serde_json::from_value(document.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), document);
}

#[test]
fn recorded_documents_are_what_the_description_says() {
    reads_and_writes_alike::<schema::Status>(Recorded.status());
    reads_and_writes_alike::<schema::Plugins>(Recorded.plugins());
    reads_and_writes_alike::<schema::Rules>(Recorded.rules());
    reads_and_writes_alike::<schema::Alerts>(Recorded.alerts());
}

#[test]
fn a_field_that_is_not_described_is_noticed() {
    let mut document = Recorded.status();
    document["own"]["mood"] = "good".into();
    let error = serde_json::from_value::<schema::Status>(document).unwrap_err();
    assert!(error.to_string().contains("unknown field `mood`"), "{error}");
}
