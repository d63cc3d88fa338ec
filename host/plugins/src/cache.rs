//! Compiled plugins, kept on disk: loading one takes microseconds where compiling takes tens of milliseconds.
//!
//! A file holds the SHA-256 of what follows, and the machine code. The engine itself notices few damages (3 of 114 flipped
//! bits), and it runs what it is given: so the hash is checked first, and the folder is readable by its owner alone.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Compiled files kept; the ones that were not used for longest go first.
const MOST: usize = 64;
const HASH: usize = 32;

/// SHA-256 in hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compiled plugins: on disk, and those in use in memory, where instances of one file share their code.
pub(crate) struct Cache {
    folder: PathBuf,
    in_use: Mutex<BTreeMap<PathBuf, Weak<Component>>>,
}

impl Cache {
    /// The cache in `folder`, which is made when something is put there.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, in_use: Mutex::default() }
    }

    /// The compiled component: from memory or disk, else compiled and put there. A cache that cannot be used costs time, nothing
    /// else.
    pub(crate) fn compiled(&self, engine: &Engine, component: &[u8]) -> wasmtime::Result<Arc<Component>> {
        let mut version = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut version);
        let path = self.folder.join(format!("{}-{:016x}.cwasm", hash(component), version.finish()));
        if let Some(shared) = self.in_use.lock().get(&path).and_then(Weak::upgrade) {
            return Ok(shared);
        }
        let found = Arc::new(match load(engine, &path) {
            Some(known) => known,
            None => self.compile(engine, component, &path)?,
        });
        let mut in_use = self.in_use.lock();
        in_use.retain(|_, component| component.strong_count() > 0);
        // Of two that came at once the first one's is shared.
        if let Some(shared) = in_use.get(&path).and_then(Weak::upgrade) {
            return Ok(shared);
        }
        in_use.insert(path, Arc::downgrade(&found));
        Ok(found)
    }

    fn compile(&self, engine: &Engine, component: &[u8], path: &Path) -> wasmtime::Result<Component> {
        let compiled = Component::new(engine, component)?;
        give_back();
        let kept = compiled.serialize().map_err(io::Error::other).and_then(|code| keep(&self.folder, path, &code));
        if let Err(error) = kept {
            tracing::warn!(file = %path.display(), %error, "a compiled plugin could not be kept; it will be compiled again");
        }
        Ok(compiled)
    }
}

/// The compiler takes tens of megabytes for a moment. glibc would keep them for the next one, which seldom comes (`malloc_trim(3)`).
#[expect(unsafe_code, reason = "the allocator is asked to give back what it does not use")]
fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it takes a number, touches free memory alone, and may be called by any thread at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[expect(unsafe_code, reason = "machine code is loaded, after its own hash was checked")]
fn load(engine: &Engine, path: &Path) -> Option<Component> {
    let bytes = fs::read(path).ok()?;
    if let Err(reason) = is_ours(path) {
        tracing::warn!(file = %path.display(), "a compiled plugin is not trusted, because {reason}; it is compiled again");
        return None;
    }
    let (sum, code) = bytes.split_at_checked(HASH)?;
    if Sha256::digest(code).as_slice() != sum {
        tracing::warn!(file = %path.display(), "a compiled plugin is damaged; it is compiled again");
        return None;
    }
    // SAFETY: the bytes are, by their hash, those that `keep` got from `Component::serialize` of this version of the engine
    // (its compatibility hash is part of the name), in a folder that only this user can write.
    let component = unsafe { Component::deserialize(engine, code) }.ok()?;
    // The time of last use decides what is kept.
    let _ = fs::File::options().append(true).open(path).and_then(|file| file.set_modified(now()));
    Some(component)
}

/// Whether nobody but this user (and root) can have written the file: its hash stands beside the code, so whoever can write the
/// one can write the other.
fn is_ours(path: &Path) -> Result<(), String> {
    let me = rustix::process::geteuid().as_raw();
    for place in path.parent().into_iter().chain([path]) {
        let known = fs::symlink_metadata(place).map_err(|error| error.to_string())?;
        if known.is_symlink() {
            return Err(format!("{} is a link", place.display()));
        }
        if known.uid() != me && known.uid() != 0 {
            return Err(format!("{} belongs to another user", place.display()));
        }
        if known.mode() & 0o022 != 0 {
            return Err(format!("others can write to {}", place.display()));
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a file's time is compared with other files' times only")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn keep(folder: &Path, path: &Path, code: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    fs::write(&beside, [Sha256::digest(code).as_slice(), code].concat())?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o600))?;
    fs::rename(&beside, path)?;
    prune(folder)
}

fn prune(folder: &Path) -> io::Result<()> {
    let mut files: Vec<(SystemTime, PathBuf)> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "cwasm"))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(MOST);
    files.into_iter().take(surplus).try_for_each(|(_, path)| fs::remove_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::engine;
    use proptest::prelude::*;

    #[test]
    fn a_damaged_file_is_compiled_again_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let component = wat_component();
        let engine = engine().unwrap();
        Cache::new(cache.clone()).compiled(engine, &component).unwrap();
        let file = fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
        let good = fs::read(&file).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 0x10;
        fs::write(&file, &bad).unwrap();
        Cache::new(cache.clone()).compiled(engine, &component).unwrap();
        assert_eq!(fs::read(&file).unwrap()[..HASH], good[..HASH], "the file was not mended");
        assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn no_damage_of_a_kept_file_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        Cache::new(folder.path().to_owned()).compiled(engine().unwrap(), &wat_component()).unwrap();
        let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let good = fs::read(&file).unwrap();
        let config = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(at in 0..good.len(), bit in 0..8_u8, cut in any::<bool>())| {
            let mut bad = good.clone();
            if cut { bad.truncate(at) } else { bad[at] ^= 1 << bit }
            fs::write(&file, &bad)?;
            prop_assert!(load(engine().unwrap(), &file).is_none());
        });
        fs::write(&file, &good).unwrap();
        assert!(load(engine().unwrap(), &file).is_some());
    }

    #[test]
    fn what_others_could_have_written_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        let engine = engine().unwrap();
        drop(Cache::new(cache.clone()).compiled(engine, &wat_component()).unwrap());
        let file = fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
        assert!(load(engine, &file).is_some());
        for (place, mode) in [(&cache, 0o777), (&file, 0o666)] {
            let before = fs::metadata(place).unwrap().permissions();
            fs::set_permissions(place, fs::Permissions::from_mode(mode)).unwrap();
            assert!(load(engine, &file).is_none(), "{} with {mode:o}", place.display());
            fs::set_permissions(place, before).unwrap();
        }
        let elsewhere = folder.path().join("elsewhere.cwasm");
        fs::rename(&file, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
        assert!(load(engine, &file).is_none(), "a link");
        // It is made anew, and the folder is closed again.
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
        fs::remove_file(&file).unwrap();
        drop(Cache::new(cache.clone()).compiled(engine, &wat_component()).unwrap());
        assert!(load(engine, &file).is_some());
    }

    #[test]
    fn instances_of_one_file_share_its_code_for_as_long_as_one_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("cache"));
        let engine = engine().unwrap();
        let first = cache.compiled(engine, &wat_component()).unwrap();
        let second = cache.compiled(engine, &wat_component()).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        let gone = Arc::downgrade(&first);
        drop((first, second));
        assert!(gone.upgrade().is_none(), "nothing is kept for nobody");
        cache.compiled(engine, &wat_component()).unwrap();
    }

    /// The smallest component: one without anything in it.
    fn wat_component() -> Vec<u8> {
        b"\0asm\x0d\0\x01\0".to_vec()
    }
}
