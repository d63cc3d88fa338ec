//! What a stranger's file could do to those that read it, before anybody but the validator believes it.
//!
//! Compilers and encoders of WebAssembly are made for what toolchains write. Two things that no toolchain writes send them
//! round until their stack is at its end, which ends the whole process: types within types within types, and descriptions
//! of packages that need each other. Both are looked for here, on a thread of its own with a stack that the deepest file
//! of the sizes that are let through does not fill. A panic there is a refusal like any other.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{
    BinaryReaderError, ComponentExternName, ComponentType, ComponentTypeDeclaration, InstanceTypeDeclaration, Parser,
    Payload,
};

use crate::componentize::{NotAPlugin, of_error};

/// Bytes of types in one section: all of WASI takes 60 KiB.
const MOST_TYPE_BYTES: u64 = 256 << 10;
/// Types within types: toolchains need three.
const DEEPEST: usize = 16;
/// A toolchain writes a description for each crate that has bindings.
const MOST_DESCRIPTIONS: usize = 32;
/// Reserved, not used: the kernel hands out what is touched. Reading takes under 1 KiB for each level, and a level takes
/// three bytes.
const STACK: usize = 256 << 20;

/// Runs `work`, which reads what a stranger wrote, where it can do no harm.
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> Result<T, NotAPlugin> + Send) -> Result<T, NotAPlugin> {
    let failed = |what: &str| NotAPlugin::Foreign(format!("the host failed at reading it: {what}"));
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("plugin-reader".into()).stack_size(STACK);
        let thread = thread.spawn_scoped(scope, work).map_err(|error| failed(&error.to_string()))?;
        thread.join().unwrap_or_else(|_| Err(failed("it is too strange")))
    })
}

/// Refuses a component that is too deep for those that read it next.
pub(crate) fn check_component(component: &[u8]) -> Result<(), NotAPlugin> {
    each_type(component, &mut |kind| within_depth(kind, DEEPEST))
}

/// Refuses what toolchains said of a module's imports and exports, all together, if the encoder cannot take it.
pub(crate) fn check_descriptions(descriptions: &[&[u8]]) -> Result<(), NotAPlugin> {
    if descriptions.len() > MOST_DESCRIPTIONS {
        return Err(foreign("it has more descriptions of itself than any toolchain writes"));
    }
    let mut needs = Needs::default();
    for description in descriptions {
        if !description.starts_with(b"\0asm") {
            return Err(foreign("it was made by a toolchain of before components; build it anew"));
        }
        let mut names = Vec::new();
        each_type(description, &mut |kind| {
            within_depth(kind, DEEPEST)?;
            packages(kind, &mut names)
        })?;
        needs.add(&names);
    }
    if needs.go_round() {
        return Err(foreign(
            "it describes packages in an order in which they may need each other; make it a component first \
             (`wasm-tools component new`)",
        ));
    }
    Ok(())
}

fn foreign(sentence: &str) -> NotAPlugin {
    NotAPlugin::Foreign(sentence.to_owned())
}

fn each_type(
    component: &[u8],
    visit: &mut dyn FnMut(&ComponentType<'_>) -> Result<(), NotAPlugin>,
) -> Result<(), NotAPlugin> {
    let damaged = |error: BinaryReaderError| of_error(&error);
    for payload in Parser::new(0).parse_all(component) {
        let Payload::ComponentTypeSection(types) = payload.map_err(damaged)? else { continue };
        let range = types.range();
        if range.end.saturating_sub(range.start) > MOST_TYPE_BYTES {
            return Err(foreign("its types take more than any toolchain writes"));
        }
        for kind in types {
            visit(&kind.map_err(damaged)?)?;
        }
    }
    Ok(())
}

fn within_depth(kind: &ComponentType<'_>, left: usize) -> Result<(), NotAPlugin> {
    let Some(left) = left.checked_sub(1) else {
        return Err(foreign("its types lie within each other deeper than any toolchain writes"));
    };
    match kind {
        ComponentType::Component(declarations) => declarations.iter().try_for_each(|one| match one {
            ComponentTypeDeclaration::Type(inner) => within_depth(inner, left),
            _ => Ok(()),
        }),
        ComponentType::Instance(declarations) => declarations.iter().try_for_each(|one| match one {
            InstanceTypeDeclaration::Type(inner) => within_depth(inner, left),
            _ => Ok(()),
        }),
        _ => Ok(()),
    }
}

/// The packages of all interfaces and worlds that are named, in the order of their names.
fn packages(kind: &ComponentType<'_>, found: &mut Vec<String>) -> Result<(), NotAPlugin> {
    match kind {
        ComponentType::Component(declarations) => declarations.iter().try_for_each(|one| match one {
            ComponentTypeDeclaration::Type(inner) => packages(inner, found),
            ComponentTypeDeclaration::Import(import) => package(&import.name, found),
            ComponentTypeDeclaration::Export { name, .. } => package(name, found),
            _ => Ok(()),
        }),
        ComponentType::Instance(declarations) => declarations.iter().try_for_each(|one| match one {
            InstanceTypeDeclaration::Type(inner) => packages(inner, found),
            InstanceTypeDeclaration::Export { name, .. } => package(name, found),
            _ => Ok(()),
        }),
        _ => Ok(()),
    }
}

fn package(name: &ComponentExternName<'_>, found: &mut Vec<String>) -> Result<(), NotAPlugin> {
    if name.implements.is_some() || name.version_suffix.is_some() {
        return Err(foreign("it describes itself in a newer way than this host knows"));
    }
    if let Some((package, item)) = name.name.split_once('/') {
        let version = item.split_once('@').map_or("", |(_, version)| version);
        found.push(format!("{package}@{version}"));
    }
    Ok(())
}

/// Which package may need which. A name can only use what was named before it, so each is taken to need all others that
/// were: more than is true, and never less.
#[derive(Default)]
struct Needs(BTreeMap<String, BTreeSet<String>>);

impl Needs {
    fn add(&mut self, names: &[String]) {
        let mut before: BTreeSet<String> = BTreeSet::new();
        for name in names {
            let needed = before.iter().filter(|other| *other != name).cloned();
            self.0.entry(name.clone()).or_default().extend(needed);
            before.insert(name.clone());
        }
    }

    /// Whether some need each other: what is left when those that need nothing more are taken away again and again.
    fn go_round(mut self) -> bool {
        while let Some(free) = self.0.iter().find(|(_, needed)| needed.is_empty()).map(|(name, _)| name.clone()) {
            self.0.remove(&free);
            for needed in self.0.values_mut() {
                needed.remove(&free);
            }
        }
        !self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A description of a world that names these interfaces.
    fn description(interfaces: &[&str]) -> Vec<u8> {
        let imports: String =
            interfaces.iter().map(|name| format!(r#"(import "{name}" (instance (type 0)))"#)).collect();
        let text = format!(
            r#"(component
                (type (component
                    (type (component (type (instance)) {imports}))
                    (export "a:world/collector@0.1.0" (component (type 0)))))
                (export "collector" (type 0))
                (@custom "wit-component-encoding" "\04\00"))"#
        );
        wat::parse_str(&text).unwrap()
    }

    fn checked(sections: &[&[u8]]) -> Result<(), String> {
        apart(|| check_descriptions(sections)).map_err(|refused| refused.to_string())
    }

    #[test]
    fn packages_that_may_need_each_other_are_refused_and_not_followed() {
        let one_way = description(&["a:a/x@1.0.0", "b:b/x@1.0.0", "b:b/y@1.0.0", "c:c/x@1.0.0"]);
        let other_way = description(&["c:c/y@1.0.0", "a:a/y@1.0.0"]);
        let round = description(&["a:a/x@1.0.0", "b:b/x@1.0.0", "a:a/y@1.0.0"]);
        let own = description(&["a:world/x@0.1.0", "b:b/x@1.0.0"]);
        assert_eq!(checked(&[&one_way]), Ok(()));
        assert_eq!(checked(&[&one_way, &one_way]), Ok(()));
        assert_eq!(checked(&[&other_way]), Ok(()));
        for sections in [&[&*round][..], &[&*own], &[&*one_way, &*other_way]] {
            assert!(checked(sections).is_err_and(|sentence| sentence.contains("may need each other")));
        }
    }

    /// A component with one type section of `size` bytes, types within types all the way.
    fn nested(size: usize) -> Vec<u8> {
        let levels = (size - 4) / 3;
        // Each level: a component type with one declaration, which is a type; the innermost is a `u8`.
        let section = [&[1][..], &[0x41, 1, 1].repeat(levels), &[0x7d]].concat();
        let length: Vec<u8> =
            (0..5).map(|at| ((section.len() >> (7 * at)) & 0x7f) as u8 | if at < 4 { 0x80 } else { 0 }).collect();
        [b"\0asm\x0d\0\x01\0", &[7][..], &length, &section].concat()
    }

    #[test]
    fn types_within_types_end_in_a_sentence_and_not_at_the_end_of_the_stack() {
        let largest = usize::try_from(MOST_TYPE_BYTES).unwrap();
        for (size, said) in
            [(60, "deeper than any"), (largest, "deeper than any"), (largest + 100, "take more than any")]
        {
            let component = nested(size);
            let refused = apart(|| check_component(&component)).unwrap_err().to_string();
            assert!(refused.contains(said), "{size}: {refused}");
            assert_eq!(checked(&[&component]).unwrap_err(), refused);
        }
        assert_eq!(apart(|| check_component(&nested(30))), Ok(()));
    }

    #[test]
    fn a_panic_while_a_file_is_read_is_a_refusal() {
        let refused = apart(|| -> Result<(), NotAPlugin> { panic!("as an encoder might") });
        assert!(refused.unwrap_err().to_string().ends_with("the host failed at reading it: it is too strange"));
    }
}
