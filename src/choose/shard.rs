//! One part of a library, so that several machines share the work.

use std::str::FromStr;

/// The part `index` of `count`, written `2/5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// Whether the scenario at this place of the sorted list belongs to this part. Neighbours go to different parts,
    /// since they tend to take equally long.
    pub fn has(self, place: usize) -> bool {
        place % self.count == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text
            .split_once('/')
            .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if index >= 1 && index <= count => Ok(Shard { index, count }),
            Some((index, count)) => Err(format!(
                "there is no part {index} of {count}; parts count from 1"
            )),
            None => Err("write PART/COUNT, for example 2/5".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("0/3")]
    #[case("4/3")]
    #[case("x")]
    #[case("1/0")]
    fn a_part_that_does_not_exist_is_refused(#[case] text: &str) {
        assert!(text.parse::<Shard>().is_err());
    }

    #[test]
    fn every_scenario_is_in_exactly_one_part() {
        let shards: Vec<Shard> = (1..=3)
            .map(|index| format!("{index}/3").parse().unwrap())
            .collect();
        for place in 0..20 {
            assert_eq!(shards.iter().filter(|shard| shard.has(place)).count(), 1);
        }
    }
}
