//! Names resolved for the HTTP client, unless they lead where nothing may be contacted.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Reach, Refusal, refusal, refusal_of_name};

/// The answer of a [`Lookup`].
pub(crate) type LookupFuture = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Who knows the addresses of a name: the system, or a test.
pub(crate) trait Lookup: fmt::Debug + Send + Sync {
    /// All addresses of a name.
    fn addresses(&self, host: String) -> LookupFuture;
}

/// Asks the system.
#[derive(Debug, Clone, Copy)]
struct System;

impl Lookup for System {
    fn addresses(&self, host: String) -> LookupFuture {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|socket| socket.ip()).collect())
        })
    }
}

/// A resolver that gives out no address beyond its reach.
///
/// It is asked for every connection, and the client connects to what it answers; so a name cannot be checked with one
/// answer and connected to with another (DNS rebinding). One refused address refuses the name: a name with a public and
/// a private address is an attempt to get at the private one, or a mistake that nobody can guess the meaning of, and the
/// client would try the addresses in turn.
#[derive(Debug, Clone)]
pub(crate) struct GuardedResolver {
    reach: Reach,
    lookup: Arc<dyn Lookup>,
}

/// A name that is not resolved, or an address that is not given out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("host `{host}` is not contacted ({}){}", refusal.as_str(), shown(*address))]
pub(crate) struct AddressRefused {
    /// The name that was asked for.
    pub(crate) host: String,
    /// The address it has; none where the name alone decides.
    pub(crate) address: Option<IpAddr>,
    /// What the address or name is.
    pub(crate) refusal: Refusal,
}

fn shown(address: Option<IpAddr>) -> String {
    address.map(|address| format!(": it resolves to `{address}`")).unwrap_or_default()
}

/// The refusal that a failed request comes from, if it comes from one.
pub(crate) fn refused_address(error: &reqwest::Error) -> Option<&AddressRefused> {
    std::iter::successors(error.source(), |&cause| cause.source()).find_map(|cause| cause.downcast_ref())
}

impl GuardedResolver {
    /// A resolver that asks the system.
    pub(crate) fn new(reach: Reach) -> Self {
        Self::with_lookup(reach, Arc::new(System))
    }

    /// A resolver that asks `lookup`.
    pub(crate) fn with_lookup(reach: Reach, lookup: Arc<dyn Lookup>) -> Self {
        Self { reach, lookup }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, lookup, host) = (self.reach, Arc::clone(&self.lookup), name.as_str().to_owned());
        Box::pin(async move {
            if let Some(refusal) = refusal_of_name(&host, reach) {
                return Err(AddressRefused { host, address: None, refusal }.into());
            }
            let addresses = lookup.addresses(host.clone()).await?;
            admit(host, addresses, reach).map_err(Into::into)
        })
    }
}

/// All addresses, if each may be contacted. The port is the URL's, which the client sets.
fn admit(host: String, addresses: Vec<IpAddr>, reach: Reach) -> Result<Addrs, AddressRefused> {
    let refused = addresses.iter().find_map(|&address| Some((address, refusal(address, reach)?)));
    if let Some((address, refusal)) = refused {
        return Err(AddressRefused { host, address: Some(address), refusal });
    }
    Ok(Box::new(addresses.into_iter().map(|address| (address, 0).into())))
}
