//! Whom TLS trusts: the roots of the machine's own store, and those that were added.

use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::Deadline;
use crate::CapabilityError;

/// Read when TLS is first spoken: most hosts never do. A root that the machine's store gains later is seen after a restart.
pub(super) struct Trust {
    extra: Arc<Vec<Vec<u8>>>,
    roots: OnceCell<Roots>,
}

/// What has been read.
#[derive(Clone, Debug)]
pub(super) struct Roots {
    pub(super) provider: Arc<CryptoProvider>,
    /// None when the machine trusts nobody.
    pub(super) verifier: Option<Arc<WebPkiServerVerifier>>,
}

impl Trust {
    pub(super) fn new(extra: Vec<Vec<u8>>) -> Self {
        Self { extra: Arc::new(extra), roots: OnceCell::new() }
    }

    /// The roots; the first to ask waits for the files to be read.
    pub(super) async fn roots(&self, deadline: Deadline, place: &str) -> Result<&Roots, CapabilityError> {
        let read = self.roots.get_or_try_init(|| async {
            let extra = self.extra.clone();
            tokio::task::spawn_blocking(move || read(&extra)).await.map_err(|error| error.to_string())?
        });
        let late = |within: &str| format!("{place}: the machine's trusted certificates were not read {within}");
        let read = deadline.bound(read, late).await?;
        read.map_err(|error| {
            CapabilityError::Failed(format!("the machine's trusted certificates cannot be used: {error}"))
        })
    }
}

fn read(extra: &[Vec<u8>]) -> Result<Roots, String> {
    let provider = Arc::new(ring::default_provider());
    let mut store = RootCertStore::empty();
    // What cannot be read or parsed is left out, as every other program of the machine does: one bad file must not end all trust.
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for root in extra {
        store.add(CertificateDer::from(root.clone())).map_err(|error| format!("an added root is none: {error}"))?;
    }
    if store.is_empty() {
        return Ok(Roots { provider, verifier: None });
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone()).build();
    Ok(Roots { provider, verifier: Some(verifier.map_err(|error| error.to_string())?) })
}
