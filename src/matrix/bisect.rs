//! The search for the revision that changed a scenario's colour.

use super::grid::Colour;

/// What a search found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// The colour changed with the revision at this place.
    Found(usize),
    /// The first or the last revision (its place is given) has not the colour that it was said to have.
    Contradicts(usize, Colour),
    /// The revision at this place could not be judged.
    Unjudged(usize, Colour),
}

/// Which way the colour changes from old to new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// From green to red: the first bad revision is looked for.
    Breaks,
    /// From red to green: the first good revision is looked for.
    Mends,
}

/// Halves `count` revisions, oldest first, until the one is left with which the colour changed. `judge` is asked for
/// the colour at a place; the ends are asked first.
///
/// # Errors
/// What `judge` gives.
pub fn search<E>(
    count: usize,
    change: Change,
    mut judge: impl FnMut(usize) -> Result<Colour, E>,
) -> Result<Search, E> {
    let (before, after) = match change {
        Change::Breaks => (Colour::Green, Colour::Red),
        Change::Mends => (Colour::Red, Colour::Green),
    };
    let last = count.saturating_sub(1);
    for (place, wanted) in [(0, before), (last, after)] {
        let colour = judge(place)?;
        if colour != wanted {
            return Ok(Search::Contradicts(place, colour));
        }
    }
    let (mut old, mut new) = (0, last);
    while new - old > 1 {
        let middle = old + (new - old) / 2;
        match judge(middle)? {
            colour if colour == before => old = middle,
            colour if colour == after => new = middle,
            colour => return Ok(Search::Unjudged(middle, colour)),
        }
    }
    Ok(Search::Found(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(colours: &str, change: Change) -> (Search, usize) {
        let colours: Vec<Colour> = colours
            .chars()
            .map(|letter| match letter {
                'g' => Colour::Green,
                'r' => Colour::Red,
                _ => Colour::Broken,
            })
            .collect();
        let mut asked = 0;
        let found = search(colours.len(), change, |place| {
            asked += 1;
            Ok::<_, std::convert::Infallible>(colours[place])
        });
        (found.unwrap(), asked)
    }

    #[test]
    fn an_end_of_the_wrong_colour_is_said_at_once() {
        assert_eq!(
            find("rrr", Change::Breaks),
            (Search::Contradicts(0, Colour::Red), 1)
        );
        assert_eq!(
            find("ggg", Change::Breaks).0,
            Search::Contradicts(2, Colour::Green)
        );
        assert_eq!(
            find("g", Change::Breaks).0,
            Search::Contradicts(0, Colour::Green)
        );
    }

    #[test]
    fn the_first_bad_and_the_first_good_are_found() {
        assert_eq!(find("gr", Change::Breaks).0, Search::Found(1));
        assert_eq!(find("ggggrrrr", Change::Breaks).0, Search::Found(4));
        assert_eq!(find("rrrrrrrg", Change::Mends).0, Search::Found(7));
        assert!(find(&("g".repeat(500) + &"r".repeat(500)), Change::Breaks).1 <= 12);
    }

    #[test]
    fn a_revision_that_cannot_be_judged_stops_the_search() {
        assert_eq!(
            find("gbr", Change::Breaks).0,
            Search::Unjudged(1, Colour::Broken)
        );
    }
}
