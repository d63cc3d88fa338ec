//! The table of the keys whose engine comes in a later version: checked, so that a file written today means the same
//! then; not used.

use super::{Key, Shape};

/// `site.services`
pub(super) const SERVICES: Shape = Shape::Names { of: &Shape::Section(SERVICE), what: "services" };

static SERVICE: &[Key] = &[
    Key::new("machine", Shape::Text, "The machine that it runs on.", "main").later(),
    Key::new("instances", Shape::List(&Shape::Text), "The plugin instances that watch it.", "[api]").later(),
    Key::new("depends", Shape::List(&Shape::Text), "The services and targets that it stands on.", "[redis-main]")
        .later(),
];

/// `dashboard.tls`
pub(super) static TLS: &[Key] = &[
    Key::new("certificate", Shape::Secret, "The certificate chain, PEM.", "\"${file:/etc/autobot/tls.crt}\"").later(),
    Key::new("key", Shape::Secret, "Its private key, PEM.", "\"${file:/etc/autobot/tls.key}\"").later(),
];

/// `rules.notify`
pub(super) const NOTIFY: Shape = Shape::Names { of: &Shape::Section(CHANNEL), what: "channels" };

static CHANNEL: &[Key] = &[
    Key::new("ntfy", Shape::Url(&["http", "https"]), "An ntfy topic.", "https://ntfy.example/autobot").later(),
    Key::new(
        "webhook",
        Shape::Url(&["http", "https"]),
        "A URL that gets the alerts as JSON.",
        "https://hooks.example/autobot",
    )
    .later(),
    Key::new(
        "slack",
        Shape::Secret,
        "The URL of a Slack or Mattermost hook; who knows it can post.",
        "\"${credential:slack}\"",
    )
    .later(),
    Key::new("alertmanager", Shape::Url(&["http", "https"]), "A Prometheus Alertmanager.", "http://127.0.0.1:9093")
        .later(),
    Key::new("smtp", Shape::Section(SMTP), "Mail.", "{ server: \"smtp.example:587\", to: [ops@example.org] }").later(),
    Key::new("bearer", Shape::Secret, "The bearer token to send.", "\"${env:NTFY_TOKEN}\"").later(),
];

static SMTP: &[Key] = &[
    Key::new("server", Shape::Text, "Host and port.", "smtp.example:587").later(),
    Key::new("from", Shape::Text, "The sender.", "autobot@example.org").later(),
    Key::new("to", Shape::List(&Shape::Text), "The receivers.", "[ops@example.org]").later(),
    Key::new("user", Shape::Text, "The user to log in as.", "autobot").later(),
    Key::new("password", Shape::Secret, "The password to log in with.", "\"${credential:smtp}\"").later(),
];

/// `rules.escalate`
pub(super) const ESCALATE: Shape = Shape::Section(SEVERITIES);

static SEVERITIES: &[Key] = &[
    Key::new(
        "critical",
        STEPS,
        "The steps of a critical alert; those of the other severities look the same.",
        "[{ to: on-call }]",
    )
    .later(),
    Key::new("high", STEPS, "The steps of a high alert.", "[{ to: on-call }]").later(),
    Key::new("medium", STEPS, "The steps of a medium alert.", "[{ to: everyone }]").later(),
    Key::new("low", STEPS, "The steps of a low alert.", "[{ to: everyone }]").later(),
];

const STEPS: Shape = Shape::List(&Shape::Section(STEP));

static STEP: &[Key] = &[
    Key::new("after", Shape::Duration { least: 0.0, most: 7.0 * 86_400.0 }, "How long after the alert began.", "10m")
        .later(),
    Key::new("to", Shape::OneOrList(&Shape::Text), "The channels of `rules.notify` to tell.", "everyone").later(),
];

/// `optimizer`
pub(super) static OPTIMIZER: &[Key] = &[
    Key::new(
        "mode",
        Shape::Word(&["observe", "propose", "automatic"]),
        "Whether it only looks, asks, or acts.",
        "observe",
    )
    .later(),
    Key::new("automatic", Shape::Section(AUTOMATIC), "What it may do without asking.", "{ risk: low, per_hour: 2 }")
        .later(),
    Key::new("blackout", Shape::List(&Shape::Text), "When it does nothing.", "[\"Mon-Fri 09:00-17:00\"]").later(),
];

static AUTOMATIC: &[Key] = &[
    Key::new(
        "playbooks",
        Shape::List(&Shape::Text),
        "The playbooks that may act without asking.",
        "[restart-failed-service]",
    )
    .later(),
    Key::new(
        "risk",
        Shape::Word(&["low", "medium", "high"]),
        "The highest risk that may be taken without asking.",
        "low",
    )
    .later(),
    Key::new("per_hour", Shape::Integer { least: 0, most: 3600 }, "How many changes an hour at most.", "2").later(),
];

/// `benchmarks`
pub(super) static BENCHMARKS: &[Key] =
    &[Key::new("schedule", Shape::Section(SCHEDULE), "When which suite runs.", "{ daily: \"03:30 quick\" }").later()];

static SCHEDULE: &[Key] = &[
    Key::new("daily", Shape::Text, "A time of day and a suite.", "\"03:30 quick\"").later(),
    Key::new("weekly", Shape::Text, "A day of the week, a time and a suite.", "\"Sun 04:00 comprehensive\"").later(),
];

/// `fleet`
pub(super) static FLEET: &[Key] = &[Key::new(
    "send_to",
    Shape::List(&Shape::Url(&["http", "https"])),
    "Hubs, or any Prometheus remote-write receivers.",
    "[\"https://hub.example/api/v1/write\"]",
)
.later()];
