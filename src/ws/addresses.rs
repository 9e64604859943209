//! What one address may have, whoever is behind it: sockets, handshakes, and connections on which nothing has been said yet.
//!
//! The limits of a person hold one account; these hold one who has many accounts, or none. An address is an IPv4 address or an IPv6
//! network of 64 bits ([`ClientAddress::network`]).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use parking_lot::Mutex;

use crate::auth::{ClientAddress, HandshakeRate};
use crate::domain::{Code, Limits, Refusal};
use crate::error::AppError;

/// How long one waits who has too many sockets already: until some of them may have ended.
const FULL_FOR_MS: u64 = 10_000;

/// The sockets and handshakes of each address. Cloning shares the counts.
#[derive(Clone)]
pub struct Addresses {
    sockets: Headcount,
    handshakes: HandshakeRate,
}

impl Addresses {
    /// As the limits say.
    pub fn new(limits: &Limits) -> Self {
        Self { sockets: Headcount::new(limits.sockets_per_address), handshakes: HandshakeRate::new(limits) }
    }

    /// One more socket of this address, for as long as the answer lives.
    ///
    /// # Errors
    /// [`Code::SlowDown`]: there are too many.
    pub(super) fn enter(&self, address: ClientAddress) -> Result<Place, Refusal> {
        self.sockets
            .enter(address.network())
            .ok_or_else(|| Refusal::of(Code::SlowDown, "Too many sockets are open from this address.").retry_after_ms(FULL_FOR_MS))
    }
}

/// Middleware in front of the handshake, before a credential is read from the database: a flood of handshakes costs a flooder's address
/// its turn, and nobody else anything.
///
/// # Errors
/// [`Code::SlowDown`] with the time to wait.
pub async fn pace_handshakes<B: MessageBody>(mut request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let address = request.extract::<ClientAddress>().await?;
    if let Some(addresses) = request.app_data::<web::Data<Addresses>>() {
        addresses.handshakes.check(address).map_err(AppError::from)?;
    }
    next.call(request).await
}

/// How many of something each address has open, and how many it may have.
#[derive(Clone)]
pub struct Headcount {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
}

/// Counts for as long as it lives.
pub struct Place {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    network: IpAddr,
}

impl Headcount {
    /// At most so many for each.
    pub fn new(most: usize) -> Self {
        Self { open: Arc::default(), most }
    }

    /// One more; `None` where that would be too many.
    pub fn enter(&self, network: IpAddr) -> Option<Place> {
        let mut open = self.open.lock();
        let here = open.entry(network).or_insert(0);
        if *here >= self.most {
            return None;
        }
        *here += 1;
        Some(Place { open: Arc::clone(&self.open), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        if let Some(here) = open.get_mut(&self.network) {
            *here -= 1;
            // An address that has nothing open takes no memory.
            if *here == 0 {
                open.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_full_keeps_no_other_out_and_leaves_nothing_behind() {
        let count = Headcount::new(2);
        let [one, other] = ["198.51.100.7", "198.51.100.8"].map(|text| text.parse().unwrap());
        let first = count.enter(one);
        let second = count.enter(one);
        assert!(first.is_some() && second.is_some() && count.enter(one).is_none() && count.enter(other).is_some());
        drop(first);
        assert!(count.enter(one).is_some());
        drop(second);
        assert!(count.open.lock().is_empty());
    }
}
