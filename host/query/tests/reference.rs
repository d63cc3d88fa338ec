//! The reference says what the tables say. `UPDATE_EXPECT=1` writes it anew.

use autobot_query::reference;
use expect_test::expect_file;

const BEGIN: &str = "<!-- generated: cargo test -p autobot-query with UPDATE_EXPECT=1 -->\n";
const END: &str = "<!-- end of generated -->\n";

#[test]
fn the_page_lists_what_is_evaluated() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/promql.md"))
        .expect("docs/promql.md is part of the repository");
    let (before, rest) = page.split_once(BEGIN).expect("the page has the mark where the tables begin");
    let (_, after) = rest.split_once(END).expect("the page has the mark where the tables end");
    let wanted = format!("{before}{BEGIN}\n{}\n{END}{after}", reference());
    expect_file!["../../../docs/promql.md"].assert_eq(&wanted);
}
