//! The files of a store: opened without changing anything, put in place and set aside without losing anything.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::CareError;
use crate::schema;
use crate::store::beside;

/// What SQLite keeps beside a database.
const ENDINGS: [&str; 3] = ["-wal", "-shm", "-journal"];
/// The longest value that is read: more than any chunk has. A damaged length must not cost a gigabyte of memory.
const LONGEST: i32 = 256 << 20;

/// The file itself, where the path is a link to it: SQLite keeps its log beside that, and it is that which is replaced.
pub(super) fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Refuses what is no file.
pub(super) fn must_be_a_file(path: &Path) -> Result<(), CareError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(CareError::Folder { path: path.to_owned() }),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(CareError::Missing { path: path.to_owned() }),
        Err(error) => Err(CareError::file("look at", path)(error)),
    }
}

/// Refuses to write over what is there.
pub(super) fn must_be_free(path: &Path) -> Result<(), CareError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(CareError::Exists { path: path.to_owned() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(CareError::file("look at", path)(error)),
    }
}

/// Opens a database for reading only, beside whoever writes it. That it is damaged shows when it is read.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, CareError> {
    must_be_a_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = |connection: rusqlite::Result<Connection>| -> rusqlite::Result<Connection> {
        let connection = connection?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
        Ok(connection)
    };
    let touch = |connection: Connection| -> rusqlite::Result<Connection> {
        match connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
            Err(error) if !is_damage(&error) => Err(error),
            _ => Ok(connection),
        }
    };
    match connect(Connection::open_with_flags(path, flags)).and_then(touch) {
        // Reading beside a writer needs a file beside the database. Where none can be made, and no log is there, nobody writes.
        Err(error) if cannot_share(&error) && size(&beside(&real(path), "-wal")) == 0 => {
            let address = std::path::absolute(path).map_err(CareError::file("find", path))?;
            let address = format!("file:{}?immutable=1", escaped(&address));
            connect(Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI))
                .and_then(touch)
                .map_err(CareError::sqlite("read", path))
        }
        other => other.map_err(CareError::sqlite("read", path)),
    }
}

fn cannot_share(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::SystemIoFailure)
    )
}

/// A path as part of a URI (RFC 3986): all but plain letters, digits and `/._-~` by their bytes.
fn escaped(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte);
    let one = |byte: &u8| if plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    path.as_os_str().as_encoded_bytes().iter().map(one).collect()
}

/// Whether SQLite says that the file is not what it wrote.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

/// The schema's version of a database of ours that is not newer than this program.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<i64, CareError> {
    let unreadable = |error: rusqlite::Error| match is_damage(&error) {
        true => CareError::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
            advice: "run `autobot-host store repair`",
        },
        false => CareError::sqlite("read", path)(error),
    };
    let (found, known) = (schema::version(connection).map_err(unreadable)?, schema::VERSION);
    if found > known {
        return Err(CareError::Newer { path: path.to_owned(), found, known });
    }
    let tables =
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('series', 'family', 'hot', 'chunk')";
    let tables: i64 = connection.query_row(tables, [], |row| row.get(0)).map_err(unreadable)?;
    match (found, tables) {
        (1.., 4) => Ok(found),
        (_, 0) => Err(CareError::Foreign { path: path.to_owned(), reason: "it has none of the tables".to_owned() }),
        _ => Err(CareError::Damaged {
            path: path.to_owned(),
            reason: format!("it has {tables} of 4 tables, and says that its schema is version {found}"),
            advice: "run `autobot-host store repair`",
        }),
    }
}

/// As [`version`], of the version that this program writes.
pub(super) fn must_be_current(connection: &Connection, path: &Path) -> Result<(), CareError> {
    match version(connection, path)? {
        found if found < schema::VERSION => {
            Err(CareError::Older { path: path.to_owned(), found, known: schema::VERSION })
        }
        _ => Ok(()),
    }
}

/// Opens a database of the version that this program writes, for reading only.
pub(crate) fn open_current(path: &Path) -> Result<Connection, CareError> {
    let connection = open_to_read(path)?;
    must_be_current(&connection, path)?;
    Ok(connection)
}

/// Refuses while any other connection has the database open, in this process or another.
pub(super) fn must_be_alone(path: &Path) -> Result<(), CareError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let alone = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(Duration::ZERO)?;
        // Looking must not change the file: the log stays where it is.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.execute_batch("PRAGMA locking_mode=EXCLUSIVE")?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
    });
    match alone {
        Err(error)
            if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) =>
        {
            Err(CareError::InUse { path: path.to_owned() })
        }
        // What else is wrong with it is found by whoever asked, and said better.
        _ => Ok(()),
    }
}

/// The length of a file; 0 where there is none.
pub(super) fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |data| data.len())
}

/// Bytes of a database and its log.
pub(super) fn size_with_log(path: &Path) -> u64 {
    size(path).saturating_add(size(&beside(&real(path), "-wal")))
}

/// A file in the making beside the one that it is to be; what was not put in its place goes with it.
#[derive(Debug)]
pub(super) struct Draft(PathBuf);

impl Draft {
    /// A name that nobody uses, of this process.
    pub(super) fn beside(path: &Path, what: &str) -> Result<Self, CareError> {
        let draft = beside(path, &format!(".{what}-{}", std::process::id()));
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&draft)
            .map_err(CareError::file("make", &draft))
            .map(|_| Self(draft))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Forces it to the disk.
    pub(super) fn sync(&self) -> Result<(), CareError> {
        File::open(&self.0).and_then(|file| file.sync_all()).map_err(CareError::file("force to the disk", &self.0))
    }

    /// Gives it owner and rights of the file whose place it takes, or the owner of the folder: whoever repairs a store as root must
    /// not keep the host from it.
    #[cfg(unix)]
    fn belong_as(&self, path: &Path) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt, chown};
        let model = match fs::metadata(path) {
            Ok(model) => {
                fs::set_permissions(&self.0, model.permissions())?;
                model
            }
            Err(error) if error.kind() == ErrorKind::NotFound => fs::metadata(folder(path))?,
            Err(error) => return Err(error),
        };
        let own = fs::metadata(&self.0)?;
        if own.uid() != model.uid() {
            return chown(&self.0, Some(model.uid()), Some(model.gid()));
        }
        if own.gid() != model.gid() {
            // A group that its owner is not in cannot be given, and is not needed by the owner.
            drop(chown(&self.0, None, Some(model.gid())));
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn belong_as(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Gives it a name that nobody uses yet.
    pub(super) fn publish(self, path: &Path) -> Result<(), CareError> {
        // A link is refused where the name is taken, a rename is not; but not every file system has links.
        match fs::hard_link(&self.0, path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(CareError::Exists { path: path.to_owned() });
            }
            Err(_) => {
                must_be_free(path)?;
                fs::rename(&self.0, path).map_err(CareError::file("make", path))?;
            }
        }
        sync_folder(path).map_err(CareError::file("force to the disk the folder of", path))
    }

    /// Puts it in the place of `path`, and keeps what was there, with its log, under the name with that ending; gives that name.
    ///
    /// Whatever fails, the old file is where it was. Cut off midway, the old file is there under one of the two names, and the new
    /// one under either of its two; no log ever stands beside a file that it does not belong to.
    pub(super) fn replace(self, path: &Path, ending: &str) -> Result<Option<PathBuf>, CareError> {
        let aside = beside(path, ending);
        let mut moves = Moves::default();
        let there = path.exists();
        if there {
            must_be_free(&aside)?;
        }
        self.belong_as(path).map_err(CareError::file("give to the owner of the one before", &self.0))?;
        let linked = there && fs::hard_link(path, &aside).is_ok();
        let moved = (|| {
            for end in ENDINGS {
                moves.rename(&beside(path, end), &beside(&aside, end))?;
            }
            // The log is away for certain before another file has its name.
            sync_folder(path)?;
            if there && !linked {
                moves.rename(path, &aside)?;
            }
            fs::rename(&self.0, path)
        })();
        if let Err(error) = moved {
            moves.take_back();
            if linked {
                // The same file under its second name.
                drop(fs::remove_file(&aside));
            }
            return Err(CareError::file("replace", path)(error));
        }
        sync_folder(path).map_err(CareError::file("force to the disk the folder of", path))?;
        Ok(there.then_some(aside))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for end in ENDINGS.into_iter().chain([""]) {
            // What is left behind costs room only, and its name says what it is.
            drop(fs::remove_file(beside(&self.0, end)));
        }
    }
}

/// Renames that can be taken back.
#[derive(Default)]
struct Moves(Vec<(PathBuf, PathBuf)>);

impl Moves {
    /// Renames what is there; that nothing is there is no error.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        match fs::rename(from, to) {
            Ok(()) => {
                self.0.push((from.to_owned(), to.to_owned()));
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn take_back(&mut self) {
        while let Some((from, to)) = self.0.pop() {
            if let Err(error) = fs::rename(&to, &from) {
                tracing::error!(%error, from = %to.display(), to = %from.display(), "a file could not be moved back");
            }
        }
    }
}

/// Forces the names in a file's folder to the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
