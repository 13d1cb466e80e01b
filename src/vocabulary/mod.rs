//! Vocabulary files: the exact words of a subject.
