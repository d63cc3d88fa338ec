//! `promtool query` against the server, as people type it.

use std::path::Path;

use expect_test::{Expect, expect};

use crate::site::Site;

const PROMTOOL: &str = "/usr/bin/promtool";

/// What it prints, both streams; its status where that is not success.
async fn check(site: &Site, args: &[&str], expected: Expect) {
    assert!(Path::new(PROMTOOL).exists(), "{PROMTOOL} is missing: install the Debian package `prometheus`");
    let url = site.url("");
    let args = args.iter().map(|arg| if *arg == "URL" { &*url } else { *arg });
    let output = tokio::process::Command::new(PROMTOOL).args(args).kill_on_drop(true).output().await.unwrap();
    let mut said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    if !output.status.success() {
        said += &format!("\n({})", output.status);
    }
    expected.assert_eq(&said.replace(&url, "URL"));
}

#[tokio::test]
async fn promtool_queries_this_host_as_it_is() {
    let site = Site::start().await;
    let at = "--time=1767323045";
    check(
        &site,
        &["query", "instant", at, "URL", "1+1"],
        expect![[r#"
        scalar: 2 @[1767323045]
    "#]],
    )
    .await;
    check(
        &site,
        &["query", "instant", at, "URL", "requests_total"],
        expect![[r#"
        requests_total{code="200", machine="a", plugin="web"} => 480 @[1767323045]
        requests_total{code="500", machine="a", plugin="web"} => 48 @[1767323045]
    "#]],
    )
    .await;
    check(
        &site,
        &["query", "instant", at, "URL", "sum by (code) (rate(requests_total[2m]))"],
        expect![[r#"
            {code="200"} => 1.9999999999999998 @[1767323045]
            {code="500"} => 0.19999999999999998 @[1767323045]
        "#]],
    )
    .await;
    check(
        &site,
        &["query", "instant", at, "URL", "load_ratio[30s]"],
        expect![[r#"
        load_ratio{machine="a", plugin="system"} =>
        0.9375 @[1767323030]
        1 @[1767323045]
        load_ratio{machine="b", path="C:\\\"x\"", plugin="system"} =>
        0.1 @[1767323030]
        0.1 @[1767323045]
    "#]],
    )
    .await;
    check(
        &site,
        &["query", "instant", at, "URL", "odd"],
        expect![[r#"
        odd{kind="endless", machine="b", plugin="system"} => +Inf @[1767323045]
        odd{kind="none", machine="b", plugin="system"} => NaN @[1767323045]
        odd{kind="small", machine="b", plugin="system"} => 0.0000000025 @[1767323045]
    "#]],
    )
    .await;
    check(
        &site,
        &["query", "range", "--start=1767323015", "--end=1767323045", "--step=15s", "URL", "load_ratio"],
        expect![[r#"
            load_ratio{machine="a", plugin="system"} =>
            0.875 @[1767323015]
            0.9375 @[1767323030]
            1 @[1767323045]
            load_ratio{machine="b", path="C:\\\"x\"", plugin="system"} =>
            0.1 @[1767323015]
            0.1 @[1767323030]
            0.1 @[1767323045]
        "#]],
    )
    .await;
    let from = "--start=1767322000";
    let to = "--end=1767323045";
    check(
        &site,
        &["query", "series", "--match=requests_total", from, to, "URL"],
        expect![[r#"
        {__name__="requests_total", code="200", machine="a", plugin="web"}
        {__name__="requests_total", code="500", machine="a", plugin="web"}
    "#]],
    )
    .await;
    check(
        &site,
        &["query", "labels", from, to, "URL", "code"],
        expect![[r#"
        200
        500
    "#]],
    )
    .await;
    check(
        &site,
        &["query", "labels", from, to, "--match=load_ratio", "URL", "__name__"],
        expect![[r#"
        load_ratio
    "#]],
    )
    .await;
}

#[tokio::test]
async fn promtool_is_told_what_is_wrong_and_where() {
    let site = Site::start().await;
    check(
        &site,
        &["query", "instant", "URL", "sum(requests_total"],
        expect![[r#"
        query error: bad_data: 1:19: the end of the query where `,` or `)` should be

        (exit status: 1)"#]],
    )
    .await;
    let at = "--time=1767323045";
    check(&site, &["query", "instant", at, "URL", "load_ratio + on(plugin) load_ratio"], expect![[r#"
        query error: execution: several series on the right side match {plugin="system"}: load_ratio{machine="a",plugin="system"} and load_ratio{machine="b",path="C:\\\"x\"",plugin="system"}; name the labels that tell them apart with `on` or `ignoring`

        (exit status: 1)"#]]).await;
    check(
        &site,
        &["query", "series", "--match=rate(x[1m])", "URL"],
        expect![[r#"
        query error: bad_data: `match[]=rate(x[1m])` is no selector of series

        (exit status: 1)"#]],
    )
    .await;
}
