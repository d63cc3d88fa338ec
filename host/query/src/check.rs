//! Types: a function is told at its place that it was given the wrong thing.

use crate::ast::{Expr, ExprKind};
use crate::error::ParseError;
use crate::functions::{self, REPEATED, Type};

/// The type of `expr`, if all of it fits together.
pub(crate) fn types(text: &str, expr: &Expr) -> Result<Type, ParseError> {
    let wrong = |at: &Expr, message: String| ParseError::new(text, at.span.clone(), message);
    match &expr.kind {
        ExprKind::Number(_) => Ok(Type::Scalar),
        ExprKind::Text(_) => Ok(Type::Text),
        ExprKind::Selector(selector) => Ok(if selector.range.is_some() { Type::Matrix } else { Type::Vector }),
        ExprKind::Subquery { expr: inner, .. } => match types(text, inner)? {
            Type::Vector => Ok(Type::Matrix),
            other => Err(wrong(inner, format!("a subquery is made of an instant vector, not of {}", other.shown()))),
        },
        ExprKind::Paren(inner) => types(text, inner),
        ExprKind::Unary { expr: inner, .. } => match types(text, inner)? {
            found @ (Type::Scalar | Type::Vector) => Ok(found),
            other => {
                Err(wrong(inner, format!("a sign belongs to a scalar or an instant vector, not to {}", other.shown())))
            }
        },
        ExprKind::Binary { op, left, right, returns_bool, matching } => {
            let sides = (types(text, left)?, types(text, right)?);
            for (side, found) in [(left, sides.0), (right, sides.1)] {
                if !matches!(found, Type::Scalar | Type::Vector) {
                    return Err(wrong(
                        side,
                        format!("`{}` works on scalars and instant vectors, not on {}", op.as_str(), found.shown()),
                    ));
                }
            }
            let scalars = sides == (Type::Scalar, Type::Scalar);
            if op.is_set() && sides != (Type::Vector, Type::Vector) {
                return Err(wrong(expr, format!("`{}` works on two instant vectors", op.as_str())));
            }
            if op.is_comparison() && scalars && !returns_bool {
                return Err(wrong(expr, "two scalars are compared with `bool`".to_owned())
                    .help(format!("write `{} bool`", op.as_str())));
            }
            // Prometheus takes `on()` beside a scalar, without labels, for nothing said.
            let labelled = matching.as_ref().is_some_and(|matching| !matching.labels.is_empty());
            if labelled && sides != (Type::Vector, Type::Vector) {
                return Err(wrong(expr, "`on` and `ignoring` match two instant vectors".to_owned()));
            }
            Ok(if scalars { Type::Scalar } else { Type::Vector })
        }
        ExprKind::Aggregate { op, parameter, expr: inner, .. } => {
            if let (Some(parameter), Some((_, Some(wanted)))) = (parameter, functions::aggregation(op)) {
                let found = types(text, parameter)?;
                if found != wanted {
                    return Err(wrong(
                        parameter,
                        format!("the parameter of `{op}` is {}, not {}", wanted.shown(), found.shown()),
                    ));
                }
            }
            match types(text, inner)? {
                Type::Vector => Ok(Type::Vector),
                other => Err(wrong(inner, format!("`{op}` aggregates an instant vector, not {}", other.shown()))),
            }
        }
        ExprKind::Call { function, arguments } => {
            let found = call(text, expr, function, arguments)?;
            match arguments.get(1) {
                Some(wrong_one) if function == "info" && !matches!(wrong_one.kind, ExprKind::Selector(_)) => {
                    Err(wrong(
                        wrong_one,
                        "the second argument of `info` says by matchers which labels are wanted".to_owned(),
                    )
                    .help("write them in braces: {version=~\".+\"}"))
                }
                _ => Ok(found),
            }
        }
    }
}

fn call(text: &str, expr: &Expr, name: &str, arguments: &[Expr]) -> Result<Type, ParseError> {
    let Some(signature) = functions::function(name) else {
        return Err(ParseError::new(text, expr.span.clone(), format!("there is no function `{name}`")));
    };
    let most = signature.takes.len();
    let least = if signature.optional == REPEATED { most - 1 } else { most - usize::from(signature.optional) };
    let fits = arguments.len() >= least && (signature.optional == REPEATED || arguments.len() <= most);
    if !fits {
        let count = match signature.optional {
            0 => format!("{most}"),
            REPEATED => format!("{least} or more"),
            _ => format!("{least} or {most}"),
        };
        return Err(ParseError::new(
            text,
            expr.span.clone(),
            format!("`{name}` takes {count} argument{}, not {}", if count == "1" { "" } else { "s" }, arguments.len()),
        ));
    }
    for (at, argument) in arguments.iter().enumerate() {
        let wanted = signature.takes[at.min(most.saturating_sub(1))];
        let found = types(text, argument)?;
        if found != wanted {
            let error = ParseError::new(
                text,
                argument.span.clone(),
                format!("`{name}` takes {}, not {}", wanted.shown(), found.shown()),
            );
            return Err(if (wanted, found) == (Type::Matrix, Type::Vector) {
                error.help("give it a range: metric[5m]")
            } else {
                error
            });
        }
    }
    Ok(signature.gives)
}
