//! The dashboard's built files, embedded. The sources are in `web/`; `cargo xtask build` makes `dist/` of them.
//!
//! It knows files and their types, not HTTP.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/dist"]
struct Dist;

/// One file of the dashboard.
#[derive(Debug)]
pub struct File {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// For `Content-Type`.
    pub media_type: &'static str,
    /// SHA-256 of the bytes in hexadecimal, for `ETag`.
    pub hash: String,
    /// Whether its name changes with its content, so that it may be kept for ever.
    pub immutable: bool,
}

/// The file at `path` (`index.html`, `assets/...`), if the dashboard has it.
pub fn file(path: &str) -> Option<File> {
    let file = Dist::get(path)?;
    let hash = file.metadata.sha256_hash().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(File { bytes: file.data, media_type: media_type(path), hash, immutable: path.starts_with("assets/") })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_and_its_assets_are_embedded() {
        let page = super::file("index.html").expect("a build without its page must not pass");
        assert_eq!(page.media_type, "text/html; charset=utf-8");
        assert!(!page.immutable);
        assert!(super::file("../Cargo.toml").is_none());
    }
}
