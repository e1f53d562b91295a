//! The sweep: a trie of patterns gone through once, with all places that a query can be at.
//!
//! A [walk](super::walk) takes one alternative of a query at a time and looks at little of the trie;
//! against entries that were made to meet it everywhere that is little no longer, and each of 256
//! alternatives looks at it again. The sweep comes to each node once and brings along every state of
//! the [graph](super::graph) of the alternatives that fits the way there: the work is bounded by nodes
//! times states, and at one node each segment of the query is compared once, in however many
//! alternatives it stands.
//!
//! A trie is a tree, so all that leads to a node is known when its parent was visited, and nothing
//! has to be remembered of nodes that are done.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::rc::Rc;

use super::edges::Table;
use super::graph::{ANY_DEPTH, Graph};
use super::jump::Jump;
use super::keys::Key;
use super::layer::{Flow, Halt, Layer, Node, Sink};
use super::node_wilds::NodeWilds;
use super::query::Asked;
use super::trie::ROOT;
use super::walk::{Class, fitting};
use super::wild_edges::WildTable;
use super::wilds;
use crate::error::Error;

/// States of the graph in order, each once, with those that need no name to be reached.
type Places = Rc<[u32]>;

/// Segments from which on the wildcards of a node are read once for all.
const READ_ONCE_MIN: usize = 4;

/// Hands the keys of every pattern of `layer` that meets the query to `sink`, some more than once.
pub(super) fn sweep<'l, K: Key, L: Layer<'l, K>>(
    layer: L,
    class: Class,
    graph: &mut Graph<'_>,
    sink: &mut Sink<'_, K>,
) -> Flow {
    if class.subtree {
        layer.emit(layer.root()?, sink)?;
    }
    let waiting = vec![(ROOT, graph.start().into())];
    let mut sweep = Sweep {
        layer,
        class,
        graph,
        waiting,
        lent: PhantomData,
    };
    while let Some((node, places)) = sweep.waiting.pop() {
        sink.visits += places.len() as u64;
        sweep.visit(node, places, sink)?;
    }
    Ok(())
}

struct Sweep<'w, 'q, 'l, K, L> {
    layer: L,
    class: Class,
    graph: &'w mut Graph<'q>,
    waiting: Vec<(u32, Places)>,
    lent: PhantomData<(&'l (), K)>,
}

/// What the query allows at a node.
struct Open {
    /// By segment: the states that follow a name that fits it.
    ways: BTreeMap<u32, Vec<u32>>,
    /// The states that take any name and stay.
    stays: Vec<u32>,
}

impl<'l, K: Key, L: Layer<'l, K>> Sweep<'_, '_, 'l, K, L> {
    fn visit(&mut self, id: u32, places: Places, sink: &mut Sink<'_, K>) -> Flow {
        // As in a walk: without `**` in any pattern there is nothing to read.
        let node = match self.class.literal {
            true => Node::default(),
            false => self.layer.node(id)?,
        };
        let places = match node.is_deep {
            true => self.graph.all_behind(&places).into(),
            false => places,
        };
        if node.deep != ROOT {
            self.layer.check_child(node.deep, id, node.deeps + 1)?;
            self.waiting.push((node.deep, Rc::clone(&places)));
        }
        let open = self.open(&places);
        self.leaves(id, &open, sink)?;
        // Children of one node are often led to by the same segments.
        let mut shared = BTreeMap::new();
        for (child, mut places) in self.children(id, &open, sink)? {
            self.layer.check_child(child, id, node.deeps)?;
            self.graph.close(&mut places);
            let places: &mut Places = shared
                .entry(places)
                .or_insert_with_key(|places| Rc::from(&**places));
            self.waiting.push((child, Rc::clone(places)));
        }
        Ok(())
    }

    fn open(&self, places: &[u32]) -> Open {
        let mut open = Open {
            ways: BTreeMap::new(),
            stays: Vec::new(),
        };
        for &place in places {
            let state = self.graph.state(place);
            if state.is_deep {
                open.stays.push(place);
            }
            for &(segment, next) in &state.ways {
                open.ways.entry(segment).or_default().push(next);
            }
        }
        open
    }

    /// Hands over what ends at a node.
    fn leaves(&mut self, id: u32, open: &Open, sink: &mut Sink<'_, K>) -> Flow {
        let asked: Vec<u32> = match self.accept(&open.stays) {
            true => vec![ANY_DEPTH],
            false => {
                let ways = open.ways.iter().filter(|(_, next)| self.accept(next));
                ways.map(|(segment, _)| *segment).collect()
            }
        };
        let (layer, literal) = (self.layer, self.class.literal);
        let wilds = (!literal).then(|| layer.wild_leaves());
        let edges = Edges::new(id, layer.leaves(), wilds, asked.len(), sink)?;
        for segment in asked {
            let asked = &mut self.graph.segments[segment as usize];
            for leaf in edges.meeting::<K, L>(asked, sink)? {
                layer.emit(leaf, sink)?;
            }
        }
        Ok(())
    }

    /// Whether a pattern that ends here is an answer, the query being at one of these.
    fn accept(&self, places: &[u32]) -> bool {
        let accepts = |&place: &u32| self.graph.state(place).accepts;
        (self.class.subtree && !places.is_empty()) || places.iter().any(accepts)
    }

    /// The children that the query leads to, and where it is at each.
    fn children(
        &mut self,
        id: u32,
        open: &Open,
        sink: &mut Sink<'_, K>,
    ) -> Result<BTreeMap<u32, Vec<u32>>, Halt> {
        let ways = open.ways.iter().map(|(segment, next)| (*segment, next));
        let goes_on = |next: &[u32]| next.iter().any(|&place| self.graph.goes_on(place));
        let asked: Vec<(u32, &Vec<u32>)> = ways
            .chain([(ANY_DEPTH, &open.stays)])
            .filter(|(_, next)| goes_on(next))
            .collect();
        let (layer, literal) = (self.layer, self.class.literal);
        let wilds = (!literal).then(|| layer.wild_dirs());
        let edges = Edges::new(id, layer.dirs(), wilds, asked.len(), sink)?;
        let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (segment, next) in asked {
            let asked = &mut self.graph.segments[segment as usize];
            for to in edges.meeting::<K, L>(asked, sink)? {
                children.entry(layer.child(to)).or_default().extend(next);
            }
        }
        Ok(children)
    }
}

/// The edges of one kind that leave a node.
struct Edges<'l, T: Table<'l>, W> {
    id: u32,
    names: T,
    /// Where patterns have any.
    wilds: Option<W>,
    /// The wildcards, where they are compared with many segments.
    read: Option<NodeWilds<'l, T::Target>>,
}

impl<'l, T: Table<'l>, W: WildTable<'l, Target = T::Target>> Edges<'l, T, W> {
    fn new<K>(
        id: u32,
        names: T,
        wilds: Option<W>,
        asked: usize,
        sink: &mut Sink<'_, K>,
    ) -> Result<Self, Error> {
        let many = wilds.filter(|_| asked >= READ_ONCE_MIN);
        let read = many.map(|wilds| NodeWilds::read(wilds, id, &mut sink.visits));
        Ok(Edges {
            id,
            names,
            wilds,
            read: read.transpose()?,
        })
    }

    /// What the edges lead to that meet a segment.
    fn meeting<K: Key, L: Layer<'l, K>>(
        &self,
        asked: &mut Asked<'_>,
        sink: &mut Sink<'_, K>,
    ) -> Result<Vec<T::Target>, Halt> {
        let mut found = Vec::new();
        match asked {
            Asked::Literal(name) => {
                name.edge.parent = self.id;
                sink.visits += 1;
                found.extend(self.names.get(&name.edge)?);
            }
            Asked::Wild(glob) => {
                let jump = None::<&mut Jump<'_, 'l, K, L>>;
                let fitting = fitting(self.names, self.id, glob, jump, sink)?;
                found.extend(fitting.into_iter().flatten());
            }
            Asked::AnyDepth => {
                for edge in self.names.starting(self.id, b"") {
                    sink.visits += 1;
                    found.push(edge?.1);
                }
            }
        }
        let visits = &mut sink.visits;
        found.extend(match (&self.read, self.wilds) {
            (Some(read), _) => wilds::meeting(read, self.id, asked, visits)?,
            (None, Some(table)) => wilds::meeting(table, self.id, asked, visits)?,
            (None, None) => Vec::new(),
        });
        Ok(found)
    }
}
