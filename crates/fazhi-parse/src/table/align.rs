//! Which columns the cells of a short row stand in. Merged cells are written once, in their first row, and empty cells at
//! the end of a row are not written at all: what the cells hold tells where they belong.

use super::column::Kind;

/// What a cell looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Blank,
    Words,
    Unit,
    Number,
    Serial,
    Remark,
}

/// The column of each cell, in order: those that suit the cells best, and of these the ones that pass over no column between
/// two cells, the leftmost first. More cells than columns stand where they stand.
pub(super) fn align(cells: &[Shape], columns: &[Kind]) -> Vec<usize> {
    if cells.len() >= columns.len() {
        return (0..cells.len()).collect();
    }
    let slack = columns.len() - cells.len();
    // best[i][s]: how well the cells from the i-th on fit if s columns were passed over before it.
    let mut best = vec![vec![0_i64; slack + 1]; cells.len() + 1];
    for (i, cell) in cells.iter().enumerate().rev() {
        for skipped in (0..=slack).rev() {
            let here = fit(*cell, columns[i + skipped]) + best[i + 1][skipped];
            let later = best[i].get(skipped + 1).map_or(i64::MIN, |later| later - gap(i));
            best[i][skipped] = here.max(later);
        }
    }
    let mut skipped = 0;
    let mut found = Vec::with_capacity(cells.len());
    for (i, cell) in cells.iter().enumerate() {
        while skipped < slack && fit(*cell, columns[i + skipped]) + best[i + 1][skipped] < best[i][skipped] {
            skipped += 1;
        }
        found.push(i + skipped);
    }
    found
}

/// A column passed over between two cells is a merged one; at either end there may be several.
fn gap(cell: usize) -> i64 {
    i64::from(cell > 0)
}

fn fit(cell: Shape, column: Kind) -> i64 {
    let fits = match (cell, column) {
        (Shape::Number, Kind::Number) | (Shape::Unit, Kind::Unit) | (Shape::Serial, Kind::Serial) => 8,
        (Shape::Words, Kind::Label) | (Shape::Remark, Kind::Remark) => 6,
        (Shape::Number, Kind::Serial) => 5,
        (Shape::Words, Kind::Remark) => 4,
        (Shape::Words, Kind::Number) | (Shape::Unit, Kind::Label) => 2,
        (Shape::Blank, _) => 1,
        _ => 0,
    };
    // Whatever is passed over, one cell in its place is worth more.
    fits * 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cells: &str, columns: &str, expected: &[usize]) {
        let shape = |c| match c {
            't' => Shape::Words,
            'u' => Shape::Unit,
            'n' => Shape::Number,
            _ => Shape::Blank,
        };
        let kind = |c| match c {
            't' => Kind::Label,
            'u' => Kind::Unit,
            'n' => Kind::Number,
            'r' => Kind::Remark,
            _ => Kind::Serial,
        };
        let (cells, columns): (Vec<Shape>, Vec<Kind>) =
            (cells.chars().map(shape).collect(), columns.chars().map(kind).collect());
        assert_eq!(align(&cells, &columns), expected);
    }

    #[test]
    fn cells_stand_where_they_fit() {
        check("ttun", "ttun", &[0, 1, 2, 3]);
        // The first cell is merged with the one above.
        check("tun", "ttun", &[1, 2, 3]);
        // The unit is merged with the one above.
        check("tn", "tun", &[0, 2]);
        // The remark is empty.
        check("tn", "tnr", &[0, 1]);
        check("ntn", "stnnr", &[0, 1, 2]);
        check("n", "tn", &[1]);
        check("tntn", "tn", &[0, 1, 2, 3]);
    }
}
