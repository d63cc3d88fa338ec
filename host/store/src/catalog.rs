//! Which series there are: number, name and labels, family, and the group that its chunks are in. In memory whole; the writer
//! makes it durable.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use autobot_model::{Family, Matcher, SeriesId, SeriesKey};
use parking_lot::RwLock;

/// Series of one group: more compress a little better, but a query of one series passes over all of them.
pub(crate) const GROUP: usize = 128;

/// The number of a group: the series whose columns are in the same chunks. A series stays in its group for good, so that a reader
/// knows where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GroupId(pub(crate) u32);

/// All series and families of one data folder.
#[derive(Debug, Default)]
pub(crate) struct Catalog(RwLock<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_key: HashMap<Arc<SeriesKey>, SeriesId>,
    by_id: HashMap<SeriesId, Known>,
    by_name: BTreeMap<Arc<str>, Vec<SeriesId>>,
    families: BTreeMap<String, Arc<Family>>,
    members: HashMap<GroupId, usize>,
    next: u32,
    next_group: u32,
    /// Not yet in the database.
    fresh: Vec<SeriesId>,
    fresh_families: Vec<Arc<Family>>,
    /// In a group, which the database does not know yet.
    moved: HashMap<GroupId, Vec<SeriesId>>,
}

#[derive(Debug)]
struct Known {
    key: Arc<SeriesKey>,
    group: Option<GroupId>,
    /// The day since the epoch on which it was last known to have samples.
    seen: i64,
    /// Registered since the start: somebody may hold its number, and use it any time.
    held: bool,
}

/// A series as the database holds it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) id: SeriesId,
    pub(crate) key: SeriesKey,
    pub(crate) group: Option<GroupId>,
    pub(crate) seen: i64,
}

/// What the writer has to make durable before samples that name it.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    pub(crate) series: Vec<(SeriesId, Arc<SeriesKey>)>,
    pub(crate) families: Vec<Arc<Family>>,
}

/// Series that a query selects, by group; those that are in none yet are only in the window.
pub(crate) type Selected = BTreeMap<SeriesId, Arc<SeriesKey>>;

impl Catalog {
    /// Lays down what the database holds.
    pub(crate) fn load(series: impl IntoIterator<Item = Kept>, families: impl IntoIterator<Item = Family>) -> Self {
        let mut inner = Inner::default();
        for Kept { id, key, group, seen } in series {
            inner.next = inner.next.max(id.0.saturating_add(1));
            inner.insert(id, Known { key: Arc::new(key), group, seen, held: false });
            if let Some(group) = group {
                *inner.members.entry(group).or_default() += 1;
                inner.next_group = inner.next_group.max(group.0.saturating_add(1));
            }
        }
        inner.families = families.into_iter().map(|family| (family.name.clone(), Arc::new(family))).collect();
        Self(RwLock::new(inner))
    }

    pub(crate) fn register(&self, key: SeriesKey, family: &Arc<Family>) -> SeriesId {
        {
            let inner = self.0.read();
            let id = inner.by_key.get(&key).copied();
            if let Some(id) = id.filter(|id| inner.by_id.get(id).is_some_and(|known| known.held)) {
                return id;
            }
        }
        let mut inner = self.0.write();
        if let Some(id) = inner.by_key.get(&key).copied() {
            if let Some(known) = inner.by_id.get_mut(&id) {
                known.held = true;
            }
            return id;
        }
        if inner.families.get(&family.name).is_none_or(|known| known != family) {
            inner.families.insert(family.name.clone(), family.clone());
            inner.fresh_families.push(family.clone());
        }
        let id = SeriesId(inner.next);
        inner.next += 1;
        inner.insert(id, Known { key: Arc::new(key), group: None, seen: 0, held: true });
        inner.fresh.push(id);
        id
    }

    pub(crate) fn find(&self, key: &SeriesKey) -> Option<SeriesId> {
        self.0.read().by_key.get(key).copied()
    }

    pub(crate) fn resolve(&self, id: SeriesId) -> Option<Arc<SeriesKey>> {
        self.0.read().by_id.get(&id).map(|known| known.key.clone())
    }

    /// The series that all matchers select.
    pub(crate) fn select(&self, matchers: &[Matcher]) -> Selected {
        let inner = self.0.read();
        // Names are few and series are many: conditions on the name are judged once per name.
        let (of_name, of_labels): (Vec<_>, Vec<_>) = matchers.iter().partition(|matcher| matcher.label == "__name__");
        let keep = |id: &SeriesId| {
            let key = &inner.by_id.get(id)?.key;
            of_labels.iter().all(|matcher| matcher.selects(key)).then(|| (*id, key.clone()))
        };
        match of_name.iter().find_map(|matcher| matcher.metric_name()) {
            Some(name) if of_name.iter().all(|matcher| matcher.accepts(name)) => {
                inner.by_name.get(name).into_iter().flatten().filter_map(keep).collect()
            }
            Some(_) => Selected::new(),
            None => {
                let names =
                    inner.by_name.iter().filter(|(name, _)| of_name.iter().all(|matcher| matcher.accepts(name)));
                names.flat_map(|(_, ids)| ids).filter_map(keep).collect()
            }
        }
    }

    /// The selected series that are in a group, by group.
    pub(crate) fn grouped(&self, selected: &Selected) -> BTreeMap<GroupId, Vec<SeriesId>> {
        let inner = self.0.read();
        let mut groups: BTreeMap<GroupId, Vec<SeriesId>> = BTreeMap::new();
        for id in selected.keys() {
            if let Some(group) = inner.by_id.get(id).and_then(|known| known.group) {
                groups.entry(group).or_default().push(*id);
            }
        }
        groups
    }

    /// The groups of series that one instance measures; those that have none yet are put into one.
    pub(crate) fn settle(&self, ids: &BTreeSet<SeriesId>) -> BTreeMap<GroupId, Vec<SeriesId>> {
        let mut inner = self.0.write();
        let mut groups: BTreeMap<GroupId, Vec<SeriesId>> = BTreeMap::new();
        let mut homeless = Vec::new();
        for id in ids {
            match inner.by_id.get(id).map(|known| known.group) {
                Some(Some(group)) => groups.entry(group).or_default().push(*id),
                Some(None) => homeless.push(*id),
                // Forgotten meanwhile: a series without a name is of no use to anybody.
                None => {}
            }
        }
        let room =
            |inner: &Inner, group: &GroupId| GROUP.saturating_sub(inner.members.get(group).copied().unwrap_or(0));
        let mut open: Vec<(GroupId, usize)> = groups.keys().map(|group| (*group, room(&inner, group))).collect();
        let left = homeless.len().saturating_sub(open.iter().map(|(_, room)| room).sum());
        // New groups of one size: a small one costs as much to find as a large one.
        let new = left.div_ceil(GROUP);
        for _ in 0..new {
            open.push((GroupId(inner.next_group), left.div_ceil(new)));
            inner.next_group += 1;
        }
        let homes = open.into_iter().flat_map(|(group, room)| std::iter::repeat_n(group, room));
        for (id, group) in homeless.into_iter().zip(homes) {
            *inner.members.entry(group).or_default() += 1;
            if let Some(known) = inner.by_id.get_mut(&id) {
                known.group = Some(group);
            }
            groups.entry(group).or_default().push(id);
            inner.moved.entry(group).or_default().push(id);
        }
        groups.values_mut().for_each(|ids| ids.sort_unstable());
        groups
    }

    /// Takes the series of a group of which the database does not know that they are in it. What could not be written is
    /// given back by [`Catalog::move_back`].
    pub(crate) fn take_moved(&self, group: GroupId) -> Vec<SeriesId> {
        self.0.write().moved.remove(&group).unwrap_or_default()
    }

    pub(crate) fn move_back(&self, group: GroupId, ids: Vec<SeriesId>) {
        self.0.write().moved.entry(group).or_default().extend(ids);
    }

    /// Those of some series of which the database does not say yet that they had samples on `day` or later.
    pub(crate) fn unseen_on(&self, ids: &[SeriesId], day: i64) -> Vec<SeriesId> {
        let inner = self.0.read();
        let news = |id: &&SeriesId| inner.by_id.get(*id).is_some_and(|known| known.seen < day);
        ids.iter().filter(news).copied().collect()
    }

    /// Notes that the database says so now.
    pub(crate) fn saw(&self, ids: &[SeriesId], day: i64) {
        let mut inner = self.0.write();
        for id in ids {
            if let Some(known) = inner.by_id.get_mut(id) {
                known.seen = known.seen.max(day);
            }
        }
    }

    /// Series that had no samples since `day`, and that nobody registered since the start; at most `most`.
    pub(crate) fn unseen(&self, day: i64, most: usize) -> Vec<SeriesId> {
        let inner = self.0.read();
        let old = inner.by_id.iter().filter(|(_, known)| !known.held && known.seen < day);
        old.map(|(id, _)| *id).take(most).collect()
    }

    /// Forgets series.
    pub(crate) fn forget(&self, ids: &[SeriesId]) {
        let mut inner = self.0.write();
        for id in ids {
            let Some(known) = inner.by_id.remove(id) else { continue };
            inner.by_key.remove(&known.key);
            let left = inner.by_name.get_mut(&known.key.name).map(|ids| {
                ids.retain(|other| other != id);
                ids.len()
            });
            if left == Some(0) {
                inner.by_name.remove(&known.key.name);
            }
            if let Some(count) = known.group.and_then(|group| inner.members.get_mut(&group)) {
                *count = count.saturating_sub(1);
            }
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
        let series = ids.into_iter().filter_map(|id| Some((id, inner.by_id.get(&id)?.key.clone()))).collect();
        Fresh { series, families: std::mem::take(&mut inner.fresh_families) }
    }

    pub(crate) fn put_back(&self, fresh: Fresh) {
        let mut inner = self.0.write();
        inner.fresh.splice(0..0, fresh.series.into_iter().map(|(id, _)| id));
        inner.fresh_families.splice(0..0, fresh.families);
    }
}

impl Inner {
    fn insert(&mut self, id: SeriesId, known: Known) {
        self.by_name.entry(known.key.name.clone()).or_default().push(id);
        self.by_key.insert(known.key.clone(), id);
        self.by_id.insert(id, known);
    }
}
