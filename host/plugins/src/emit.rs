//! What a guest hands over: families, series, columns. Everything is checked here; what comes out are batches.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use autobot_model::{Batch, Family, Labels, Layout, STALE, SeriesId, SeriesKey, SeriesRegistry, Timestamp};

use crate::Limits;

/// The series of one instance and the columns of the running collection.
pub(crate) struct Emit {
    instance: Arc<str>,
    machine: Arc<str>,
    registry: Arc<dyn SeriesRegistry>,
    families: HashMap<String, Arc<Family>>,
    dynamic: bool,
    most_series: usize,
    label_bytes: usize,
    /// By handle; `None` once retired.
    handles: Vec<Option<SeriesId>>,
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
        limits: &Limits,
    ) -> Self {
        Self {
            instance,
            machine,
            registry,
            families: HashMap::new(),
            dynamic: false,
            most_series: limits.series as usize,
            label_bytes: limits.label_bytes,
            handles: Vec::new(),
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

    pub(crate) fn declare(&mut self, families: Vec<Family>) -> Result<(), String> {
        if !self.dynamic {
            return Err("the manifest does not say `dynamic-families`".to_owned());
        }
        if self.families.len() + families.len() > self.most_series {
            return Err(format!("more than {} families", self.most_series));
        }
        for family in families {
            match self.families.get(&family.name) {
                Some(known) if **known != family => {
                    return Err(format!("`{}` is declared already, otherwise", family.name));
                }
                Some(_) => {}
                None => drop(self.families.insert(family.name.clone(), Arc::new(family))),
            }
        }
        Ok(())
    }

    /// Handles of series, in order; all or none. The outer error says that it is too much, the inner one what is wrong.
    pub(crate) fn register(
        &mut self,
        series: Vec<(String, Vec<(String, String)>)>,
    ) -> Result<Result<Vec<u32>, String>, String> {
        let mut wanted = Vec::with_capacity(series.len());
        for (name, labels) in series {
            match self.key(&name, labels) {
                Ok(found) => wanted.push(found),
                Err(wrong) => return Ok(Err(wrong)),
            }
        }
        if self.known.len() + wanted.len() > self.most_series {
            let ids = wanted.iter().map(|(key, family)| self.registry.register(key.clone(), family));
            let fresh = ids.filter(|id| !self.known.contains_key(id)).collect::<std::collections::HashSet<_>>().len();
            if self.known.len() + fresh > self.most_series {
                return Err(format!(
                    "{} series are more than the {} that this plugin may have",
                    self.known.len() + fresh,
                    self.most_series
                ));
            }
        }
        Ok(Ok(wanted.into_iter().map(|(key, family)| self.handle(key, &family)).collect()))
    }

    fn key(&self, name: &str, labels: Vec<(String, String)>) -> Result<(SeriesKey, Arc<Family>), String> {
        let family = self.families.get(name).ok_or_else(|| format!("`{name}` is not declared in the manifest"))?;
        if let Some((label, _)) = labels.iter().find(|(label, _)| !family.labels.contains(label)) {
            return Err(format!("`{name}` does not declare the label `{label}`"));
        }
        if let Some((label, value)) = labels.iter().find(|(_, value)| value.len() > self.label_bytes) {
            return Err(format!(
                "the label `{label}` of `{name}` has {} bytes and may have {}",
                value.len(),
                self.label_bytes
            ));
        }
        let own = [("machine".to_owned(), self.machine.to_string()), ("plugin".to_owned(), self.instance.to_string())];
        let key = SeriesKey { name: name.into(), labels: Labels::new(labels.into_iter().chain(own)) };
        Ok((key, family.clone()))
    }

    fn handle(&mut self, key: SeriesKey, family: &Arc<Family>) -> u32 {
        let id = self.registry.register(key, family);
        if let Some(handle) = self.known.get(&id) {
            return *handle;
        }
        let handle = u32::try_from(self.handles.len()).unwrap_or(u32::MAX);
        self.handles.push(Some(id));
        self.known.insert(id, handle);
        handle
    }

    fn id(&self, handle: u32) -> Result<SeriesId, String> {
        self.handles
            .get(handle as usize)
            .copied()
            .flatten()
            .ok_or_else(|| format!("{handle} is no handle of a registered series"))
    }

    pub(crate) fn retire(&mut self, handles: &[u32]) -> Result<(), String> {
        let ids = handles.iter().map(|handle| self.id(*handle)).collect::<Result<Vec<_>, _>>()?;
        for (handle, id) in handles.iter().zip(ids) {
            self.handles[*handle as usize] = None;
            self.known.remove(&id);
            self.retired.push(id);
        }
        Ok(())
    }

    /// A collection of `at` begins.
    pub(crate) fn collecting(&mut self, at: Timestamp) {
        (self.before, self.at) = (self.at, at);
    }

    pub(crate) fn columns(&mut self, handles: &[u32], values: &[f64]) -> Result<(), String> {
        let found = self.checked(handles, values)?;
        self.columns.extend(found);
        Ok(())
    }

    /// Columns of a moment after the collection before and not after the running one.
    pub(crate) fn columns_at(&mut self, at: u64, handles: &[u32], values: &[f64]) -> Result<(), String> {
        let at = Timestamp(i64::try_from(at).unwrap_or(i64::MAX));
        if at == self.at {
            return self.columns(handles, values);
        }
        if at > self.at || at <= self.before {
            return Err(format!(
                "{at} does not lie between this collection ({}) and the one before ({})",
                self.at, self.before
            ));
        }
        let found = self.checked(handles, values)?;
        self.earlier.entry(at).or_default().extend(found);
        Ok(())
    }

    fn checked(&self, handles: &[u32], values: &[f64]) -> Result<Vec<(SeriesId, f64)>, String> {
        if handles.len() != values.len() {
            return Err(format!("{} handles and {} values", handles.len(), values.len()));
        }
        let so_far = self.columns.len() + self.earlier.values().map(Vec::len).sum::<usize>();
        if so_far + values.len() > self.most_series * 2 {
            return Err(format!("more than {} samples in one collection", self.most_series * 2));
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
