//! Streamable HTTP, on loopback alone: whoever reaches the server acts as its agent. A page in a browser does
//! not reach it, since the names that it calls the server by, and the page's own origin, are checked.

use std::net::SocketAddr;
use std::sync::Arc;

use loom_core::error::{Code, Error};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::Server;
use super::desk::Desk;
use crate::exit::Failure;

/// Where the server answers.
const PATH: &str = "/mcp";

pub(super) async fn serve(desk: &Arc<Desk>, address: &str) -> Result<(), Failure> {
    let address: SocketAddr = address.parse().map_err(|_| {
        let message = format!("{address:?} is no address; write 127.0.0.1:PORT");
        Error::at(Code::InvalidField, "--http", message)
    })?;
    if !address.ip().is_loopback() {
        let message =
            "whoever reaches the server acts as its agent, so it listens on loopback alone";
        return Err(Error::at(Code::NotPermitted, "--http", message).into());
    }
    let outside = |why: std::io::Error| Failure::outside("--http", why);
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(outside)?;
    let bound = listener.local_addr().map_err(outside)?;
    let config = StreamableHttpServerConfig::default().enforce_origin_validation();
    let cancel = config.cancellation_token.clone();
    let of_server = Arc::clone(desk);
    let service = StreamableHttpService::new(
        move || Ok(Server::at(Arc::clone(&of_server))),
        Arc::new(LocalSessionManager::default()),
        config,
    );
    let router = axum::Router::new().nest_service(PATH, service);
    eprintln!("loom mcp: http://{bound}{PATH}");
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            stopped().await;
            cancel.cancel();
        })
        .await
        .map_err(outside)
}

/// Somebody wants the server to end.
pub(super) async fn stopped() {
    let mut term = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(term) => term,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
