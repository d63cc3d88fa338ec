//! From the client library's replies, which nest, to a list that does not.

use redis::{ServerError, Value};

use super::{Node, Reply};

/// Depth first. Nesting is bounded by the library, which refuses more than a hundred levels.
pub(super) fn flatten(value: Value) -> Reply {
    let mut nodes = Vec::new();
    push(value, &mut nodes);
    Reply { nodes }
}

fn push(value: Value, nodes: &mut Vec<Node>) {
    match value {
        Value::Nil => nodes.push(Node::Nil),
        Value::Boolean(is) => nodes.push(Node::Boolean(is)),
        Value::Int(number) => nodes.push(Node::Integer(number)),
        Value::Double(number) => nodes.push(Node::Double(number)),
        Value::Okay => nodes.push(Node::Status("OK".to_owned())),
        Value::SimpleString(text) => nodes.push(Node::Status(text)),
        Value::BulkString(bytes) | Value::BigNumber(bytes) => nodes.push(Node::Bulk(bytes)),
        Value::VerbatimString { text, .. } => nodes.push(Node::Bulk(text.into_bytes())),
        Value::ServerError(error) => nodes.push(Node::Failure(sentence(&error))),
        Value::Array(items) | Value::Set(items) | Value::Push { data: items, .. } => {
            nodes.push(Node::Items(count(items.len())));
            items.into_iter().for_each(|item| push(item, nodes));
        }
        Value::Map(pairs) => {
            nodes.push(Node::Pairs(count(pairs.len())));
            for (key, value) in pairs {
                push(key, nodes);
                push(value, nodes);
            }
        }
        // What is said about a reply is not part of it.
        Value::Attribute { data, .. } => push(*data, nodes),
        // The library may learn new kinds; none of them is a number or a text that anybody waits for.
        _ => nodes.push(Node::Nil),
    }
}

/// An error as the server wrote it: `WRONGTYPE Operation against ...`.
pub(super) fn sentence(error: &ServerError) -> String {
    match error.details() {
        Some(details) => format!("{} {details}", error.code()),
        None => error.code().to_owned(),
    }
}

/// The number of items is bounded far below by what a call may answer.
fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_of_every_kind_are_flattened_depth_first() {
        let text: &[u8] = b"*8\r\n+OK\r\n%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n~1\r\n#t\r\n,1.5\r\n=5\r\ntxt:x\r\n_\r\n\
            -WRONGTYPE not a list\r\n(12345678901234567890\r\n|1\r\n+why\r\n+so\r\n$-1\r\n";
        let bulk = |text: &str| Node::Bulk(text.as_bytes().to_vec());
        assert_eq!(
            flatten(redis::parse_redis_value(text).unwrap()).nodes,
            [
                Node::Items(8),
                Node::Status("OK".to_owned()),
                Node::Pairs(2),
                bulk("a"),
                Node::Integer(1),
                bulk("b"),
                Node::Items(1),
                Node::Boolean(true),
                Node::Double(1.5),
                bulk("x"),
                Node::Nil,
                Node::Failure("WRONGTYPE not a list".to_owned()),
                bulk("12345678901234567890"),
                Node::Nil,
            ]
        );
    }
}
