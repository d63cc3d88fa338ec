//! The live stream: every kind of frame that the host sends is one that is described.

use std::collections::BTreeSet;
use std::time::Duration;

use autobot_model::Timestamp;
use autobot_server::schema::Frame;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::site::{NOW, Site};

#[tokio::test]
async fn every_frame_is_as_it_is_described() {
    let site = Site::start().await;
    let (mut socket, _) = connect_async(format!("ws://{}/api/autobot/v1/live", site.address)).await.unwrap();
    site.hub.tick(Timestamp(NOW));
    let asked = r#"{"ping": 7, "subscribe": [{"id": "odd", "query": "odd"}, {"id": "wrong", "query": "sum("}]}"#;
    socket.send(Message::text(asked)).await.unwrap();
    let mut wanted: BTreeSet<&str> = ["hello", "alerts", "rules", "plugins", "pong", "error", "series", "tick"].into();
    while !wanted.is_empty() {
        let message = timeout(Duration::from_secs(60), socket.next()).await;
        let message =
            message.unwrap_or_else(|_| panic!("never said: {wanted:?}")).expect("the stream goes on").unwrap();
        let text = message.into_text().unwrap();
        let frame: Frame = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let said: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(&frame).unwrap(), said);
        wanted.remove(said["type"].as_str().unwrap());
    }
}
