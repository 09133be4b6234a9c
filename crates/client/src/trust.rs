//! Whose certificates are trusted over https: those that the system trusts, so that an organisation's
//! own authority works as it does in its browsers, and Mozilla's where the system names none. For
//! websockets the library does the same by its features.

use std::sync::Arc;

use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The authorities for HTTP requests.
pub(crate) fn tls() -> TlsConfig {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::debug!(%error, "a certificate of the system cannot be read");
    }
    let certificates: Vec<_> = found
        .certs
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    let roots = if certificates.is_empty() {
        RootCerts::WebPki
    } else {
        RootCerts::Specific(Arc::new(certificates))
    };
    TlsConfig::builder().root_certs(roots).build()
}
