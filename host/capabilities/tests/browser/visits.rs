//! Pages that are visited: good ones, bad ones, and browsers that end meanwhile.

use std::future::{Future as _, poll_fn};
use std::task::Poll;
use std::time::Duration;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::browser::{Browser, Load, Visit};
use expect_test::expect;
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpListener;

use crate::chromium::{Chromium, LONG, browser_at};
use crate::site::Site;

fn visit(url: &str) -> Visit {
    let timeout_micros = u64::try_from(LONG.as_micros()).unwrap();
    Visit { url: url.to_owned(), timeout_micros, width: 1280, height: 720, picture: true, ..Visit::default() }
}

fn within(timeout: Duration, visit: Visit) -> Visit {
    Visit { timeout_micros: u64::try_from(timeout.as_micros()).unwrap(), ..visit }
}

async fn load(browser: &Browser, visit: Visit) -> Load {
    browser.visit_all("main", &[visit]).await.unwrap().remove(0).unwrap()
}

fn is_png(load: &Load) -> bool {
    load.picture.as_ref().is_some_and(|picture| picture.starts_with(b"\x89PNG\r\n"))
}

#[tokio::test]
async fn a_good_page_is_measured_and_leaves_nothing_behind() {
    let (chromium, site) = (Chromium::start(), Site::open().await);
    let browser = chromium.browser();
    let (contexts, pages) = (browser.contexts("main").await.unwrap(), browser.pages("main").await.unwrap().len());
    let wanted = Visit { settle_micros: 3_000_000, ..visit(&site.url("/redirect?token=hush")) };
    let load = load(&browser, wanted).await;
    assert_eq!((load.status, load.failure.as_deref(), load.crashed), (200, None, false), "{load:?}");
    assert_eq!(load.url, site.url("/good"), "no token");
    let order = [load.first_byte, load.dom_content_loaded, load.loaded].map(Option::unwrap);
    assert!(order.is_sorted() && order[0] > 0.0, "{load:?}");
    let paints = [load.first_paint, load.first_contentful_paint, load.largest_contentful_paint].map(Option::unwrap);
    assert!(paints.is_sorted() && paints[0] > 0.0, "{load:?}");
    // The text moves by 200 of 720 pixels, and a task takes 150 ms.
    assert!(load.layout_shift > 0.0 && load.layout_shift < 1.0, "{load:?}");
    assert!(load.blocked >= 0.09, "{load:?}");
    assert_eq!((load.requests, load.failed_requests), (3, 0), "{load:?}");
    assert!(load.transferred_bytes > 500 && load.heap_bytes > 0 && load.dom_nodes > 5, "{load:?}");
    assert_eq!((load.console_errors, load.exceptions, load.messages.len()), (0, 0, 0), "{load:?}");
    assert_eq!(load.picture, None, "it did not fail");
    assert_eq!(browser.contexts("main").await, Ok(contexts));
    assert_eq!(browser.pages("main").await.unwrap().len(), pages);
}

#[tokio::test]
async fn what_goes_wrong_on_a_page_is_counted() {
    let (chromium, site) = (Chromium::start(), Site::open().await);
    let browser = chromium.browser();
    let settle = |url: &str| Visit { settle_micros: 1_000_000, ..visit(&site.url(url)) };
    // The page by itself, and as a frame of another site, which has a process of its own.
    for (url, requests) in [("/bad", 2), ("/frames", 3)] {
        let mut load = load(&browser, settle(url)).await;
        assert_eq!((load.status, load.failure.as_deref()), (200, None), "{load:?}");
        assert_eq!((load.requests, load.failed_requests), (requests, 1), "{load:?}");
        assert_eq!((load.console_errors, load.exceptions), (1, 1), "{load:?}");
        load.messages.sort();
        assert_eq!(load.messages, ["RangeError: too far", "it went wrong: 3 TypeError: no such thing"]);
        assert_eq!(load.picture, None);
    }
}

#[tokio::test]
async fn a_page_that_fails_says_why_and_is_pictured() {
    let (chromium, site) = (Chromium::start(), Site::open().await);
    let browser = chromium.browser();
    let missing = load(&browser, visit(&site.url("/missing?token=hush"))).await;
    assert_eq!((missing.status, missing.failure.as_deref()), (404, Some("the server answered 404")));
    assert!(missing.loaded.is_some() && is_png(&missing), "{missing:?}");
    assert_eq!((missing.url, missing.failed_requests), (site.url("/missing"), 1));
    let unpictured = load(&browser, Visit { picture: false, ..visit(&site.url("/missing")) }).await;
    assert_eq!(unpictured.picture, None);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = load(&browser, visit(&format!("http://user:hush@{address}/?hush"))).await;
    expect!["the browser could not load it: net::ERR_CONNECTION_REFUSED"].assert_eq(refused.failure.as_ref().unwrap());
    assert_eq!((refused.status, refused.loaded, refused.dom_nodes), (0, None, 0), "the browser's own page is not it");
    assert_eq!((&refused.url, refused.failed_requests), (&format!("http://{address}/"), 1));
    assert!(is_png(&refused));

    let download = load(&browser, visit(&site.url("/download"))).await;
    expect!["the browser could not load it: net::ERR_ABORTED"].assert_eq(download.failure.as_ref().unwrap());
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let (chromium, site) = (Chromium::start(), Site::open().await);
    let browser = chromium.browser();
    let second = Duration::from_secs(1);
    let silent = load(&browser, within(second, visit(&site.url("/silent")))).await;
    assert_eq!((silent.status, silent.failure.as_deref()), (0, Some("no answer within 1s")), "{silent:?}");
    assert_eq!((silent.url.as_str(), silent.first_byte), (site.url("/silent").as_str(), None));
    assert_eq!(browser.contexts("main").await, Ok(0));
}

#[tokio::test]
async fn a_page_that_is_never_done_tells_how_far_it_came() {
    let (chromium, site) = (Chromium::start(), Site::open().await);
    let pending = load(&chromium.browser(), within(Duration::from_secs(10), visit(&site.url("/pending")))).await;
    assert_eq!((pending.status, pending.failure.as_deref()), (200, Some("not loaded within 10s")), "{pending:?}");
    assert!(pending.dom_content_loaded.is_some() && pending.loaded.is_none() && is_png(&pending), "{pending:?}");
}

#[tokio::test]
async fn a_page_that_is_too_busy_to_be_asked_is_left() {
    let (chromium, site) = (Chromium::start(), Site::open().await);
    let browser = chromium.browser();
    let wanted = Visit { settle_micros: 500_000, ..visit(&site.url("/busy")) };
    let busy = load(&browser, wanted).await;
    assert_eq!((busy.status, busy.failure.as_deref(), busy.loaded), (200, None, None), "{busy:?}");
    assert_eq!(browser.contexts("main").await, Ok(0));
}

#[tokio::test]
async fn a_dialog_does_not_hold_up_a_visit() {
    let (chromium, site) = (Chromium::start(), Site::open().await);
    let dialog = load(&chromium.browser(), visit(&site.url("/dialog"))).await;
    assert_eq!((dialog.status, dialog.failure.as_deref()), (200, None), "{dialog:?}");
}

#[tokio::test]
async fn only_the_web_is_visited_and_one_bad_visit_spoils_no_other() {
    let (chromium, site) = (Chromium::start(), Site::open().await);
    let browser = chromium.browser();
    let mut visits = ["file:///etc/passwd", "chrome://version", "data:text/html,x", "nonsense"].map(visit).to_vec();
    visits.push(within(Duration::ZERO, visit(&site.url("/good"))));
    visits.push(Visit { width: 10_001, ..visit(&site.url("/good")) });
    visits.push(visit(&site.url("/good")));
    let mut loads = browser.visit_all("main", &visits).await.unwrap();
    assert_eq!(loads.pop().unwrap().unwrap().status, 200);
    let refused = loads.into_iter().map(|load| load.unwrap_err().to_string()).collect::<Vec<_>>();
    expect![[r#"
        invalid: a page to visit begins with `http:` or `https:`, not with `file:`
        invalid: a page to visit begins with `http:` or `https:`, not with `chrome:`
        invalid: a page to visit begins with `http:` or `https:`, not with `data:`
        invalid: `nonsense` is no URL: relative URL without a base
        invalid: a visit's time-out is above 0 and at most 300s
        invalid: a viewport has at most 10000 pixels to a side
    "#]]
    .assert_eq(&(refused.join("\n") + "\n"));
}

#[tokio::test]
async fn a_page_whose_process_dies_is_told() {
    let (chromium, mut site) = (Chromium::start(), Site::open().await);
    let browser = chromium.browser();
    let wanted = [visit(&site.url("/pending"))];
    let (loads, ()) = tokio::join!(browser.visit_all("main", &wanted), async {
        site.until_asked("/silent").await;
        for process in browser.processes("main").await.unwrap().iter().filter(|one| one.kind == "renderer") {
            let _ = kill_process(Pid::from_raw(process.id.cast_signed()).unwrap(), Signal::KILL);
        }
    });
    let load = loads.unwrap().remove(0).unwrap();
    assert_eq!((load.crashed, load.failure.as_deref()), (true, Some("the page's process died")), "{load:?}");
    assert_eq!(browser.contexts("main").await, Ok(0));
}

#[tokio::test]
async fn a_browser_that_dies_in_the_middle_is_told_at_once() {
    let (chromium, mut site) = (Chromium::start(), Site::open().await);
    let browser = chromium.browser();
    let wanted = [visit(&site.url("/pending")), visit(&site.url("/good"))];
    let (loads, ()) = tokio::join!(browser.visit_all("main", &wanted), async {
        site.until_asked("/silent").await;
        chromium.kill();
    });
    for load in loads.unwrap() {
        assert!(matches!(load, Err(CapabilityError::Unreachable(_))), "{load:?}");
    }
    assert!(matches!(browser.version_of("main").await, Err(CapabilityError::Unreachable(_))));
}

#[tokio::test]
async fn a_visit_that_is_dropped_leaves_nothing_behind() {
    let (chromium, mut site) = (Chromium::start(), Site::open().await);
    let browser = chromium.browser();
    // After each of its steps, until the page itself is under way.
    for steps in 1.. {
        let (wanted, silent) = ([visit(&site.url(&format!("/{steps}/pending")))], format!("/{steps}/silent"));
        let mut visiting = Box::pin(browser.visit_all("main", &wanted));
        let mut left = steps;
        let stepping = poll_fn(|context| {
            left -= 1;
            assert!(visiting.as_mut().poll(context).is_pending(), "the page never loads");
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        });
        tokio::select! {
            () = stepping => {}
            () = site.until_asked(&silent) => break,
        }
    }
    // Another client looks: the browser closes the pages by itself, as fast as it can.
    let other = browser_at(&chromium.url);
    let gone = async {
        let is_there = async || other.pages("main").await.unwrap().iter().any(|page| page.title == "Pending");
        while other.contexts("main").await.unwrap() > 0 || is_there().await {}
    };
    tokio::time::timeout(LONG, gone).await.expect("contexts are left behind");
    assert!(browser.version_of("main").await.is_ok());
}

#[tokio::test]
async fn a_page_without_a_title_does_not_show_its_query_for_one() {
    let (chromium, mut site) = (Chromium::start(), Site::open().await);
    let browser = chromium.browser();
    let wanted = [Visit { settle_micros: 20_000_000, ..visit(&site.url("/untitled?token=hush")) }];
    let look = async {
        site.until_asked("/untitled?token=hush").await;
        loop {
            let pages = browser.pages("main").await.unwrap();
            if let Some(page) = pages.into_iter().find(|page| page.url.contains("untitled") && !page.title.is_empty()) {
                return page;
            }
        }
    };
    let page = tokio::select! {
        loads = browser.visit_all("main", &wanted) => panic!("it never showed, but {loads:?}"),
        page = look => page,
    };
    assert_eq!(page.url, site.url("/untitled"));
    assert!(!page.title.contains("hush"), "{page:?}");
}
