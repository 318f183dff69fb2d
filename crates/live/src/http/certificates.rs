//! Whom to trust: the certificates of a file, or those of the system.

use std::{fs::File, io::Read, path::Path};

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use crate::{error::ErrorKind, limits::CERTIFICATES};

/// The certificates of a file, or of the system if nobody names one. A socket needs none.
pub(super) fn roots(file: Option<&Path>, has_net: bool) -> Result<RootCerts, ErrorKind> {
    let certificates = match file {
        Some(file) => of_file(file)?,
        None if has_net => of_system(),
        None => Vec::new(),
    };
    Ok(RootCerts::new_with_certs(&certificates))
}

fn of_file(path: &Path) -> Result<Vec<Certificate<'static>>, ErrorKind> {
    let wrong = |why: String| ErrorKind::Place(format!("the certificates in {}: {why}", path.display()));
    let mut pem = Vec::new();
    let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
    file.take(CERTIFICATES).read_to_end(&mut pem).map_err(|error| wrong(error.to_string()))?;
    let items = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
        Ok(_) => None,
        Err(error) => Some(Err(wrong(error.to_string()))),
    });
    let certificates: Vec<_> = items.collect::<Result<_, _>>()?;
    if certificates.is_empty() { Err(wrong("there are none in PEM".into())) } else { Ok(certificates) }
}

/// Those of the system, as far as they can be read: without any, no server is trusted.
fn of_system() -> Vec<Certificate<'static>> {
    let found = rustls_native_certs::load_native_certs().certs;
    found.iter().map(|der| Certificate::from_der(der).to_owned()).collect()
}
