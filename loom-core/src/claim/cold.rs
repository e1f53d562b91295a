//! The plane's state in a snapshot, and its digest.
//!
//! A process that starts cold reads what *finds* claims (tokens, ends of leases, whose they are, the
//! path index) and none of the claims; each is read from its page when somebody meets it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::index::{Index, IndexFront};
use super::layer::{Holding, Layer, Waiting};
use super::rows::{BoxRow, ClaimRow, EndedRow};
use super::table::ClaimTable;
use super::{Queued, RepoFacts, area};
use crate::error::{Code, Error};
use crate::model::{Branch, Digest, RepoId, RunId, Timestamp, Token};
use crate::path::PathRules;
use crate::table::{SnapshotReader, SnapshotWriter, Table, json_rows};

json_rows!(ClaimRow, EndedRow, BoxRow);

/// What finds a claim.
#[derive(Debug, Clone, Copy)]
pub(super) struct Front {
    pub(super) token: Token,
    pub(super) expires_at: Timestamp,
    pub(super) slot: u32,
    /// Whose it is: a place in the list of runs.
    pub(super) run: usize,
}

/// Claims in the pages of a snapshot.
#[derive(Debug)]
pub(super) struct ColdClaims {
    rows: Table<Token, ClaimRow>,
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
    /// A claim; `None`, and a fault, where it cannot be read.
    pub(super) fn read(&self, token: Token, slot: u32) -> Option<Holding> {
        let compiled = self.rows.get(&token).and_then(|row| {
            let sets = area::compile(&row.claim.specs, &self.rules).ok()?;
            Some(Holding::new((*row).clone(), sets))
        });
        let Some(mut holding) = compiled else {
            self.fault
                .get_or_init(|| self.rows.fault().unwrap_or_else(|| corrupt("claims")));
            return None;
        };
        holding.slot = slot;
        Some(holding)
    }

    pub(super) fn fault(&self) -> Option<Error> {
        self.fault.get().cloned()
    }
}

/// What is read at once: the waits, what finds claims, and the order in which claims ended.
#[derive(Serialize, Deserialize)]
struct Eager {
    waits: Vec<Queued>,
    runs: Vec<RunId>,
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
        let mut rules = BTreeMap::new();
        for holding in self.layer.claims() {
            for (spec, set) in holding.area().parts() {
                rules.insert(spec.repo.clone(), set.rules());
            }
            rows.insert(holding.row.claim.token, holding.row.clone());
        }
        let (runs, fronts) = self.layer.front();
        let mut packed = Vec::with_capacity(fronts.len() * FRONT_BYTES);
        for front in &fronts {
            pack(&mut packed, front);
        }
        let eager = Eager {
            waits: self
                .layer
                .waits()
                .map(|waiting| waiting.row.clone())
                .collect(),
            runs,
            rules: rules.into_iter().collect(),
            held: self.layer.held().freeze(writer)?,
        };
        writer.value("claims.eager", &eager)?;
        writer.bytes("claims.fronts", &packed);
        writer.table("claims", &rows)?;
        writer.table("ended", &self.ended)?;
        let order: Vec<u8> = self.ended_order().flat_map(token_bytes).collect();
        writer.bytes("ended.order", &order);
        writer.table("boxes", &self.boxes)
    }

    /// The state that was added to a snapshot, its claims unread.
    ///
    /// # Errors
    /// `corrupt` where the snapshot does not have it whole.
    pub fn thaw(reader: &SnapshotReader, repos: &dyn RepoFacts) -> Result<ClaimTable, Error> {
        let eager: Eager = reader.value("claims.eager")?;
        let packed = reader.bytes("claims.fronts")?;
        let mut fronts = Vec::with_capacity(packed.len() / FRONT_BYTES);
        for bytes in packed.chunks(FRONT_BYTES) {
            let front = unpack(bytes).filter(|front| front.run < eager.runs.len());
            fronts.push(front.ok_or_else(|| corrupt("claims.fronts"))?);
        }
        if !fronts.is_sorted_by(|one, next| one.token < next.token) {
            return Err(corrupt("claims.fronts"));
        }
        let cold = ColdClaims {
            rows: reader.table("claims")?,
            rules: Rules(eager.rules.into_iter().collect()),
            fault: OnceLock::new(),
        };
        if cold.rows.len() != fronts.len() {
            return Err(corrupt("claims"));
        }
        let tokens = fronts.iter().map(|front| (front.slot, front.token));
        let held = Index::thaw(eager.held, tokens, reader)?;
        let mut layer = Layer::cold(eager.runs, &fronts, cold, held);
        for wait in eager.waits {
            let sets = area::compile(&wait.specs, repos).map_err(|_| corrupt("claims.eager"))?;
            layer.insert_wait(Waiting::new(wait, sets));
        }
        let order = reader
            .bytes("ended.order")?
            .chunks(TOKEN_BYTES)
            .map(token_of);
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

const TOKEN_BYTES: usize = 14;
const FRONT_BYTES: usize = TOKEN_BYTES + 8 + 4 + 4;

fn token_bytes(token: Token) -> [u8; TOKEN_BYTES] {
    let mut bytes = [0; TOKEN_BYTES];
    bytes[..4].copy_from_slice(&token.incarnation.to_be_bytes());
    bytes[4..12].copy_from_slice(&token.ver.to_be_bytes());
    bytes[12..].copy_from_slice(&token.index.to_be_bytes());
    bytes
}

fn token_of(bytes: &[u8]) -> Option<Token> {
    <Token as crate::table::Key>::decode(bytes)
}

fn pack(bytes: &mut Vec<u8>, front: &Front) {
    bytes.extend(token_bytes(front.token));
    bytes.extend(front.expires_at.as_ms().to_le_bytes());
    bytes.extend(front.slot.to_le_bytes());
    let run = u32::try_from(front.run).unwrap_or(u32::MAX);
    bytes.extend(run.to_le_bytes());
}

fn unpack(bytes: &[u8]) -> Option<Front> {
    let (token, rest) = bytes.split_at_checked(TOKEN_BYTES)?;
    let (expires_at, rest) = rest.split_first_chunk()?;
    let (slot, run) = rest.split_first_chunk()?;
    let run = u32::from_le_bytes(run.try_into().ok()?);
    Some(Front {
        token: token_of(token)?,
        expires_at: Timestamp::from_ms(i64::from_le_bytes(*expires_at)).ok()?,
        slot: u32::from_le_bytes(*slot),
        run: usize::try_from(run).ok()?,
    })
}

fn corrupt(name: &str) -> Error {
    Error::at(
        Code::Corrupt,
        format!("snapshot.{name}"),
        "it does not hold together",
    )
}
