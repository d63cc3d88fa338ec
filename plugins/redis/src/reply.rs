//! Reading replies, which the host gives as a list of nodes: an aggregate is followed by its children, depth first.

use std::borrow::Cow;

use autobot_plugin_sdk::redis::{Node, Reply};

/// A reply or a part of one: a node and what belongs to it. Where nothing is, everything reads as nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a>(&'a [Node]);

impl<'a> Value<'a> {
    pub(crate) fn of(reply: &'a Reply) -> Self {
        Self(&reply.nodes)
    }

    /// What the server refused with.
    pub(crate) fn failure(self) -> Option<&'a str> {
        match self.0.first() {
            Some(Node::Failure(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn integer(self) -> Option<i64> {
        match self.0.first() {
            Some(Node::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// As a number, however it is written.
    pub(crate) fn number(self) -> Option<f64> {
        match self.0.first()? {
            Node::Integer(number) => Some(*number as f64),
            Node::Double(number) => Some(*number).filter(|number| number.is_finite()),
            _ => self.text()?.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        }
    }

    /// Bytes that are no UTF-8 are replaced.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        match self.0.first() {
            Some(Node::Bulk(bytes)) => Some(String::from_utf8_lossy(bytes)),
            Some(Node::Status(text)) => Some(Cow::Borrowed(text)),
            _ => None,
        }
    }

    /// As text that says all of its bytes.
    pub(crate) fn exact_text(self) -> Option<&'a str> {
        match self.0.first() {
            Some(Node::Bulk(bytes)) => std::str::from_utf8(bytes).ok(),
            Some(Node::Status(text)) => Some(text),
            _ => None,
        }
    }

    /// Its children; of a map, keys and values alternate.
    pub(crate) fn items(self) -> Items<'a> {
        match self.0.split_first() {
            Some((first, rest)) => Items { left: children(first), rest },
            None => Items { left: 0, rest: &[] },
        }
    }

    /// Keys and values of a map, or of a list in which they alternate; those whose keys are texts.
    pub(crate) fn pairs(self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
        self.entries().filter_map(|(key, value)| Some((key.text()?, value)))
    }

    /// The same, whatever the keys are.
    pub(crate) fn entries(self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
        let mut items = self.items();
        std::iter::from_fn(move || Some((items.next()?, items.next()?)))
    }
}

fn children(node: &Node) -> usize {
    match node {
        Node::Items(count) => *count as usize,
        Node::Pairs(count) => (*count as usize).saturating_mul(2),
        _ => 0,
    }
}

/// The children of a value.
#[derive(Clone, Debug)]
pub(crate) struct Items<'a> {
    left: usize,
    rest: &'a [Node],
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.left == 0 || self.rest.is_empty() {
            return None;
        }
        self.left -= 1;
        let (mut size, mut open) = (0_usize, 1_usize);
        while open > 0
            && let Some(node) = self.rest.get(size)
        {
            open = (open - 1).saturating_add(children(node));
            size += 1;
        }
        let (value, rest) = self.rest.split_at(size);
        self.rest = rest;
        Some(Value(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Node {
        Node::Bulk(text.as_bytes().to_vec())
    }

    #[test]
    fn lists_in_lists_are_walked_and_maps_read_alike_in_both_protocols() {
        let nested = Reply {
            nodes: vec![
                Node::Items(2),
                Node::Items(2),
                Node::Integer(7),
                Node::Items(1),
                bulk("get"),
                Node::Items(0),
                Node::Integer(9),
            ],
        };
        let items: Vec<Value<'_>> = Value::of(&nested).items().collect();
        assert_eq!(items.len(), 2);
        let inner: Vec<Value<'_>> = items[0].items().collect();
        assert_eq!((inner[0].integer(), inner[1].items().next().and_then(Value::text)), (Some(7), Some("get".into())));
        for head in [Node::Items(4), Node::Pairs(2)] {
            let reply = Reply { nodes: vec![head, bulk("a"), bulk("1.5"), bulk("b"), Node::Integer(2)] };
            let pairs: Vec<_> = Value::of(&reply).pairs().map(|(key, value)| (key, value.number())).collect();
            assert_eq!(pairs, [("a".into(), Some(1.5)), ("b".into(), Some(2.0))]);
        }
    }

    #[test]
    fn a_reply_that_ends_early_or_announces_too_much_is_read_as_far_as_it_goes() {
        for nodes in [
            vec![],
            vec![Node::Items(u32::MAX)],
            vec![Node::Pairs(u32::MAX), bulk("a")],
            vec![Node::Items(2), Node::Items(u32::MAX), Node::Integer(1)],
        ] {
            let reply = Reply { nodes };
            assert!(Value::of(&reply).items().count() <= 1);
            assert!(Value::of(&reply).pairs().count() == 0);
        }
        let reply = Reply { nodes: vec![Node::Double(f64::NAN)] };
        assert_eq!(Value::of(&reply).number(), None);
        let broken = Reply { nodes: vec![Node::Bulk(vec![0xff, b'a'])] };
        assert_eq!(Value::of(&broken).exact_text(), None);
        assert_eq!(Value::of(&broken).text(), Some("\u{fffd}a".into()));
    }
}
