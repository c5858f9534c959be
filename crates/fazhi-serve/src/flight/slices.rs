//! Batches, cut into pieces of a size that clients take. What is repeated in a batch by number (dictionaries) is sent in full, and
//! counts as such.

use arrow::array::{Array, ArrayRef, AsArray as _};
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;

use crate::error::{Failure, QueryError};

/// Bytes of rows that one message should not exceed.
const MESSAGE: usize = 1 << 20;
/// Bytes of one row that a message can hold, with room for its header.
const ROW: usize = super::SENT - (64 << 10);

/// A batch, cut into pieces for one message each. They are encoded one by one, as the client reads them.
#[derive(Default)]
pub struct Slices {
    batch: Option<RecordBatch>,
    from: usize,
    rows: usize,
}

impl Slices {
    /// The pieces of a batch.
    pub fn of(batch: RecordBatch) -> Self {
        let whole = batch.num_rows().saturating_mul(MESSAGE);
        let rows = whole.checked_div(size(&batch)).unwrap_or(usize::MAX).max(1);
        Self { batch: Some(batch), from: 0, rows }
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// Fails for a row that no message holds.
    pub fn next(&mut self) -> Result<Option<RecordBatch>, QueryError> {
        let Some(batch) = &self.batch else { return Ok(None) };
        let left = batch.num_rows() - self.from;
        if left == 0 {
            self.batch = None;
            return Ok(None);
        }
        let mut slice = batch.slice(self.from, self.rows.min(left));
        // Rows differ in size: an average says nothing of a single one.
        while slice.num_rows() > 1 && size(&slice) > 2 * MESSAGE {
            slice = slice.slice(0, slice.num_rows() / 2);
        }
        self.from += slice.num_rows();
        let bytes = size(&slice);
        if slice.num_rows() == 1 && bytes > ROW {
            let message = format!("a row has {bytes} bytes, more than the {ROW} that one message holds");
            return Err(
                QueryError::new(Failure::TooLarge, message).hinted("ask for fewer columns, or for parts of texts")
            );
        }
        Ok(Some(slice))
    }
}

/// Bytes of the rows of a batch as they are sent, not of the buffers that they are a part of.
fn size(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| sent(column.as_ref())).fold(0, usize::saturating_add)
}

fn sent(array: &dyn Array) -> usize {
    if !has_dictionary(array.data_type()) {
        return array.to_data().get_slice_memory_size().unwrap_or_else(|_| array.get_buffer_memory_size());
    }
    if let Some(dictionary) = array.as_any_dictionary_opt() {
        let values = dictionary.values();
        let of_values: Vec<_> = (0..values.len()).map(|nth| sent(values.slice(nth, 1).as_ref())).collect();
        let keys = dictionary.normalized_keys();
        let rows = keys.iter().enumerate().filter(|(row, _)| dictionary.is_valid(*row));
        let bytes = rows.filter_map(|(_, key)| of_values.get(*key));
        return bytes.fold(0, |sum: usize, bytes| sum.saturating_add(*bytes));
    }
    parts(array).iter().map(|part| sent(part.as_ref())).fold(8 * array.len(), usize::saturating_add)
}

fn has_dictionary(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(..) => true,
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => has_dictionary(field.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_dictionary(field.data_type())),
        _ => false,
    }
}

/// What the rows of a nested column are made of.
fn parts(array: &dyn Array) -> Vec<ArrayRef> {
    if let Some(record) = array.as_struct_opt() {
        return record.columns().to_vec();
    }
    let within = |values: ArrayRef, from: Option<usize>, to: Option<usize>| match (from, to) {
        (Some(from), Some(to)) => vec![values.slice(from, to - from)],
        _ => Vec::new(),
    };
    if let Some(list) = array.as_list_opt::<i32>() {
        let offset = |at: Option<&i32>| at.and_then(|at| usize::try_from(*at).ok());
        let offsets = list.offsets();
        return within(list.values().clone(), offset(offsets.first()), offset(offsets.last()));
    }
    if let Some(list) = array.as_list_opt::<i64>() {
        let offset = |at: Option<&i64>| at.and_then(|at| usize::try_from(*at).ok());
        let offsets = list.offsets();
        return within(list.values().clone(), offset(offsets.first()), offset(offsets.last()));
    }
    if let Some(map) = array.as_map_opt() {
        let offset = |at: Option<&i32>| at.and_then(|at| usize::try_from(*at).ok());
        let offsets = map.offsets();
        let entries: ArrayRef = std::sync::Arc::new(map.entries().clone());
        return within(entries, offset(offsets.first()), offset(offsets.last()));
    }
    array.as_fixed_size_list_opt().map_or_else(Vec::new, |list| vec![list.values().clone()])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{DictionaryArray, Int32Array, ListArray, StringArray};
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::{Field, Int32Type};

    use super::*;

    fn batch(lengths: &[usize]) -> RecordBatch {
        let texts = StringArray::from_iter_values(lengths.iter().map(|length| "x".repeat(*length)));
        RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)]).unwrap()
    }

    fn cut(batch: RecordBatch) -> Vec<RecordBatch> {
        let mut slices = Slices::of(batch);
        std::iter::from_fn(|| slices.next().unwrap()).collect()
    }

    #[test]
    fn batches_are_cut_by_what_they_hold() {
        assert_eq!(cut(batch(&[10; 1_000])).len(), 1);
        let mut uneven = vec![10; 2_000];
        uneven[0] = 5 << 20;
        uneven[1_999] = 5 << 20;
        let slices = cut(batch(&uneven));
        assert_eq!(slices.iter().map(RecordBatch::num_rows).sum::<usize>(), 2_000);
        assert!(slices.iter().all(|slice| slice.num_rows() == 1 || size(slice) <= 2 * MESSAGE));
        assert!(slices.len() < 30, "{}", slices.len());
    }

    #[test]
    fn a_part_of_a_large_batch_counts_as_the_part() {
        let part = batch(&vec![1_000; 50_000]).slice(10, 500);
        assert_eq!(cut(part).len(), 1);
    }

    #[test]
    fn a_row_that_no_message_holds_is_an_error() {
        let mut slices = Slices::of(batch(&[10, 17 << 20]));
        assert_eq!(slices.next().unwrap().unwrap().num_rows(), 1);
        assert_eq!(slices.next().unwrap_err().failure, Failure::TooLarge);
    }

    /// A value of half a megabyte, a small one, and a null, again and again.
    fn repeated(rows: usize) -> DictionaryArray<Int32Type> {
        let values = StringArray::from_iter_values(["x".repeat(512 << 10), "y".to_owned()]);
        let keys: Int32Array = [Some(0), Some(1), None].into_iter().cycle().take(rows).collect();
        DictionaryArray::new(keys, Arc::new(values))
    }

    #[test]
    fn what_is_repeated_counts_each_time() {
        let column: ArrayRef = Arc::new(repeated(300));
        let slices = cut(RecordBatch::try_from_iter([("text", Arc::clone(&column))]).unwrap());
        assert_eq!(slices.iter().map(RecordBatch::num_rows).sum::<usize>(), 300);
        assert!(slices.len() > 25, "{}", slices.len());

        let field = Arc::new(Field::new("item", column.data_type().clone(), true));
        let lists = ListArray::new(field, OffsetBuffer::from_lengths([3; 100]), column, None);
        let slices = cut(RecordBatch::try_from_iter([("texts", Arc::new(lists) as ArrayRef)]).unwrap());
        assert_eq!(slices.iter().map(RecordBatch::num_rows).sum::<usize>(), 100);
        assert!(slices.len() > 25, "{}", slices.len());
    }
}
