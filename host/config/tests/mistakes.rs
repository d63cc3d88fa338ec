//! What people read when the file is wrong: all of it at once, each at its place.

use std::path::Path;

use autobot_config::{Diagnostic, parse};
use expect_test::{Expect, expect};

fn check(text: &str, expected: Expect) {
    let shown = match parse(text, Path::new("autobot.yaml")) {
        Ok(loaded) => format!("loads\n{}", loaded.warnings),
        Err(mistakes) => mistakes.to_string(),
    };
    let shown: Vec<&str> = shown.lines().map(str::trim_end).collect();
    expected.assert_eq(&shown.join("\n"));
}

/// `line:column-end message`, for what the rendering has no surprise in.
fn found(text: &str) -> String {
    let found = match parse(text, Path::new("autobot.yaml")) {
        Ok(loaded) => loaded.warnings,
        Err(mistakes) => mistakes,
    };
    let line = |one: &Diagnostic| {
        let help = one.help.as_deref().map_or(String::new(), |help| format!(" | {help}"));
        format!("{}:{}-{} {}{help}", one.line, one.column, one.end_column, one.message)
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn places(text: &str, expected: Expect) {
    expected.assert_eq(&found(text));
}

#[test]
fn five_different_mistakes_are_all_listed_with_line_and_column() {
    check(
        "\
monitoring_intervall: 30
dashboard_port: ninety
dashboard:
  bind: 0.0.0.0
store:
  retention: 30 days
plugins:
  redis:
    settings: { password: hunter2 }
",
        expect![[r#"
            error: `monitoring_intervall` is not a key at the top level
             --> autobot.yaml:1:1
              |
            1 | monitoring_intervall: 30
              | ^^^^^^^^^^^^^^^^^^^^
              |
              = help: did you mean `monitoring_interval`?

            error: `dashboard_port` has to be a whole number from 1 to 65535
             --> autobot.yaml:2:17
              |
            2 | dashboard_port: ninety
              |                 ^^^^^^ this is the text `ninety`
              |
              = help: for example `dashboard_port: 9091`

            error: `dashboard.bind`: 0.0.0.0 can be reached from other machines, and users and TLS are not there yet
             --> autobot.yaml:4:9
              |
            4 |   bind: 0.0.0.0
              |         ^^^^^^^
              |
              = help: use `127.0.0.1`, and reach it from elsewhere through SSH or a proxy that asks for a login

            error: `store.retention`: `30 days` is not a duration: a space stands before the unit
             --> autobot.yaml:6:14
              |
            6 |   retention: 30 days
              |              ^^^^^^^
              |
              = help: for example `retention: 90d`

            error: `plugins.redis.settings.password` is a secret under a plugin's settings
             --> autobot.yaml:9:27
              |
            9 |     settings: { password: ******* *
              |                           ^^^^^^^
              |
              = help: a plugin never sees a secret: put it under `targets`, and name the target here and in `grant`"#]],
    );
}

#[test]
fn every_kind_of_value_says_what_it_wants_and_what_it_found() {
    places(
        "\
monitoring_interval: 10ms
optimization_interval: [1]
dashboard_port: 70000
alert_thresholds: { cpu_percent: 180, memory_percent: 85%, api_response_time: fast, cpu_precent: 5 }
site: { name: 42, machine: }
distributed_vms: { main: 172.16.168.256, b: http://x, c: a..b, d: [], e: 3 }
dashboard: { live_interval: .inf, port: 1 }
store: { max_size: 4gb, sync: -1, read_from: \"ftp://x\", pth: x }
plugin_dir: ~/plugins
plugins:
  a b: {}
  x: { enabled: yes, pin: abc, plugin: api, file: x.wasm, limits: { memory: 1 } }
  y: { grant: [cpu], settings: 5 }
  z: { grant: { cpu: [a], gup: true, http: true, redis: [cache], files: [etc], probe: [] } }
log: { level: verbose, format: jsn }
retention: 30d
rules: \"\"
",
        expect![[r#"
            1:22-26 `monitoring_interval`: `10ms` is too short | it may be 1s to 1d
            2:24-27 `optimization_interval` has to be a duration, 10s to 7d | for example `optimization_interval: 1h`
            3:17-22 `dashboard_port`: 70000 is not between 1 and 65535 | for example `dashboard_port: 9091`
            4:34-37 `alert_thresholds.cpu_percent`: 180 is out of range | it may be 0 to 100
            4:55-58 `alert_thresholds.memory_percent` has to be a number | write the number alone, without `%`
            4:79-83 `alert_thresholds.api_response_time`: `fast` is not a duration: it has no number | write seconds, or a duration such as `5ms`
            4:85-96 no shipped rule reads the threshold `cpu_precent` | did you mean `cpu_percent`? Rules of your own may read it.
            5:15-17 `site.name` has to be text | put it in quotes: `"42"`
            6:26-40 `distributed_vms.main`: `172.16.168.256` is neither an IP address nor a host name | an IPv4 address has four numbers from 0 to 255
            6:45-53 `distributed_vms.b`: `http://x` is neither an IP address nor a host name | write the address alone, without scheme and path
            6:58-62 `distributed_vms.c`: `a..b` is neither an IP address nor a host name | write an address such as `172.16.168.20`, or a name such as `redis.site.example`
            6:67-69 `distributed_vms.d` has to be an IP address or a host name
            6:74-75 `distributed_vms.e`: `3` is neither an IP address nor a host name | an IPv4 address has four numbers from 0 to 255
            7:29-33 `dashboard.live_interval`: `inf` is not a duration: it is too long | for example `live_interval: 5s`
            7:35-39 `port` is not a key in `dashboard` | write `dashboard_port` at the top level, `dashboard_port: 9091`
            8:20-23 `store.max_size`: `4gb` is not a size: `gb` is no unit of size; the units are KiB, MiB, GiB, TiB and kB, MB, GB, TB | for example `max_size: 512MiB`
            8:31-33 `store.sync`: `-1` is not a duration: a duration cannot be negative | for example `sync: 1s`
            8:35-44 `store.read_from` is accepted, but not used by this version | its form was checked; nothing is done with it yet
            8:46-55 `store.read_from`: `ftp` is not a scheme that is read here | write a URL with `http` or `https`
            8:57-60 `pth` is not a key in `store` | did you mean `path`?
            9:13-22 `plugin_dir`: `~` does not stand for a home folder here | write the whole path
            11:3-6 `a b` cannot be a name | use 1 to 64 letters, digits, `-`, `_` and `.`, not beginning with `.`
            12:17-20 `plugins.x.enabled` has to be `true` or `false` | write `true`
            12:27-30 `plugins.x.pin`: `abc` is not a SHA-256: it has 3 characters | it is 64 hexadecimal digits, as `sha256sum FILE` prints them
            12:45-49 `plugins.x` has `plugin` and `file` at once | each says what the instance runs; keep one
            12:77-78 `plugins.x.limits.memory`: `1` is too small | it has to be 1MiB or more
            13:15-20 `plugins.y.grant` has to be a map of capabilities | write `grant: { cpu: true, http: ["http://127.0.0.1:8080/*"] }`
            13:32-33 `plugins.y.settings` has to be a map of settings | write a name and a value on each line
            14:22-25 `plugins.z.grant.cpu` has to be `true` or `false` | this capability is granted wholly or not at all
            14:27-30 `gup` is not a capability | did you mean `gpu`?
            14:44-48 `plugins.z.grant.http` has to be a list of targets or URL globs | this capability is never granted wholly
            14:58-63 `plugins.z.grant.redis`: `cache` is not a target | name it under `targets`
            14:74-77 `plugins.z.grant.files`: `etc` is not an absolute path | path globs begin with `/`
            14:87-90 `plugins.z.grant.probe`: an empty list grants nothing | write `false`, or what it may reach
            15:15-22 `log.level` has to be one of `error`, `warn`, `info`, `debug` or `trace` | for example `level: debug`
            15:32-35 `log.format`: `jsn` is not one of `auto`, `human` or `json` | did you mean `json`?
            16:1-10 `retention` is not a key at the top level | write `store.retention`
            17:8-10 `rules` has to be a map with keys of its own"#]],
    );
}

#[test]
fn names_that_are_not_there_are_found_with_the_nearest() {
    places(
        "\
distributed_vms: { main: 10.0.0.1, redis: 10.0.0.2 }
targets: { redis-main: { redis: \"redis://10.0.0.2:6379\", password: hunter2 } }
site: { machine: mian, services: { api: { machine: redsi, depends: [redis-mian, api] } } }
plugins:
  redis: { grant: { redis: [redis-mian] } }
  n: { native: x.so }
rules: { notify: { on-call: { ntfy: \"https://n\" } }, escalate: { critical: [{ to: oncall }] } }
",
        expect![[r#"
            2:68-75 `targets.redis-main.password` stands readable in the file | write `${credential:NAME}`, `${file:PATH}` or `${env:NAME}`, and keep it elsewhere
            3:18-22 `site.machine`: `mian` is not one of `distributed_vms` | did you mean `main`?
            3:24-32 `site.services` is accepted, but not used by this version | its form was checked; nothing is done with it yet
            3:52-57 `site.services.api.machine`: `redsi` is not one of `distributed_vms` | did you mean `redis`?
            3:69-79 `site.services.api.depends`: `redis-mian` is not a service or a target | did you mean `redis-main`?
            5:29-39 `plugins.redis.grant.redis`: `redis-mian` is not a target | did you mean `redis-main`?
            6:8-14 `plugins.n` is a native plugin without its hash | add `sha256:` with what `sha256sum FILE` prints
            7:10-16 `rules.notify` is accepted, but not used by this version | its form was checked; nothing is done with it yet
            7:54-62 `rules.escalate` is accepted, but not used by this version | its form was checked; nothing is done with it yet
            7:83-89 `rules.escalate.critical`: `oncall` is not a channel of `rules.notify` | did you mean `on-call`?"#]],
    );
}

#[test]
fn broken_yaml_is_reported_where_it_breaks() {
    let deep = format!("site: {}", "[".repeat(60));
    let mut bomb = "a: &a0 [x]\n".to_owned();
    for level in 1..20 {
        bomb.push_str(&format!("b{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", ")));
    }
    let texts = [
        "a: [1, 2\nb: 3\n",
        "store:\n\tretention: 30d\n",
        "store: \"open\n",
        "site:\n  name: a\n   machine: b\n",
        "- a\n- b\n",
        "dashboard_port: 1\ndashboard_port: 2\n",
        "log: {}\n---\nlog: {}\n",
        "site: !name x\n",
        "site: &s { name: x, <<: *s }\n",
        "site: *nowhere\n",
        "? [a]\n: 1\n",
        "t\u{e4}glich: 1\r\nsite: { n\u{e4}me: x }\r\n",
        &deep,
        &bomb,
    ];
    let found: Vec<String> = texts
        .iter()
        .map(|text| format!("{:.40?}\n{}", text.chars().take(40).collect::<String>(), found(text)))
        .collect();
    expect![[r#"
        "a: [1, 2\nb: 3\n"
        2:2-2 this is not YAML: illegal placement of ':' indicator | a `[` or `{` above is not closed, or a space is missing behind the `:`

        "store:\n\tretention: 30d\n"
        2:2-2 this is not YAML: tabs disallowed within this context (block indentation) | indent with spaces, not with tabs

        "store: \"open\n"
        1:8-8 this is not YAML: while scanning a quoted scalar, found unexpected end of stream | the quote that begins here is not closed

        "site:\n  name: a\n   machine: b\n"
        3:11-11 this is not YAML: mapping values are not allowed in this context | indent this line like its neighbours; text with `: ` in it needs quotes

        "- a\n- b\n"
        1:1-4 the file has to be a map with keys of its own

        "dashboard_port: 1\ndashboard_port: 2\n"
        2:1-15 the key `dashboard_port` stands here a second time | it is already on line 1; keep one of them

        "log: {}\n---\nlog: {}\n"
        2:1-4 a second document begins here | write one document, without `---` in it

        "site: !name x\n"
        1:7-14 tags (`!name`) are not read here | leave the tag out; put text in quotes

        "site: &s { name: x, <<: *s }\n"
        1:21-23 `<<` does not merge maps here | write the keys out, or name the whole map with `*alias`

        "site: *nowhere\n"
        1:7-7 this is not YAML: while parsing node, found unknown anchor | an alias needs its anchor above it: `&name`

        "? [a]\n: 1\n"
        1:3-4 a key has to be text | write `name: value`

        "täglich: 1\r\nsite: { näme: x }\r\n"
        1:1-8 `täglich` is not a key at the top level | the keys here are `monitoring_interval`, `optimization_interval`, `dashboard_port`, `distributed_vms`, `alert_thresholds`, `site`, `targets`, `dashboard`, `store`, `plugin_dir`, `plugins`, `rules`, `optimizer`, `benchmarks`, `fleet` and `log`
        2:9-13 `näme` is not a key in `site` | did you mean `name`?

        "site: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
        1:54-55 lists and maps nest deeper than 48 levels | nothing here needs that

        "a: &a0 [x]\nb1: &a1 [*a0, *a0, *a0, *a0, "
        6:25-28 the file has more than 100000 values | aliases count as what they stand for"#]].assert_eq(&found.join("\n\n"));
}

#[test]
fn an_alias_stands_for_what_it_names() {
    let text = "plugins:\n  a: &site { interval: 7s }\n  b: *site\n";
    let config = parse(text, Path::new("x.yaml")).expect("it loads").config;
    assert_eq!(config.plugins["a"], config.plugins["b"]);
}

#[test]
fn a_secret_is_in_no_message_and_in_no_source_line() {
    for text in [
        "targets: { r: { redis: 5, password: hunter2, user: [] } }\n",
        "targets: { r: { redis: \"redis://me:hunter2@h\" } }\n",
        "targets:\n  r:\n    password: hunter2: x\n",
        "targets: { r: { bearer: { token: hunter2 } } }\n",
        "plugins: { a: { settings: { deep: [{ api_key: hunter2 }], url: \"http://u:hunter2@h/\" } } }\n",
        "plugins: { a: { settings: { private_key: |\n  hunter2\n } } }\n",
        "plugins:\n  a:\n    settings:\n      token: >\n        hunter2\n        hunter2\n",
        "password: hunter2\n",
        "plugins: { a: { settings: { ? token\n : hunter2 } } }\n",
        "plugins:\n  a:\n    settings:\n      ? token\n      : hunter2\n",
        "dashboard: { bind: x, tls: { key: \"-----BEGIN PRIVATE KEY hunter2\", certificate: 1 } }\n",
        "rules: { notify: { x: { slack: \"https://hooks/hunter2\", webhook: \"ftp://x/hunter2\", key: hunter2 } } }\n",
        "password: \"hunter2\n",
        "plugins: { a: { grant: { http: [\"http://u:hunter2@h/*\"] } } }\n",
        "rules: { notify: { x: { ntfy: \"https://u:hunter2@h\" } } }\n",
    ] {
        let mistakes = parse(text, Path::new("autobot.yaml")).expect_err(text);
        let shown = format!("{mistakes}{mistakes:?}{}", serde_json::to_string(&mistakes).expect("JSON"));
        assert!(!shown.contains("hunter2"), "{text}: {shown}");
    }
}

#[test]
fn a_file_full_of_mistakes_lists_the_first_hundred_and_counts_the_rest() {
    let text: String = (0..1000).map(|n| format!("unknown_{n}: 1\n")).collect();
    let mistakes = parse(&text, Path::new("x.yaml")).expect_err("mistakes");
    assert_eq!(mistakes.len(), 101);
    assert_eq!(
        mistakes.iter().last().map(|last| last.message.as_str()),
        Some("900 more were found and are not listed")
    );
}

#[test]
fn a_diagnostic_is_also_data() {
    let mistakes = parse("dashboard_port: x\n", Path::new("autobot.yaml")).expect_err("a mistake");
    expect![[r#"
        [
          {
            "file": "autobot.yaml",
            "line": 1,
            "column": 17,
            "end_column": 18,
            "level": "error",
            "message": "`dashboard_port` has to be a whole number from 1 to 65535",
            "help": "for example `dashboard_port: 9091`",
            "rendered": "error: `dashboard_port` has to be a whole number from 1 to 65535\n --> autobot.yaml:1:17\n  |\n1 | dashboard_port: x\n  |                 ^ this is the text `x`\n  |\n  = help: for example `dashboard_port: 9091`"
          }
        ]"#]].assert_eq(&serde_json::to_string_pretty(&mistakes).expect("JSON"));
}
