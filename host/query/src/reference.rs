//! The reference of what can be written in a query, made from the tables that the parser and the evaluator go by.

use crate::ast::BinaryOp;
use crate::functions::{AGGREGATIONS, Group, REPEATED, Signature, Type};
use crate::table::FUNCTIONS;

/// Operators, aggregations and functions in Markdown: the generated part of `docs/promql.md`.
pub fn reference() -> String {
    let mut text = String::from("### Operators\n\n| operators | binding |\n| --- | --- |\n");
    let tightest = BinaryOp::ALL.iter().map(|op| op.precedence()).max().unwrap_or(0);
    for precedence in (0..=tightest).rev() {
        let same = BinaryOp::ALL.iter().filter(|op| op.precedence() == precedence);
        let names: Vec<String> = same.map(|op| format!("`{}`", op.as_str())).collect();
        let binding = match precedence {
            p if p == tightest => "tightest, to the right",
            1 => "loosest, to the left",
            _ => "to the left",
        };
        if !names.is_empty() {
            text.push_str(&format!("| {} | {binding} |\n", names.join(" ")));
        }
    }
    text.push_str("\n### Aggregations\n\n| aggregation | gives |\n| --- | --- |\n");
    for (name, parameter, note) in AGGREGATIONS {
        let parameter = parameter.map(|parameter| format!("{}, ", word(parameter))).unwrap_or_default();
        text.push_str(&format!("| `{name}({parameter}vector)` | {note} |\n"));
    }
    for group in Group::ALL {
        text.push_str(&format!("\n### {}\n\n| function | gives |\n| --- | --- |\n", group.title()));
        for function in FUNCTIONS.iter().filter(|function| function.group == group) {
            text.push_str(&format!("| `{}` | {} |\n", call(function), function.note));
        }
    }
    text
}

const fn word(of: Type) -> &'static str {
    match of {
        Type::Scalar => "scalar",
        Type::Vector => "vector",
        Type::Matrix => "range",
        Type::Text => "text",
    }
}

/// `round(vector[, scalar])`, `label_join(vector, text, text[, text...])`
fn call(function: &Signature) -> String {
    let (left_out, more) = match function.optional {
        REPEATED => (1, "..."),
        optional => (usize::from(optional), ""),
    };
    let words: Vec<&str> = function.takes.iter().map(|of| word(*of)).collect();
    let (needed, optional) = words.split_at(words.len().saturating_sub(left_out));
    let comma = if needed.is_empty() { "" } else { ", " };
    let optional = if optional.is_empty() { String::new() } else { format!("[{comma}{}{more}]", optional.join(", ")) };
    format!("{}({}{optional})", function.name, needed.join(", "))
}
