//! A relay behind a proxy that speaks https, as `docs/operating.md` sets it up.

use std::fs;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::harness::{Participant, Relay, check_exit, run, text};

/// A proxy on a port of its own, which ends with the runtime that it lives in.
struct Proxy {
    _runtime: tokio::runtime::Runtime,
    port: u16,
    /// Its certificate, in PEM.
    certificate: String,
}

impl Proxy {
    fn before(relay: &Relay) -> Self {
        let made =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("they fit");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let address = relay.address().to_owned();
        runtime.spawn(async move {
            while let Ok((outside, _)) = listener.accept().await {
                let (acceptor, address) = (acceptor.clone(), address.clone());
                tokio::spawn(async move {
                    let Ok(mut outside) = acceptor.accept(outside).await else {
                        return;
                    };
                    let mut inside = TcpStream::connect(address)
                        .await
                        .expect("the relay listens");
                    // Either end may hang up at any time.
                    let _ = copy_bidirectional(&mut outside, &mut inside).await;
                });
            }
        });
        Self {
            _runtime: runtime,
            port,
            certificate: made.cert.pem(),
        }
    }

    /// The same link through the proxy.
    fn link(&self, relay: &Relay, link: &str) -> String {
        link.replace(&relay.url, &format!("https://localhost:{}", self.port))
    }
}

#[test]
fn a_draft_is_synced_over_tls_with_an_authority_that_the_system_trusts() {
    let relay = Relay::start();
    let draft = relay.new_draft(b"# Over TLS\n");
    let proxy = Proxy::before(&relay);
    let link = proxy.link(&relay, draft.editor());
    assert!(link.starts_with("https://localhost:"), "{link}");
    let anna = Participant::new();
    let authority = anna.home.path().join("authority.pem");
    fs::write(&authority, &proxy.certificate).expect("written");

    let unknown = run(anna.sync_command(&link).args(["--once", "--timeout", "2"]));
    assert_ne!(unknown.status.code(), Some(0), "nobody vouches for it");
    assert!(anna.folder().is_empty(), "nothing was written");

    let mut sync = anna.sync_command(&link);
    sync.arg("--once").env("SSL_CERT_FILE", &authority);
    check_exit(&run(&mut sync), 0);
    assert_eq!(anna.text(), "# Over TLS\n");

    anna.write("# Over TLS\n\nAnd back.\n");
    check_exit(&run(&mut sync), 0);
    let export = run(relay
        .command()
        .args(["export", &link, "--to", "md", "--output", "-"])
        .env("SSL_CERT_FILE", &authority));
    check_exit(&export, 0);
    assert_eq!(text(&export.stdout), "# Over TLS\n\nAnd back.\n");
}
