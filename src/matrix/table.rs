//! The table as text, for a terminal.

use super::grid::{Column, Grid};

/// As many revisions have their names written from left to right; more have them from top to bottom, so that the
/// whole history of a pull request fits beside the names of the scenarios.
const SIDE_BY_SIDE: usize = 6;

/// A line for each scenario, a column for each revision; with `expect` what nobody expected is marked.
pub fn table(grid: &Grid, expect: bool) -> String {
    let names = grid.cases.iter().map(|case| case.name.chars().count());
    let side_by_side = grid.columns.len() <= SIDE_BY_SIDE;
    let width = names.max().unwrap_or(0) + usize::from(!side_by_side);
    let cell = if side_by_side { 7 } else { 2 };
    let mut lines = if side_by_side {
        let names: String = grid
            .columns
            .iter()
            .map(|column| format!("  {:cell$}", column.name))
            .collect();
        vec![format!("{:width$}{names}", "")]
    } else {
        upright(&grid.columns, width)
    };
    let gap = if side_by_side { "  " } else { " " };
    for (index, case) in grid.cases.iter().enumerate() {
        let cells: String = grid
            .row(index)
            .map(|(_, here)| format!("{gap}{:cell$}", here.mark(expect)))
            .collect();
        lines.push(format!("{:width$}{cells}", case.name));
    }
    lines
        .iter()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// The names of the revisions from top to bottom, each above its column.
fn upright(columns: &[Column], width: usize) -> Vec<String> {
    let names: Vec<Vec<char>> = columns
        .iter()
        .map(|column| column.name.chars().collect())
        .collect();
    let height = names.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|line| {
            let letters: String = names
                .iter()
                .map(|name| {
                    let above = height - name.len();
                    let letter = line.checked_sub(above).and_then(|at| name.get(at));
                    format!(" {:2}", letter.copied().unwrap_or(' '))
                })
                .collect();
            format!("{:width$}{letters}", "")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::{grid, wide};
    use super::*;
    use crate::run::Verdict;

    #[test]
    fn what_nobody_expected_is_marked() {
        let grid = grid([
            Verdict::KnownBad,
            Verdict::Passed,
            Verdict::Failed,
            Verdict::Mended,
        ]);
        assert_eq!(
            table(&grid, true),
            "            a        b\nreview/f01  R        .\nreview/f02  R!       G!\n"
        );
        assert_eq!(
            table(&grid, false).lines().last(),
            Some("review/f02  R        .")
        );
    }

    #[test]
    fn many_revisions_have_their_names_from_top_to_bottom() {
        let grid = wide(&["6f6", "a7a", "b1", "c2", "d3", "e4", "f5"]);
        assert_eq!(
            table(&grid, true),
            "            6  a\n            f  7  b  c  d  e  f\n            6  a  1  2  3  4  5\nreview/f01  R  .  .  .  .  .  .\n"
        );
    }
}
