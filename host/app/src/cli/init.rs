//! `init`: a configuration to begin with.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::{Done, InitArgs, output};

pub(super) fn run(args: &InitArgs) -> Result<Done> {
    let text = match &args.from {
        None => autobot_config::DEFAULT_TEXT.to_owned(),
        Some(from) => {
            let old = fs::read_to_string(from).with_context(|| format!("{} could not be read", from.display()))?;
            match autobot_config::from_original(&old, from) {
                Ok(text) => text,
                Err(mistakes) => {
                    eprintln!("{}\n", mistakes.render(false));
                    bail!("{} is no configuration that could be taken over", from.display());
                }
            }
        }
    };
    if args.dry_run {
        output::text(&text)?;
    } else {
        write_new(&args.to, &text)?;
        output::text(&format!("wrote {0}; check it with `autobot-host check-config {0}`", args.to.display()))?;
    }
    Ok(Done::Fine)
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))?;
    }
    match File::create_new(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).with_context(|| format!("{} could not be written", path.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!("{} is there already and is left as it is; name another place with --to FILE", path.display())
        }
        Err(error) => Err(error).with_context(|| format!("{} could not be written", path.display())),
    }
}
