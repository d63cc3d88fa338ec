//! One tick of one plugin instance: columns of series and values, shared by everyone who wants them.

use std::sync::Arc;

use crate::{SeriesId, Timestamp};

/// The series of a batch, in the order of its values. Ticks that carry the same series share one layout.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    ids: Box<[SeriesId]>,
    /// Column numbers in the order of their ids, so that a series is found by bisection.
    order: Box<[u32]>,
}

/// Why columns do not make a layout.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("series {} stands twice in one batch", .0.0)]
pub struct LayoutError(pub SeriesId);

impl Layout {
    /// A layout of these columns; a series may stand in it once.
    pub fn new(ids: Vec<SeriesId>) -> Result<Self, LayoutError> {
        let mut order: Vec<u32> = (0..u32::try_from(ids.len()).unwrap_or(u32::MAX)).collect();
        order.sort_unstable_by_key(|&column| ids[column as usize]);
        if let Some(pair) = order.windows(2).find(|pair| ids[pair[0] as usize] == ids[pair[1] as usize]) {
            return Err(LayoutError(ids[pair[0] as usize]));
        }
        Ok(Self { ids: ids.into_boxed_slice(), order: order.into_boxed_slice() })
    }

    /// The series, by column.
    pub fn ids(&self) -> &[SeriesId] {
        &self.ids
    }

    /// The column of `id`.
    pub fn column(&self, id: SeriesId) -> Option<usize> {
        let at = self.order.binary_search_by_key(&id, |&column| self.ids[column as usize]).ok()?;
        Some(self.order[at] as usize)
    }
}

/// What one plugin instance measured at one moment. Immutable; passed on as `Arc<Batch>`, never copied.
#[derive(Debug)]
pub struct Batch {
    /// Name of the plugin instance (`system`, `redis`, `host` for the host itself).
    pub instance: Arc<str>,
    /// The moment the values are of. Of one instance, batches follow each other with growing times.
    pub time: Timestamp,
    layout: Arc<Layout>,
    values: Box<[f64]>,
}

impl Batch {
    /// A batch of `values`, one for each column of `layout`; `None` when their numbers differ.
    /// A value may be [`crate::STALE`] (the series ends here) or NaN as measured.
    pub fn new(instance: Arc<str>, time: Timestamp, layout: Arc<Layout>, values: Vec<f64>) -> Option<Self> {
        (layout.ids.len() == values.len()).then(|| Self { instance, time, layout, values: values.into_boxed_slice() })
    }

    /// The layout, to be compared by `Arc::ptr_eq` or searched.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Values by column.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The value of one series, if the batch has it.
    pub fn value(&self, id: SeriesId) -> Option<f64> {
        self.layout.column(id).map(|column| self.values[column])
    }

    /// Series and values, in the order of the columns.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (SeriesId, f64)> + '_ {
        self.layout.ids.iter().copied().zip(self.values.iter().copied())
    }
}

/// Takes every batch as it is made. Must not block: what is slow has a bounded queue behind it.
pub trait BatchSink: Send + Sync {
    /// Takes one batch.
    fn accept(&self, batch: Arc<Batch>);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_found_by_its_number_whatever_the_order_of_columns() {
        let layout = Arc::new(Layout::new([7, 2, 9].map(SeriesId).to_vec()).unwrap());
        let batch = Batch::new("t".into(), Timestamp(1), layout, vec![0.7, 0.2, 0.9]).unwrap();
        assert_eq!(batch.value(SeriesId(2)), Some(0.2));
        assert_eq!(batch.value(SeriesId(9)), Some(0.9));
        assert_eq!(batch.value(SeriesId(1)), None);
    }

    #[test]
    fn columns_of_different_length_and_a_series_twice_are_refused() {
        assert_eq!(Layout::new(vec![SeriesId(3), SeriesId(3)]), Err(LayoutError(SeriesId(3))));
        let layout = Arc::new(Layout::new(vec![SeriesId(3)]).unwrap());
        assert!(Batch::new("t".into(), Timestamp(1), layout, vec![]).is_none());
    }
}
