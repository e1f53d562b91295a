//! Rows that only ever grow, in chunks: growing copies nothing and leaves little room unused.

/// Rows of one chunk.
const CHUNK: usize = 1 << 10;

/// Many small rows under dense numbers.
#[derive(Debug, Clone)]
pub(super) struct Rows<T> {
    chunks: Vec<Vec<T>>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Rows { chunks: Vec::new() }
    }
}

impl<T> Rows<T> {
    pub(super) fn len(&self) -> usize {
        match self.chunks.split_last() {
            Some((last, full)) => full.len() * CHUNK + last.len(),
            None => 0,
        }
    }

    /// Adds a row and says its number.
    pub(super) fn push(&mut self, row: T) -> u32 {
        let number = self.len();
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(row),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(row);
                self.chunks.push(chunk);
            }
        }
        // Nobody holds 2^32 rows of any kind: strings run out of their arena first.
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }
}

impl<T> std::ops::Index<u32> for Rows<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        let number = number as usize;
        &self.chunks[number / CHUNK][number % CHUNK]
    }
}

impl<T> std::ops::IndexMut<u32> for Rows<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        let number = number as usize;
        &mut self.chunks[number / CHUNK][number % CHUNK]
    }
}
