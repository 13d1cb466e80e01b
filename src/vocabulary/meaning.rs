//! What the names mean that several vocabularies share.

use super::Told;

/// Shared names with what their texts make the main thread believe. An entry's own `told:` comes
/// before this; a name that settles nothing about a run stands in no row.
const MEANINGS: [(&str, Told); 17] = [
    ("complete", Told::Done),
    ("finished", Told::Done),
    ("neutral", Told::Unknown),
    ("failure", Told::Failed),
    ("cancelled", Told::Failed),
    ("cancelled-before-launch", Told::Failed),
    ("failed-before-launch", Told::Failed),
    ("launch-failed", Told::Failed),
    ("worker-exited", Told::Failed),
    ("worker-signalled", Told::Failed),
    ("watcher", Told::Running),
    ("bash-background", Told::Running),
    ("bash-background-no-path", Told::Running),
    ("dispatched", Told::Running),
    ("dispatched-stdout", Told::Running),
    ("still-active", Told::Running),
    ("task-still-running", Told::Running),
];

/// What a shared name means.
pub(super) fn meaning(name: &str) -> Option<Told> {
    MEANINGS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, told)| *told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_embedded_vocabulary_gives_a_shared_name_another_meaning() {
        for vocabulary in crate::vocabulary::embedded().unwrap() {
            for (name, entry) in vocabulary.entries() {
                if let Some(told) = meaning(name) {
                    assert_eq!(entry.told, Some(told), "{} {name}", vocabulary.subject());
                }
            }
        }
    }
}
