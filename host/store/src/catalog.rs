//! Which series there are: number, name and labels, family. In memory whole; the writer makes it durable.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use autobot_model::{Family, Matcher, SeriesId, SeriesKey};
use parking_lot::RwLock;

/// All series and families of one data folder.
#[derive(Debug, Default)]
pub(crate) struct Catalog(RwLock<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_key: HashMap<Arc<SeriesKey>, SeriesId>,
    by_id: HashMap<SeriesId, Arc<SeriesKey>>,
    by_name: HashMap<Arc<str>, Vec<SeriesId>>,
    families: BTreeMap<String, Arc<Family>>,
    next: u32,
    /// Not yet in the database.
    fresh: Vec<SeriesId>,
    fresh_families: Vec<Arc<Family>>,
}

/// What the writer has to make durable before samples that name it.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    pub(crate) series: Vec<(SeriesId, Arc<SeriesKey>)>,
    pub(crate) families: Vec<Arc<Family>>,
}

impl Catalog {
    /// Lays down what the database holds.
    pub(crate) fn load(
        series: impl IntoIterator<Item = (SeriesId, SeriesKey)>,
        families: impl IntoIterator<Item = Family>,
    ) -> Self {
        let mut inner = Inner::default();
        for (id, key) in series {
            inner.next = inner.next.max(id.0 + 1);
            inner.insert(id, Arc::new(key));
        }
        inner.families = families.into_iter().map(|family| (family.name.clone(), Arc::new(family))).collect();
        Self(RwLock::new(inner))
    }

    pub(crate) fn register(&self, key: SeriesKey, family: &Arc<Family>) -> SeriesId {
        if let Some(known) = self.0.read().by_key.get(&key) {
            return *known;
        }
        let mut inner = self.0.write();
        if let Some(known) = inner.by_key.get(&key) {
            return *known;
        }
        if inner.families.get(&family.name).is_none_or(|known| known != family) {
            inner.families.insert(family.name.clone(), family.clone());
            inner.fresh_families.push(family.clone());
        }
        let id = SeriesId(inner.next);
        inner.next += 1;
        inner.insert(id, Arc::new(key));
        inner.fresh.push(id);
        id
    }

    pub(crate) fn find(&self, key: &SeriesKey) -> Option<SeriesId> {
        self.0.read().by_key.get(key).copied()
    }

    pub(crate) fn resolve(&self, id: SeriesId) -> Option<Arc<SeriesKey>> {
        self.0.read().by_id.get(&id).cloned()
    }

    /// The series that all matchers select.
    pub(crate) fn select(&self, matchers: &[Matcher]) -> BTreeMap<SeriesId, Arc<SeriesKey>> {
        let inner = self.0.read();
        let keep = |id: &SeriesId| {
            let key = inner.by_id.get(id)?;
            matchers.iter().all(|matcher| matcher.selects(key)).then(|| (*id, key.clone()))
        };
        match matchers.iter().find_map(Matcher::metric_name) {
            Some(name) => inner.by_name.get(name).into_iter().flatten().filter_map(keep).collect(),
            None => inner.by_id.keys().filter_map(keep).collect(),
        }
    }

    pub(crate) fn families(&self) -> Vec<Arc<Family>> {
        self.0.read().families.values().cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.read().by_id.len()
    }

    /// Takes what is not durable yet. What could not be written is given back by [`Catalog::put_back`].
    pub(crate) fn take_fresh(&self) -> Fresh {
        let mut inner = self.0.write();
        let ids = std::mem::take(&mut inner.fresh);
        let series = ids.into_iter().filter_map(|id| Some((id, inner.by_id.get(&id)?.clone()))).collect();
        Fresh { series, families: std::mem::take(&mut inner.fresh_families) }
    }

    pub(crate) fn put_back(&self, fresh: Fresh) {
        let mut inner = self.0.write();
        inner.fresh.splice(0..0, fresh.series.into_iter().map(|(id, _)| id));
        inner.fresh_families.splice(0..0, fresh.families);
    }
}

impl Inner {
    fn insert(&mut self, id: SeriesId, key: Arc<SeriesKey>) {
        self.by_name.entry(key.name.clone()).or_default().push(id);
        self.by_id.insert(id, key.clone());
        self.by_key.insert(key, id);
    }
}
