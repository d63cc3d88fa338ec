//! How a plugin's series reach the host: registered once, in columns, ended when they are no longer set.

use std::cell::RefCell;

use autobot_plugin_sdk::testing::{Facts, Plugin};
use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Timestamp};

static VALUE: Family = Family::gauge("value", "1", "Any.").labels(&["of"]);

thread_local!(static NEXT: RefCell<Vec<(&'static str, f64)>> = const { RefCell::new(vec![]) });

/// Sets what the test says.
struct Says;

impl Collector for Says {
    type Settings = ();
    const MANIFEST: Manifest = Manifest::new("says", "1.0.0", "For tests.");
    const FAMILIES: &[&Family] = &[&VALUE];

    fn new(_settings: ()) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        for (of, value) in NEXT.take() {
            metrics.set(&VALUE, &[of], value);
        }
        if at == 666 { Err(Error::Failed("half way".to_owned())) } else { Ok(()) }
    }
}

fn collect(plugin: &mut Plugin<Says>, at: Timestamp, next: &[(&'static str, f64)]) -> (String, Result<(), Error>) {
    NEXT.set(next.to_vec());
    let (collected, result) = plugin.collect(at);
    let short = |text: &str| text.replace("value{of=\"", "").replace("\"}", "");
    (short(&collected.text("")).replace('\n', ", "), result)
}

#[test]
fn series_come_go_and_change_places() {
    let mut plugin = Plugin::<Says>::new("{}", Facts::default()).unwrap();
    for (set, emitted) in [
        (&[("a", 1.0), ("b", 2.0), ("c", 3.0)][..], "a 1, b 2, c 3, "),
        (&[("a", 4.0), ("b", 5.0), ("c", 6.0)], "a 4, b 5, c 6, "),
        (&[("c", 1.0), ("a", 2.0), ("b", 3.0)], "c 1, a 2, b 3, "),
        (&[("a", 1.0), ("c", 2.0)], "a 1, c 2, b ended, "),
        (&[("a", 1.0), ("new", 7.0), ("c", 2.0)], "a 1, new 7, c 2, "),
        (&[("a", 1.0), ("c", 2.0), ("b", 9.0)], "a 1, c 2, b 9, new ended, "),
        (&[("a", 1.0), ("a", 2.0), ("c", f64::NAN)], "a 2, c NaN, b ended, "),
        (&[], "a ended, c ended, "),
        (&[("a", 1.0)], "a 1, "),
    ] {
        assert_eq!(collect(&mut plugin, 1, set), (emitted.to_owned(), Ok(())), "{set:?}");
    }
}

#[test]
fn thousands_of_series_that_come_in_any_order_are_each_themselves() {
    let names: Vec<&'static str> = (0..5_000).map(|at| &*format!("{at}").leak()).collect();
    let all: Vec<(&str, f64)> = names.iter().enumerate().map(|(at, &name)| (name, at as f64)).collect();
    let text = |of: &[(&str, f64)]| of.iter().map(|(name, value)| format!("{name} {value}, ")).collect::<String>();
    let mut plugin = Plugin::<Says>::new("{}", Facts::default()).unwrap();
    let odd: Vec<_> = all.iter().copied().skip(1).step_by(2).collect();
    let backwards: Vec<_> = all.iter().copied().rev().collect();
    for set in [&odd, &all, &backwards, &all] {
        assert_eq!(collect(&mut plugin, 1, set), (text(set), Ok(())));
    }
}

#[test]
fn what_the_host_refuses_to_register_is_tried_again_and_the_rest_goes_on() {
    let mut plugin = Plugin::<Says>::new("{}", Facts::default()).unwrap();
    collect(&mut plugin, 1, &[("a", 1.0)]).1.unwrap();
    plugin.refuse_series(Some("1,000 series are enough"));
    let refused = Err(Error::TooLarge("1,000 series are enough".to_owned()));
    let set = [("new", 5.0), ("a", 2.0), ("other", 6.0)];
    assert_eq!(collect(&mut plugin, 2, &set), ("a 2, ".to_owned(), refused.clone()));
    assert_eq!(collect(&mut plugin, 3, &set), ("a 2, ".to_owned(), refused));
    plugin.refuse_series(None);
    assert_eq!(collect(&mut plugin, 4, &set), ("new 5, a 2, other 6, ".to_owned(), Ok(())));
}

#[test]
fn what_was_set_before_an_error_is_handed_over_with_it() {
    let mut plugin = Plugin::<Says>::new("{}", Facts::default()).unwrap();
    let failed = Err(Error::Failed("half way".to_owned()));
    assert_eq!(collect(&mut plugin, 666, &[("a", 1.0)]), ("a 1, ".to_owned(), failed));
}

#[test]
fn a_plugin_without_settings_takes_only_the_empty_object() {
    assert!(Plugin::<Says>::new(" {} ", Facts::default()).is_ok());
    assert!(Plugin::<Says>::new(r#"{"a": 1}"#, Facts::default()).is_err());
}
