//! The plane's state in a snapshot, and its digest.
//!
//! A process that starts cold reads the waits, and where the path index has its pages. What *finds* claims
//! (their slots, ends of leases, whose they are) lies in pages too, and so does each claim.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::index::{Index, IndexFront};
use super::layer::{Holding, Layer, Waiting};
use super::rows::{BoxRow, ClaimRow, EndedRow};
use super::slots::TOKEN_BYTES;
use super::table::ClaimTable;
use super::{Queued, RepoFacts, area};
use crate::error::{Code, Error};
use crate::model::{Branch, Digest, RepoId, Token};
use crate::path::PathRules;
use crate::table::{Key as _, SnapshotReader, SnapshotWriter, Table, json_rows};

json_rows!(ClaimRow, EndedRow, BoxRow);

/// Claims in the pages of a snapshot.
pub(super) struct ColdClaims {
    rows: Table<Token, ClaimRow>,
    slots: Table<Token, u32>,
    /// By slot, each claim that was read; `None` where its page was bad.
    read: Vec<OnceLock<Option<Arc<Holding>>>>,
    rules: Rules,
    fault: OnceLock<Error>,
}

/// The rules of the repositories that claims speak of. They never change once registered.
#[derive(Debug, Default)]
struct Rules(BTreeMap<RepoId, PathRules>);

impl RepoFacts for Rules {
    fn rules(&self, repo: &RepoId) -> Option<PathRules> {
        self.0.get(repo).copied()
    }

    fn default_branch(&self, _: &RepoId) -> Option<Branch> {
        None
    }
}

impl ColdClaims {
    pub(super) fn contains(&self, token: Token) -> bool {
        self.slots.contains(&token)
    }

    pub(super) fn tokens(&self) -> impl Iterator<Item = Token> {
        self.slots.iter().map(|(token, _)| token)
    }

    /// A claim, read at most once; `None`, and a fault, where it cannot be read.
    pub(super) fn get(&self, token: Token) -> Option<&Arc<Holding>> {
        let slot = *self.slots.get(&token)?;
        let holding = self.read.get(slot as usize).and_then(|holding| {
            let holding = holding.get_or_init(|| self.read(token, slot).map(Arc::new));
            holding.as_ref().filter(|it| it.row.claim.token == token)
        });
        if holding.is_none() {
            self.fault
                .get_or_init(|| self.rows.fault().unwrap_or_else(|| corrupt("claims")));
        }
        holding
    }

    fn read(&self, token: Token, slot: u32) -> Option<Holding> {
        let row = self.rows.get(&token)?.into_owned();
        let sets = area::compile(&row.claim.specs, &self.rules).ok()?;
        Some(Holding {
            slot,
            ..Holding::new(row, sets)
        })
    }

    pub(super) fn fault(&self) -> Option<Error> {
        self.fault.get().cloned().or_else(|| self.slots.fault())
    }
}

/// What is read at once, besides the order in which claims ended.
#[derive(Serialize, Deserialize)]
struct Eager {
    waits: Vec<Queued>,
    rules: Vec<(RepoId, PathRules)>,
    held: IndexFront,
}

impl ClaimTable {
    /// Adds the state to a snapshot.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written, `corrupt` where the state was itself thawed and a
    /// page of it is bad.
    pub fn freeze(&self, writer: &mut SnapshotWriter) -> Result<(), Error> {
        let mut rows: Table<Token, ClaimRow> = Table::default();
        let mut slots: Table<Token, u32> = Table::default();
        let mut rules = BTreeMap::new();
        for holding in self.layer.claims() {
            for (spec, set) in holding.area().parts() {
                rules.insert(spec.repo.clone(), set.rules());
            }
            rows.insert(holding.row.claim.token, holding.row.clone());
            slots.insert(holding.row.claim.token, holding.slot);
        }
        let eager = Eager {
            waits: self
                .layer
                .waits()
                .map(|waiting| waiting.row.clone())
                .collect(),
            rules: rules.into_iter().collect(),
            held: self.layer.held().freeze(writer)?,
        };
        writer.value("claims.eager", &eager)?;
        writer.table("claims", &rows)?;
        writer.table("claims.slots", &slots)?;
        writer.table("claims.of_run", self.layer.of_run())?;
        writer.table("claims.ends", self.layer.ends())?;
        writer.table("ended", &self.ended)?;
        let mut order = Vec::new();
        self.ended_order()
            .for_each(|token| token.encode(&mut order));
        writer.bytes("ended.order", &order);
        writer.table("boxes", &self.boxes)
    }

    /// The state that was added to a snapshot, its claims unread.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have it whole.
    pub fn thaw(reader: &SnapshotReader, repos: &dyn RepoFacts) -> Result<ClaimTable, Error> {
        let eager: Eager = reader.value("claims.eager")?;
        let held = Index::thaw(eager.held, reader)?;
        let cold = ColdClaims {
            rows: reader.table("claims")?,
            slots: reader.table("claims.slots")?,
            read: vec![OnceLock::new(); held.slots_len()],
            rules: Rules(eager.rules.into_iter().collect()),
            fault: OnceLock::new(),
        };
        let of_run = reader.table("claims.of_run")?;
        let mut layer = Layer::thawed(cold, held, of_run, reader.table("claims.ends")?);
        for wait in eager.waits {
            let sets = area::compile(&wait.specs, repos).map_err(|_| corrupt("claims.eager"))?;
            layer.insert_wait(Waiting::new(wait, sets));
        }
        let order = reader.bytes("ended.order")?;
        let order = order.chunks(TOKEN_BYTES).map(Token::decode);
        let order = order
            .collect::<Option<_>>()
            .ok_or_else(|| corrupt("ended.order"))?;
        Ok(ClaimTable::thawed(
            layer,
            reader.table("ended")?,
            order,
            reader.table("boxes")?,
        ))
    }

    /// The digest of all rows in canonical order.
    ///
    /// # Errors
    /// `internal` for a row that cannot be written.
    pub fn digest(&self) -> Result<Digest, Error> {
        let mut bytes = Vec::new();
        for row in self.rows() {
            serde_json::to_writer(&mut bytes, &row)
                .map_err(|why| Error::new(Code::Internal, why.to_string()))?;
            bytes.push(b'\n');
        }
        Ok(Digest::of(&[&bytes]))
    }

    /// A bad page that a look-up met, if one did.
    pub fn fault(&self) -> Option<Error> {
        self.layer
            .fault()
            .or_else(|| self.ended.fault())
            .or_else(|| self.boxes.fault())
            .or_else(|| self.layer.held().fault())
    }
}

fn corrupt(name: &str) -> Error {
    Error::at(
        Code::Corrupt,
        format!("snapshot.{name}"),
        "it does not hold together",
    )
}
