//! The shared words: ids, actors, the run tree and its relations, verbs, time, digests, texts,
//! records. Every plane speaks them; they know nobody.
