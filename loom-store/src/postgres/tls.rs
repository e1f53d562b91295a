//! Encrypted connections, by rustls. The server's certificate and name are always checked.

use std::path::Path;
use std::sync::Arc;

use loom_core::error::{Code, Error};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Trusts the authorities in a file of certificates in PEM, or else those of the system.
pub(super) fn connector(root: Option<&Path>) -> Result<MakeRustlsConnect, Error> {
    let mut roots = RootCertStore::empty();
    let refused = |why: String| Error::at(Code::InvalidField, "url", format!("sslrootcert: {why}"));
    match root {
        Some(file) => {
            let certificates =
                CertificateDer::pem_file_iter(file).map_err(|why| refused(why.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|why| refused(why.to_string()))?;
                roots
                    .add(certificate)
                    .map_err(|why| refused(why.to_string()))?;
            }
        }
        None => {
            let (_, _) =
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(refused(
            "there is no certificate of an authority to trust".to_owned(),
        ));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|why| Error::new(Code::Internal, format!("tls: {why}")))?;
    Ok(MakeRustlsConnect::new(
        config.with_root_certificates(roots).with_no_client_auth(),
    ))
}
