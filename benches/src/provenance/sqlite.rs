//! The walk as a recursive query of SQLite.

use loom_core::model::Timestamp;
use rusqlite::Connection;

use super::history::History;
use crate::Outcome;

/// The graph as tables, in memory.
pub(super) struct Sqlite(Connection);

impl Sqlite {
    pub(super) fn of(history: &History) -> Outcome<Sqlite> {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE node (id INTEGER PRIMARY KEY, at INTEGER);
             CREATE TABLE edge (source INTEGER, target INTEGER, windowed INTEGER);
             CREATE TEMP TABLE begin (id INTEGER PRIMARY KEY);",
        )?;
        let transaction = connection.transaction()?;
        {
            let mut node = transaction.prepare("INSERT INTO node VALUES (?, ?)")?;
            for (number, at) in history.times.iter().enumerate() {
                node.execute((number as i64, at))?;
            }
            let mut edge = transaction.prepare("INSERT INTO edge VALUES (?, ?, ?)")?;
            for (from, to, windowed) in &history.edges {
                edge.execute((from, to, windowed))?;
            }
        }
        transaction
            .execute_batch("CREATE INDEX by_source ON edge (source, target, windowed); ANALYZE;")?;
        transaction.commit()?;
        Ok(Sqlite(connection))
    }

    pub(super) fn walk(&self, begin: &[u32], since: Timestamp) -> Outcome<Vec<u32>> {
        self.0.execute("DELETE FROM begin", [])?;
        let mut insert = self
            .0
            .prepare_cached("INSERT OR IGNORE INTO begin VALUES (?)")?;
        for node in begin {
            insert.execute([node])?;
        }
        let mut walk = self.0.prepare_cached(
            "WITH RECURSIVE chain(id) AS (
                 SELECT id FROM begin
                 UNION
                 SELECT edge.target FROM chain
                     JOIN edge ON edge.source = chain.id
                     JOIN node ON node.id = edge.target
                     WHERE edge.windowed = 0 OR node.at >= ?)
             SELECT id FROM chain",
        )?;
        let found = walk.query_map([since.as_ms()], |row| row.get(0))?;
        Ok(found.collect::<Result<Vec<u32>, _>>()?)
    }
}
