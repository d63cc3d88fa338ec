//! How the parts write down their families, and how these become one list.

use autobot_plugin_sdk::Family;

/// `families! { NAME: counter "system_x_total" "1" ["label"] "One sentence."; ... }`: a static for each, and `ALL` of them.
macro_rules! families {
    ($($id:ident: $kind:ident $name:literal $unit:literal [$($label:literal),*] $help:literal;)*) => {
        $(static $id: autobot_plugin_sdk::Family =
            autobot_plugin_sdk::Family::$kind($name, $unit, $help).labels(&[$($label),*]);)*
        /// All families of this part.
        pub(crate) const ALL: &[&autobot_plugin_sdk::Family] = &[$(&$id),*];
    };
}
pub(crate) use families;

/// How many families there are in all of `lists`.
pub(crate) const fn count(lists: &[&[&Family]]) -> usize {
    let (mut sum, mut at) = (0, 0);
    while at < lists.len() {
        sum += lists[at].len();
        at += 1;
    }
    sum
}

/// All of `lists` in one. There must be `N` of them.
pub(crate) const fn join<const N: usize>(lists: &[&[&'static Family]]) -> [&'static Family; N] {
    let mut all = [lists[0][0]; N];
    let (mut list, mut to) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            all[to] = lists[list][at];
            to += 1;
            at += 1;
        }
        list += 1;
    }
    all
}
