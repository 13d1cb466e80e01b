//! One part of a library, so that several machines share the work.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The part `index` of `count`, written `2/5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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

    /// All parts of the whole that this is one of.
    pub fn siblings(self) -> impl Iterator<Item = Shard> {
        let count = self.count;
        (1..=count).map(move |index| Shard { index, count })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index, self.count)
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Shard, String> {
        text.parse()
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
