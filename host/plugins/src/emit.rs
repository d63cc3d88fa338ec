//! What a guest hands over: families, series, columns. Everything is checked here; what comes out are batches.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{Batch, Family, Kind, Labels, Layout, STALE, SeriesId, SeriesKey, SeriesRegistry, Timestamp};
use parking_lot::Mutex;

use crate::Limits;
use crate::limits::Allowance;

/// Why something that was handed over is not taken, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is wrong.
    Invalid(String),
    /// It is more than the instance may have.
    TooLarge(String),
}

/// The series of one instance and the columns of the running collection.
pub(crate) struct Emit {
    instance: Arc<str>,
    machine: Arc<str>,
    registry: Arc<dyn SeriesRegistry>,
    allowance: Arc<Mutex<Allowance>>,
    limits: Limits,
    families: HashMap<String, Arc<Family>>,
    dynamic: bool,
    /// By handle; `None` once retired.
    handles: Vec<Option<SeriesId>>,
    /// Retired handles, which are given again, the oldest first.
    free: VecDeque<u32>,
    known: HashMap<SeriesId, u32>,
    columns: Vec<(SeriesId, f64)>,
    /// Columns of moments before the running collection.
    earlier: BTreeMap<Timestamp, Vec<(SeriesId, f64)>>,
    retired: Vec<SeriesId>,
    layout: Option<Arc<Layout>>,
    /// The time of the running collection, and that of the one before.
    at: Timestamp,
    before: Timestamp,
}

impl Emit {
    pub(crate) fn new(
        instance: Arc<str>,
        machine: Arc<str>,
        registry: Arc<dyn SeriesRegistry>,
        allowance: Arc<Mutex<Allowance>>,
        limits: &Limits,
    ) -> Self {
        Self {
            instance,
            machine,
            registry,
            allowance,
            limits: limits.clone(),
            families: HashMap::new(),
            dynamic: false,
            handles: Vec::new(),
            free: VecDeque::new(),
            known: HashMap::new(),
            columns: Vec::new(),
            earlier: BTreeMap::new(),
            retired: Vec::new(),
            layout: None,
            at: Timestamp::MIN,
            before: Timestamp::MIN,
        }
    }

    /// Lays down what the manifest declares.
    pub(crate) fn begin(&mut self, families: &[Family], dynamic: bool) {
        self.families = families.iter().map(|family| (family.name.clone(), Arc::new(family.clone()))).collect();
        self.dynamic = dynamic;
    }

    pub(crate) fn declare(&mut self, families: Vec<Family>) -> Result<(), Refused> {
        if !self.dynamic {
            return Err(Refused::Invalid("the manifest does not say `dynamic-families`".to_owned()));
        }
        let most = self.limits.series;
        if self.families.len() + families.len() > most {
            return Err(Refused::TooLarge(format!("more than the {most} families that this plugin may have")));
        }
        for family in families {
            match self.families.get(&family.name) {
                Some(known) if **known != family => {
                    return Err(Refused::Invalid(format!("`{}` is declared already, otherwise", family.name)));
                }
                Some(_) => {}
                None => drop(self.families.insert(family.name.clone(), Arc::new(family))),
            }
        }
        Ok(())
    }

    /// Handles of series, in order; all or none. `now` is a time that never goes back.
    pub(crate) fn register(
        &mut self,
        series: Vec<(String, Vec<(String, String)>)>,
        now: Duration,
    ) -> Result<Vec<u32>, Refused> {
        let wanted = series.into_iter().map(|(name, labels)| self.key(&name, labels)).collect::<Result<Vec<_>, _>>()?;
        let (mut more, mut unseen) = (HashSet::new(), HashSet::new());
        for (key, _) in &wanted {
            match self.registry.find(key) {
                Some(id) if self.known.contains_key(&id) => {}
                Some(_) => drop(more.insert(key)),
                None => drop(unseen.insert(key)),
            }
        }
        let (total, most) = (self.known.len() + more.len() + unseen.len(), self.limits.series);
        if total > most {
            return Err(Refused::TooLarge(format!(
                "{total} series are more than the {most} that this plugin may have"
            )));
        }
        if !unseen.is_empty() && !self.allowance.lock().take(unseen.len(), now) {
            return Err(Refused::TooLarge(format!(
                "it begins more than {} new series an hour; labels that never repeat (ids, times) do not belong in a series",
                self.limits.new_series
            )));
        }
        Ok(wanted.into_iter().map(|(key, family)| self.handle(key, &family)).collect())
    }

    fn key(&self, name: &str, labels: Vec<(String, String)>) -> Result<(SeriesKey, Arc<Family>), Refused> {
        let (family, is_bucket) = self
            .family(name)
            .ok_or_else(|| Refused::Invalid(format!("`{}` is not declared in the manifest", cut(name))))?;
        let is_declared = |label: &String| family.labels.contains(label) || (is_bucket && label == "le");
        if let Some((label, _)) = labels.iter().find(|(label, _)| !is_declared(label)) {
            return Err(Refused::Invalid(format!("`{name}` does not declare the label `{}`", cut(label))));
        }
        let is_bound = |value: &str| value.parse::<f64>().is_ok_and(|bound| !bound.is_nan());
        if is_bucket && !labels.iter().any(|(label, value)| label == "le" && is_bound(value)) {
            return Err(Refused::Invalid(format!(
                "`{name}` is a bucket of a histogram and needs the label `le`, its upper bound (`0.5`, `+Inf`)"
            )));
        }
        let most = self.limits.label_bytes;
        if let Some((label, value)) = labels.iter().find(|(_, value)| value.len() > most) {
            return Err(Refused::TooLarge(format!(
                "the label `{label}` of `{name}` has {} bytes and may have {most}",
                value.len()
            )));
        }
        let own = [("machine".to_owned(), self.machine.to_string()), ("plugin".to_owned(), self.instance.to_string())];
        let key = SeriesKey { name: name.into(), labels: Labels::new(labels.into_iter().chain(own)) };
        Ok((key, family.clone()))
    }

    /// The declared family that a series of that name belongs to, and whether it is a bucket: a histogram is declared once, and its
    /// series are its parts.
    fn family(&self, name: &str) -> Option<(&Arc<Family>, bool)> {
        if let Some(family) = self.families.get(name) {
            return Some((family, false));
        }
        let (part, base) =
            ["_bucket", "_sum", "_count"].iter().find_map(|part| Some((*part, name.strip_suffix(part)?)))?;
        let family = self.families.get(base).filter(|family| family.kind == Kind::Histogram)?;
        Some((family, part == "_bucket"))
    }

    fn handle(&mut self, key: SeriesKey, family: &Arc<Family>) -> u32 {
        let id = self.registry.register(key, family);
        if let Some(handle) = self.known.get(&id) {
            return *handle;
        }
        let handle = self.free.pop_front().unwrap_or_else(|| {
            self.handles.push(None);
            u32::try_from(self.handles.len() - 1).unwrap_or(u32::MAX)
        });
        self.handles[handle as usize] = Some(id);
        self.known.insert(id, handle);
        handle
    }

    fn id(&self, handle: u32) -> Result<SeriesId, Refused> {
        self.handles
            .get(handle as usize)
            .copied()
            .flatten()
            .ok_or_else(|| Refused::Invalid(format!("{handle} is no handle of a registered series")))
    }

    pub(crate) fn retire(&mut self, handles: &[u32]) -> Result<(), Refused> {
        for &handle in handles {
            let id = self.id(handle)?;
            self.handles[handle as usize] = None;
            self.free.push_back(handle);
            self.known.remove(&id);
            self.retired.push(id);
        }
        Ok(())
    }

    /// A collection of `at` begins.
    pub(crate) fn collecting(&mut self, at: Timestamp) {
        (self.before, self.at) = (self.at, at);
    }

    pub(crate) fn columns(&mut self, handles: &[u32], values: &[f64]) -> Result<(), Refused> {
        let found = self.checked(handles, values)?;
        self.columns.extend(found);
        Ok(())
    }

    /// Columns of a moment after the collection before and not after the running one.
    pub(crate) fn columns_at(&mut self, at: u64, handles: &[u32], values: &[f64]) -> Result<(), Refused> {
        let at = Timestamp(i64::try_from(at).unwrap_or(i64::MAX));
        if at == self.at {
            return self.columns(handles, values);
        }
        if at > self.at || at <= self.before {
            let (apart, side) = if at > self.at { (at.since(self.at), "after") } else { (self.at.since(at), "before") };
            return Err(Refused::Invalid(format!(
                "samples of {} s {side} this collection; they may be of the time since the one before",
                apart.as_secs_f64()
            )));
        }
        let found = self.checked(handles, values)?;
        self.earlier.entry(at).or_default().extend(found);
        Ok(())
    }

    fn checked(&self, handles: &[u32], values: &[f64]) -> Result<Vec<(SeriesId, f64)>, Refused> {
        if handles.len() != values.len() {
            return Err(Refused::Invalid(format!("{} handles and {} values", handles.len(), values.len())));
        }
        let so_far = self.columns.len() + self.earlier.values().map(Vec::len).sum::<usize>();
        let most = self.limits.samples;
        if so_far + values.len() > most {
            return Err(Refused::TooLarge(format!(
                "{} samples are more than the {most} that one collection may have",
                so_far + values.len()
            )));
        }
        let mut found = Vec::with_capacity(values.len());
        for (handle, value) in handles.iter().zip(values) {
            let id = self.id(*handle)?;
            // NaN says that there is no value this time.
            if !value.is_nan() {
                found.push((id, *value));
            }
        }
        Ok(found)
    }

    /// How many series there are.
    pub(crate) fn series(&self) -> usize {
        self.known.len()
    }

    /// What the running collection handed over, in the order of time.
    pub(crate) fn take(&mut self) -> Vec<Batch> {
        let earlier = std::mem::take(&mut self.earlier);
        let mut batches: Vec<Batch> =
            earlier.into_iter().filter_map(|(at, columns)| self.batch(at, &columns)).collect();
        let mut columns = std::mem::take(&mut self.columns);
        columns.extend(self.retired.drain(..).map(|id| (id, STALE)));
        batches.extend(self.batch(self.at, &columns));
        columns.clear();
        self.columns = columns;
        batches
    }

    /// The end of every series, as a batch of `time`.
    pub(crate) fn end(&mut self, time: Timestamp) -> Option<Batch> {
        self.columns.clear();
        self.earlier.clear();
        let columns: Vec<_> =
            self.known.drain().map(|(id, _)| (id, STALE)).chain(self.retired.drain(..).map(|id| (id, STALE))).collect();
        self.handles.clear();
        self.free.clear();
        self.batch(time, &columns)
    }

    fn batch(&mut self, time: Timestamp, columns: &[(SeriesId, f64)]) -> Option<Batch> {
        if columns.is_empty() {
            return None;
        }
        let same = self.layout.take().filter(|layout| layout.ids().iter().eq(columns.iter().map(|(id, _)| id)));
        let layout = match same
            .map(Ok)
            .unwrap_or_else(|| Layout::new(columns.iter().map(|(id, _)| *id).collect()).map(Arc::new))
        {
            Ok(layout) => layout,
            Err(_) => return self.without_doubles(time, columns),
        };
        self.layout = Some(layout.clone());
        Batch::new(self.instance.clone(), time, layout, columns.iter().map(|(_, value)| *value).collect())
    }

    /// A series that was handed over twice has the value that came last.
    fn without_doubles(&self, time: Timestamp, columns: &[(SeriesId, f64)]) -> Option<Batch> {
        let last: BTreeMap<SeriesId, f64> = columns.iter().copied().collect();
        let layout = Layout::new(last.keys().copied().collect()).ok()?;
        Batch::new(self.instance.clone(), time, Arc::new(layout), last.into_values().collect())
    }
}

/// As much of a name as a person reads.
fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(name.len().min(80))]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers series in the order of their coming.
    #[derive(Default)]
    struct Numbers(Mutex<Vec<SeriesKey>>);

    impl SeriesRegistry for Numbers {
        fn register(&self, key: SeriesKey, _family: &Arc<Family>) -> SeriesId {
            let mut keys = self.0.lock();
            let at = keys.iter().position(|known| *known == key).unwrap_or_else(|| {
                keys.push(key);
                keys.len() - 1
            });
            SeriesId(at as u32)
        }

        fn find(&self, key: &SeriesKey) -> Option<SeriesId> {
            self.0.lock().iter().position(|known| known == key).map(|at| SeriesId(at as u32))
        }

        fn resolve(&self, id: SeriesId) -> Option<Arc<SeriesKey>> {
            self.0.lock().get(id.0 as usize).cloned().map(Arc::new)
        }
    }

    #[test]
    fn the_series_of_a_histogram_are_its_parts_and_its_buckets_have_bounds() {
        let allowance = Arc::new(Mutex::new(Allowance::new(100, Duration::ZERO)));
        let mut emit = Emit::new("p".into(), "m".into(), Arc::new(Numbers::default()), allowance, &Limits::default());
        let family = |name: &str, kind| Family {
            name: name.to_owned(),
            unit: "s".to_owned(),
            kind,
            help: String::new(),
            labels: vec!["of".to_owned()],
        };
        emit.begin(&[family("wait_seconds", Kind::Histogram), family("age_seconds", Kind::Gauge)], false);
        let mut register = |name: &str, labels: &[(&str, &str)]| {
            let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            emit.register(vec![(name.to_owned(), labels)], Duration::ZERO)
        };
        for (handle, name, labels) in [
            (0, "wait_seconds_bucket", &[("of", "a"), ("le", "0.5")][..]),
            (1, "wait_seconds_bucket", &[("of", "a"), ("le", "+Inf")]),
            (2, "wait_seconds_sum", &[("of", "a")]),
            (3, "wait_seconds_count", &[("of", "a")]),
            (0, "wait_seconds_bucket", &[("le", "0.5"), ("of", "a")]),
        ] {
            assert_eq!(register(name, labels), Ok(vec![handle]), "{name} {labels:?}");
        }
        let bound = "`wait_seconds_bucket` is a bucket of a histogram and needs the label `le`, its upper bound (`0.5`, `+Inf`)";
        for (name, labels, refusal) in [
            ("wait_seconds_bucket", &[("of", "a")][..], bound),
            ("wait_seconds_bucket", &[("le", "many")], bound),
            ("wait_seconds_bucket", &[("le", "NaN")], bound),
            ("wait_seconds_sum", &[("le", "1")], "`wait_seconds_sum` does not declare the label `le`"),
            ("wait_seconds_bucket", &[("le", "1"), ("x", "")], "`wait_seconds_bucket` does not declare the label `x`"),
            ("age_seconds_sum", &[], "`age_seconds_sum` is not declared in the manifest"),
            ("wait_seconds_max", &[], "`wait_seconds_max` is not declared in the manifest"),
        ] {
            assert_eq!(register(name, labels), Err(Refused::Invalid(refusal.to_owned())), "{name} {labels:?}");
        }
    }
}
