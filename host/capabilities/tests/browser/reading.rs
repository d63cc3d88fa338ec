//! What a browser says of itself.

use autobot_capabilities::CapabilityError;
use autobot_capabilities::browser::{Browser, BrowserOptions, Command, Page, READING};
use expect_test::expect;

use crate::chromium::{Chromium, LONG, browser_at, options};

fn command(page: &str, method: &str, params: &str) -> Command {
    Command { page: page.to_owned(), method: method.to_owned(), params: params.to_owned() }
}

/// The page that the browser was started with, which comes a little later than its DevTools.
async fn first_page(browser: &Browser) -> Page {
    let found = async {
        loop {
            let pages = browser.pages("main").await.unwrap();
            if let Some(page) = pages.into_iter().find(|page| page.url == "about:blank") {
                return page;
            }
        }
    };
    tokio::time::timeout(LONG, found).await.unwrap()
}

#[tokio::test]
async fn a_browser_is_found_by_any_of_its_addresses() {
    let chromium = Chromium::start();
    let host = chromium.host();
    let port = host.rsplit(':').next().unwrap();
    // Chromium itself would refuse the name.
    for url in [&chromium.url, &format!("ws://{host}"), &format!("http://{host}/"), &format!("http://localhost:{port}")]
    {
        let version = browser_at(url).version_of("main").await.unwrap();
        assert!(version.product.contains("Chrome/") && version.protocol.starts_with("1."), "{version:?}");
        assert!(version.user_agent.contains("Chrome/"), "{version:?}");
    }
}

#[tokio::test]
async fn what_a_browser_holds_is_told() {
    let chromium = Chromium::start();
    let browser = chromium.browser();
    let page = first_page(&browser).await;
    assert_eq!(page.kind, "page");
    assert!(!page.id.is_empty() && !page.context.is_empty() && !page.attached);
    assert_eq!(browser.contexts("main").await, Ok(0));
    let processes = browser.processes("main").await.unwrap();
    assert!(processes.iter().any(|one| one.kind == "browser" && one.id > 0), "{processes:?}");
    assert!(processes.iter().any(|one| one.cpu_micros > 0));
}

#[tokio::test]
async fn only_commands_that_read_are_run() {
    let chromium = Chromium::start();
    let browser = chromium.browser();
    let id = first_page(&browser).await.id;
    let commands = [
        command("", "Browser.getVersion", ""),
        command(&id, "Performance.getMetrics", "{}"),
        command(&id, "Memory.getDOMCounters", ""),
        command(&id, "Runtime.getHeapUsage", ""),
        command("", "Target.getTargets", ""),
        command("", "SystemInfo.getInfo", ""),
        command("", "SystemInfo.getProcessInfo", ""),
        command(&id, "Page.navigate", r#"{"url": "about:blank"}"#),
        command(&id, "Runtime.evaluate", r#"{"expression": "1"}"#),
        command("", "Browser.getVersion", "[]"),
        command("", "Browser.getVersion", "{"),
        command("0123", "Performance.getMetrics", ""),
        command("", "Memory.getDOMCounters", ""),
    ];
    let mut answers = browser.run_all("main", &commands).await.unwrap();
    for (part, answer) in ["\"product\"", "JSHeapUsedSize", "\"nodes\"", "\"usedSize\"", "\"targetInfos\"", "modelName"]
        .iter()
        .zip(&answers)
    {
        assert!(answer.as_ref().unwrap().contains(part), "{answer:?}");
    }
    assert!(!answers[5].as_ref().unwrap().contains("user-data-dir"), "a command line is not shown");
    let refused = answers.drain(7..).map(|answer| answer.unwrap_err().to_string());
    expect![[r#"
        denied: Page.navigate
        denied: Runtime.evaluate
        invalid: the parameters of `Browser.getVersion` are no JSON object
        invalid: the parameters of `Browser.getVersion`: EOF while parsing an object at line 1 column 1
        not present: the browser has no page `0123`; it may be closed by now
        not present: the browser does not answer `Memory.getDOMCounters`: 'Memory.getDOMCounters' wasn't found
    "#]]
    .assert_eq(&(refused.collect::<Vec<_>>().join("\n") + "\n"));
    assert!(READING.iter().all(|method| commands.iter().any(|command| command.method == *method)));
    let pages = browser.pages("main").await.unwrap();
    assert!(pages.iter().all(|page| !page.attached), "sessions end with the call: {pages:?}");
}

#[tokio::test]
async fn answers_have_a_bound() {
    let chromium = Chromium::start();
    first_page(&chromium.browser()).await;
    let browser = Browser::new(BrowserOptions { response_bytes: 100, ..options(&chromium.url) });
    let error = browser.pages("main").await.unwrap_err();
    expect!["too large: the pages together have more than 100 bytes"].assert_eq(&error.to_string());
    let commands = vec![command("", "Browser.getVersion", ""); 101];
    let run = |count: usize| browser.run_all("main", &commands[..count]);
    assert!(matches!(run(1).await, Err(CapabilityError::TooLarge(_))));
    assert!(matches!(run(101).await, Err(CapabilityError::TooLarge(_))));
}
