//! The texts of posts, a bounded number at a time.

use std::collections::{HashMap, HashSet};

use arrow::array::AsArray as _;
use datafusion::execution::context::SessionContext;
use datafusion::prelude::{col, lit};
use futures::StreamExt as _;

use super::compare::Text;
use super::post::Post;
use crate::error::WarehouseError;
use crate::schema::Table;

/// Texts held at once. A text and what is worked out of it take about 60 KB.
const AT_ONCE: usize = 2_048;

/// Cuts a sorted list of pairs into pieces that need few enough texts.
pub fn chunks(pairs: &[(u32, u32)]) -> Vec<&[(u32, u32)]> {
    let (mut chunks, mut start) = (Vec::new(), 0);
    let mut wanted = HashSet::new();
    for (place, (one, other)) in pairs.iter().enumerate() {
        if wanted.len() + 2 > AT_ONCE {
            chunks.push(&pairs[start..place]);
            start = place;
            wanted.clear();
        }
        wanted.extend([*one, *other]);
    }
    if start < pairs.len() {
        chunks.push(&pairs[start..]);
    }
    chunks
}

/// The texts that some pairs need, by the place of their post.
pub async fn fetch(
    context: &SessionContext,
    year: i32,
    posts: &[Post],
    pairs: &[(u32, u32)],
) -> Result<HashMap<u32, Text>, WarehouseError> {
    let places: HashSet<u32> = pairs.iter().flat_map(|(one, other)| [*one, *other]).collect();
    let by_id: HashMap<&str, u32> = places.iter().map(|place| (posts[*place as usize].id.as_str(), *place)).collect();
    let ids = by_id.keys().map(|id| lit(*id)).collect();
    let rows = context
        .table(Table::Texts.name())
        .await?
        .filter(col("report_year").eq(lit(year)).and(col("document_id").in_list(ids, false)))?
        .select_columns(&["document_id", "revision", "body"])?;
    let mut texts = HashMap::new();
    let mut batches = rows.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        let [ids, revisions, bodies] = [0, 1, 2].map(|column| batch.column(column).as_string::<i32>());
        for row in 0..batch.num_rows() {
            // Older revisions stay in the table for a while.
            let place =
                by_id.get(ids.value(row)).filter(|place| posts[**place as usize].revision == revisions.value(row));
            if let Some(place) = place {
                texts.insert(*place, Text::new(bodies.value(row)));
            }
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_all_pairs_in_order_and_few_texts_each() {
        let pairs: Vec<(u32, u32)> = (0..5_000).flat_map(|one| [(one, one + 1), (one, one + 2)]).collect();
        let chunks = chunks(&pairs);
        assert_eq!(chunks.concat(), pairs);
        assert!(chunks.len() >= 3);
        for chunk in chunks {
            let texts: HashSet<u32> = chunk.iter().flat_map(|(one, other)| [*one, *other]).collect();
            assert!(texts.len() <= AT_ONCE);
        }
    }
}
