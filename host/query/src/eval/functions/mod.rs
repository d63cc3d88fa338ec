//! The functions, by what they are about. Which name means which of them is said in the [table](crate::table).

pub(crate) mod date;
pub(crate) mod histogram;
pub(crate) mod info;
pub(crate) mod labels;
pub(crate) mod order;
pub(crate) mod over_time;
pub(crate) mod presence;
pub(crate) mod rates;
pub(crate) mod whole;

use crate::ast::ExprKind;
use crate::error::QueryError;
use crate::functions::Call;

impl Call<'_> {
    /// The text that stands as argument `at`.
    fn text(&self, at: usize) -> Result<&str, QueryError> {
        match self.arguments.get(at).map(|expr| &super::unwrapped(expr).kind) {
            Some(ExprKind::Text(text)) => Ok(text),
            _ => Err(QueryError::bad(format!("`{}` takes a string here", self.name))),
        }
    }
}
