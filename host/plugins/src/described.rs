//! What a core module says of itself, looked at before the encoder believes it.
//!
//! The encoder is made for what toolchains write, not for what a stranger does: packages that need each other send it round
//! until its stack is at its end, and that ends the process. So its input is checked here, and it runs on a thread of its own,
//! with a stack that the deepest description of this size does not fill, and whose panic is a refusal.

use std::collections::{BTreeSet, HashMap};

use wit_component::ComponentEncoder;
use wit_parser::{PackageName, decoding};

use crate::componentize::NotAPlugin;

/// The system plugin's description has 10 KiB; all of WASI takes 60.
const MOST_BYTES: usize = 256 << 10;
/// A toolchain writes one for each crate that has bindings.
const MOST_SECTIONS: usize = 32;
/// Reserved, not used: the kernel hands out what is touched.
const STACK: usize = 256 << 20;
/// How the sections began before they were components.
const HISTORICAL: u8 = 3;

/// Checks all descriptions that will be put together.
pub(crate) fn check<'a>(sections: impl IntoIterator<Item = &'a [u8]>) -> Result<(), NotAPlugin> {
    let foreign = |sentence: &str| Err(NotAPlugin::Foreign(sentence.to_owned()));
    let (mut bytes, mut needs) = (0_usize, Needs::default());
    for (number, section) in sections.into_iter().enumerate() {
        bytes = bytes.saturating_add(section.len());
        if bytes > MOST_BYTES || number >= MOST_SECTIONS {
            return foreign("its description of its imports and exports is larger than any that a toolchain writes");
        }
        if section.first() == Some(&HISTORICAL) {
            return foreign("it was made by a toolchain of before components; build it anew");
        }
        needs.of(section).map_err(|error| NotAPlugin::Foreign(format!("its description is damaged: {error:#}")))?;
    }
    if needs.go_round() {
        return foreign("its description is damaged: it describes packages that need each other");
    }
    Ok(())
}

/// Which package needs which, over all descriptions.
#[derive(Default)]
struct Needs(HashMap<PackageName, BTreeSet<PackageName>>);

impl Needs {
    fn of(&mut self, section: &[u8]) -> anyhow::Result<()> {
        let (resolve, _) = decoding::decode_world(section)?;
        for (id, package) in resolve.packages.iter() {
            let names = resolve.package_direct_deps(id).map(|needed| resolve.packages[needed].name.clone());
            self.0.entry(package.name.clone()).or_default().extend(names);
        }
        Ok(())
    }

    /// Whether some need each other: what is left when those that need nothing more are taken away again and again.
    fn go_round(mut self) -> bool {
        let mut users: HashMap<PackageName, Vec<PackageName>> = HashMap::new();
        for (user, needed) in &self.0 {
            for one in needed {
                users.entry(one.clone()).or_default().push(user.clone());
            }
        }
        let mut free: Vec<PackageName> =
            self.0.iter().filter(|(_, needed)| needed.is_empty()).map(|(name, _)| name.clone()).collect();
        while let Some(one) = free.pop() {
            self.0.remove(&one);
            for user in users.remove(&one).unwrap_or_default() {
                if let Some(needed) = self.0.get_mut(&user)
                    && needed.remove(&one)
                    && needed.is_empty()
                {
                    free.push(user);
                }
            }
        }
        !self.0.is_empty()
    }
}

/// Runs `work`, which looks at what a stranger wrote, where it can do no harm.
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> Result<T, NotAPlugin> + Send) -> Result<T, NotAPlugin> {
    let failed = |what: &str| NotAPlugin::Foreign(format!("the host failed at reading it: {what}"));
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("plugin-encoder".into()).stack_size(STACK);
        let thread = thread.spawn_scoped(scope, work).map_err(|error| failed(&error.to_string()))?;
        thread.join().unwrap_or_else(|_| Err(failed("its description is too strange")))
    })
}

/// The component of a module that was checked.
pub(crate) fn encode(module: &[u8], adapter: Option<(&str, &[u8])>) -> anyhow::Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(module)?;
    if let Some((name, bytes)) = adapter {
        encoder.adapter(name, bytes)?;
    }
    encoder.encode()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A description of a world that imports these interfaces, each of which uses a type of the one before.
    fn description(interfaces: &[&str], types: &str) -> Vec<u8> {
        let mut text = format!(r#"(type (instance {types} (export "t" (type (eq 0)))))"#);
        for (number, name) in interfaces.iter().enumerate() {
            let own = 2 * number;
            text += &format!(
                r#"(import "{name}" (instance (type {own}))) (alias export {number} "t" (type))
                   (type (instance (alias outer 1 {} (type)) (export "t" (type (eq 0)))))"#,
                own + 1
            );
        }
        let text = format!(
            r#"(component
                (type (component (type (component {text})) (export "a:b/collector@0.1.0" (component (type 0)))))
                (export "collector" (type 0))
                (@custom "wit-component-encoding" "\04\00"))"#
        );
        wat::parse_str(&text).unwrap()
    }

    fn checked(sections: &[Vec<u8>]) -> Result<(), NotAPlugin> {
        apart(|| check(sections.iter().map(Vec::as_slice)))
    }

    #[test]
    fn packages_that_need_each_other_are_refused_and_not_followed() {
        let one_way = description(&["a:a/x@1.0.0", "b:b/x@1.0.0", "c:c/x@1.0.0"], "(type u8)");
        let other_way = description(&["c:c/y@1.0.0", "a:a/y@1.0.0"], "(type u8)");
        let round = description(&["a:a/x@1.0.0", "b:b/x@1.0.0", "a:a/y@1.0.0"], "(type u8)");
        assert_eq!(checked(&[one_way.clone()]), Ok(()));
        assert_eq!(checked(&[other_way.clone()]), Ok(()));
        let sentence = "its description is damaged: it describes packages that need each other".to_owned();
        assert_eq!(checked(&[round]), Err(NotAPlugin::Foreign(sentence.clone())));
        assert_eq!(checked(&[one_way, other_way]), Err(NotAPlugin::Foreign(sentence)), "each alone is in order");
    }

    #[test]
    fn the_deepest_description_of_the_largest_size_does_not_end_the_stack() {
        let depth = |bytes: usize| {
            let lists = (0..bytes).map(|below| format!("(type (list {below}))"));
            std::iter::once("(type u8)".to_owned()).chain(lists).collect::<String>()
        };
        let mut levels = 90_000;
        let mut deep = description(&["a:a/x@1.0.0"], &depth(levels));
        while deep.len() > MOST_BYTES {
            levels -= levels / 10;
            deep = description(&["a:a/x@1.0.0"], &depth(levels));
        }
        assert!(deep.len() > MOST_BYTES * 3 / 4, "{} bytes", deep.len());
        // Whatever is said of it, it is said: the process goes on.
        if let Err(error) = checked(&[deep]) {
            assert!(error.to_string().contains("description"), "{error}");
        }
        let larger = vec![0; MOST_BYTES + 1];
        assert!(checked(&[larger]).unwrap_err().to_string().contains("larger than any"));
    }
}
