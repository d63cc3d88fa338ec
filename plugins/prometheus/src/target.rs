//! One target: what is asked, what is made of its answer, and how it fares.

use autobot_exposition::Format;
use autobot_plugin_sdk::http::{Request, Response, Version};
use autobot_plugin_sdk::{Error, Header, Metrics, emit, log};

use crate::families::Families;
use crate::relabel::Compiled;
use crate::series::{Reason, Series, State};
use crate::settings::Settings;
use crate::{
    BODY_SIZE, DURATION, FAMILIES, LEFT_OUT, POST_RELABELLING, SAMPLES, SERIES_ADDED, UP, sentence, with_sentence,
};

/// How long one that did not answer in time is left alone: it holds up the others of this instance.
const BREATHE_MICROS: u64 = 30_000_000;

/// A target and its series.
#[derive(Debug)]
pub(crate) struct Target {
    name: String,
    url: bool,
    series: Series,
    failing: Option<String>,
    /// Until when it is left alone, by the monotonic clock.
    rests: Option<(u64, Error)>,
    /// Which reasons were told of.
    told: Vec<Reason>,
}

impl Target {
    pub(crate) fn new(name: &str) -> Self {
        let url = name.contains("://");
        Self { name: name.to_owned(), url, series: Series::default(), failing: None, rests: None, told: Vec::new() }
    }

    /// Why it is left alone, while it is.
    pub(crate) fn resting(&self, now: u64) -> Option<Error> {
        self.rests.as_ref().filter(|(until, _)| now < *until).map(|(_, why)| why.clone())
    }

    pub(crate) fn request(&self, settings: &Settings) -> Request {
        const PLAIN: &str = "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1";
        const OPEN: &str = "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let accept = if settings.openmetrics { OPEN } else { PLAIN };
        Request {
            target: (!self.url).then(|| self.name.clone()),
            url: if self.url { self.name.clone() } else { settings.path.clone() },
            method: "GET".to_owned(),
            headers: vec![Header { name: "accept".to_owned(), value: accept.to_owned() }],
            body: Vec::new(),
            timeout_micros: (settings.timeout_seconds * 1e6) as u64,
            redirects: 3,
            keep_body: settings.body_limit,
            verify: true,
            version: Version::Any,
        }
    }

    /// Takes what was answered: sets its metrics, hands over its series, ends those that are gone.
    ///
    /// # Errors
    /// Why it could not be scraped.
    pub(crate) fn take(
        &mut self,
        answer: Result<Response, Error>,
        now: u64,
        (settings, rules): (&Settings, &[Compiled]),
        families: &mut Families,
        metrics: &mut Metrics,
    ) -> Result<(), Error> {
        if let Err(why @ Error::Timeout(_)) = &answer
            && self.resting(now).is_none()
        {
            self.rests = Some((now.saturating_add(BREATHE_MICROS), why.clone()));
        }
        let result = answer.and_then(|response| {
            self.rests = None;
            metrics.set(&DURATION, &[&self.name], (response.timing.total * 1e6).round() / 1e6);
            self.scrape(&response, settings, rules, families, metrics)
        });
        metrics.set(&UP, &[&self.name], f64::from(u8::from(result.is_ok())));
        match &result {
            Ok(()) => {
                if self.failing.take().is_some() {
                    log::info(&format!("{}: can be scraped again", self.name));
                }
            }
            Err(error) => {
                // Of a target that cannot be scraped nothing is known any more.
                families.end(&self.series.take_all())?;
                let text = sentence(error);
                if self.failing.as_deref() != Some(text) {
                    log::warn(&format!("{}: {text}", self.name));
                    self.failing = Some(text.to_owned());
                }
            }
        }
        result.map_err(|error| with_sentence(&error, format!("{}: {}", self.name, sentence(&error))))
    }

    fn scrape(
        &mut self,
        response: &Response,
        settings: &Settings,
        rules: &[Compiled],
        families: &mut Families,
        metrics: &mut Metrics,
    ) -> Result<(), Error> {
        let format = format_of(response, settings)?;
        let body = response.body.as_slice();
        let read = self.series.read(format, body, &self.name, settings, rules).map_err(Error::Invalid)?;
        let mut added = 0;
        if read.new || read.gone {
            let mut gone = families.take_left_over();
            if read.gone {
                gone.extend(self.series.take_gone());
            }
            let own: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
            let most = settings.series_limit as usize;
            let registered = families.register(&mut self.series, (format, body), gone, &own, most)?;
            added = registered.added;
            if let Some(why) = registered.refused {
                self.tell(Reason::Refused, || format!("series are left out: {why}"));
            }
        }
        let known = self.series.known();
        let (mut handles, mut values) = (Vec::with_capacity(known), Vec::with_capacity(known));
        let mut left = [0_usize; Reason::ALL.len()];
        for entry in &self.series.entries {
            match &entry.state {
                State::Known(handle) => {
                    handles.push(*handle);
                    values.push(entry.value);
                }
                State::Left(reason) => left[*reason as usize] += 1,
                State::New(_) => {}
            }
        }
        emit::columns(&handles, &values)?;
        left[Reason::Duplicate as usize] += read.doubles;
        let name = self.name.clone();
        for (family, value) in [
            (&SAMPLES, read.samples),
            (&POST_RELABELLING, read.samples.saturating_sub(left[Reason::Dropped as usize])),
            (&SERIES_ADDED, added),
            (&BODY_SIZE, usize::try_from(response.body_bytes).unwrap_or(usize::MAX)),
        ] {
            metrics.set(family, &[&name], value as f64);
        }
        for reason in Reason::ALL {
            let count = left[reason as usize];
            metrics.set(&LEFT_OUT, &[&name, reason.as_str()], count as f64);
            if count > 0 {
                self.tell(reason, || words(reason, count, settings));
            }
        }
        Ok(())
    }

    /// Says once that something is left out.
    fn tell(&mut self, reason: Reason, text: impl FnOnce() -> String) {
        if reason != Reason::Dropped && !self.told.contains(&reason) {
            self.told.push(reason);
            log::warn(&format!("{}: {}", self.name, text()));
        }
    }
}

fn words(reason: Reason, count: usize, settings: &Settings) -> String {
    match reason {
        Reason::Dropped => String::new(),
        Reason::Labels => format!(
            "{count} series have more than {} labels, labels of more than {} bytes, or one label twice, and are left out",
            settings.label_limit, settings.label_value_limit
        ),
        Reason::Duplicate => format!("{count} samples are of series that are there already, and are left out"),
        Reason::Limit => format!(
            "{count} series are left out: all targets together may have {} (`series_limit`); drop some by `relabel`",
            settings.series_limit
        ),
        Reason::Refused => format!("{count} series are left out: the host does not take them"),
    }
}

/// The format of the answer, if it is one that can be read.
fn format_of(response: &Response, settings: &Settings) -> Result<Format, Error> {
    let header = |name: &str| response.headers.iter().find(|header| header.name == name).map(|header| &*header.value);
    if response.status != 200 {
        return Err(Error::Failed(format!("it answered {}, and not 200", response.status)));
    }
    if let Some(coding) = header("content-encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(Error::Invalid(format!("its answer is packed (`{coding}`), which was not asked for")));
    }
    if !response.complete || response.body_bytes > response.body.len() as u64 {
        return Err(Error::TooLarge(format!(
            "its answer has more than the {} bytes that `body_limit` allows; let it tell less, or raise the limit",
            settings.body_limit
        )));
    }
    let kind = header("content-type");
    let media = kind.and_then(|kind| kind.split(';').next()).map(str::trim).unwrap_or_default();
    let known =
        ["", "text/plain", "application/openmetrics-text"].iter().any(|known| media.eq_ignore_ascii_case(known));
    if !known && !settings.any_content_type {
        return Err(Error::Invalid(format!(
            "it answers with `{}`, which are no metrics; is the path right? (`any_content_type` reads it all the same)",
            media.chars().take(60).collect::<String>()
        )));
    }
    Ok(Format::of_content_type(kind))
}
