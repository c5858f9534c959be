//! Encryption: one certificate for all front ends.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::rustls::server::ServerConfig;

use crate::error::ServeError;

/// A certificate with its key, checked to belong together.
#[derive(Debug, Clone)]
pub struct Tls {
    config: ServerConfig,
}

impl Tls {
    /// Reads a certificate chain and its key, both PEM.
    ///
    /// # Errors
    /// Fails when a file cannot be read or holds no such thing, or when they do not fit.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, ServeError> {
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(unreadable(certificate))?;
        let secret = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
        let unfit = |source| ServeError::Tls { path: certificate.to_owned(), source };
        let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unfit)?
            .with_no_client_auth()
            .with_single_cert(chain, secret)
            .map_err(unfit)?;
        Ok(Self { config })
    }

    /// What turns sockets into encrypted ones, for clients that speak one of these protocols (ALPN) or name none.
    pub fn acceptor(&self, protocols: &[&[u8]]) -> TlsAcceptor {
        let mut config = self.config.clone();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

fn unreadable(path: &Path) -> impl Fn(pem::Error) -> ServeError {
    let path: PathBuf = path.to_owned();
    move |error| {
        let source = match error {
            pem::Error::Io(error) => error,
            other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
        };
        ServeError::Certificate { path: path.clone(), source }
    }
}
