//! Functions of a file, closures among them, with their bodies.

use std::collections::HashMap;

use rhai::{AST, ASTNode, Dynamic, Expr, FnPtr, Stmt};

/// A function as it is written.
pub(crate) struct Function {
    pub(crate) name: String,
    /// What it captured comes first.
    pub(crate) parameters: Vec<String>,
    pub(crate) body: Vec<Stmt>,
}

/// Functions by name.
pub(crate) struct Functions(HashMap<String, Function>);

impl Functions {
    pub(crate) fn of(ast: &AST) -> Self {
        let all = ast.shared_lib().iter_script_fn_info().map(|(_, _, name, count, definition)| {
            // The engine hands out bodies only through a walk: of a tree with this one function.
            let mut alone = ast.clone_functions_only();
            alone.retain_functions(|_, _, other, others| other == name && others == count);
            let mut body = Vec::new();
            alone.walk(&mut |path: &[ASTNode<'_>]| {
                if let [ASTNode::Stmt(statement)] = path {
                    body.push((*statement).clone());
                }
                true
            });
            let parameters = definition.params.iter().map(ToString::to_string).collect();
            (name.to_owned(), Function { name: name.to_owned(), parameters, body })
        });
        Self(all.collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Function> {
        self.0.get(name)
    }

    /// Those that were given a name.
    pub(crate) fn named(&self) -> impl Iterator<Item = &Function> {
        let mut named: Vec<&Function> = self.0.values().filter(|function| !function.name.contains('$')).collect();
        named.sort_by(|a, b| a.name.cmp(&b.name));
        named.into_iter()
    }
}

/// The name of the function that an expression makes a closure of, if it does.
pub(super) fn closure_name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::DynamicConstant(value, _) => pointer(value),
        // With captured variables: `{ share them; curry(closure, them...) }`.
        Expr::Stmt(block) => match block.statements().last()? {
            Stmt::Expr(inner) => closure_name(inner),
            Stmt::FnCall(call, _) if call.name == "curry" => closure_name(call.args.first()?),
            _ => None,
        },
        Expr::FnCall(call, _) if call.name == "curry" => closure_name(call.args.first()?),
        _ => None,
    }
}

fn pointer(value: &Dynamic) -> Option<String> {
    value.clone().try_cast::<FnPtr>().map(|pointer| pointer.fn_name().to_owned())
}
