//! How often one may ask: guesses at secrets, and posts.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::ClientAddress;
use crate::domain::{Code, Limits, Refusal, UserId, Username};

/// One allowance for each key. Keys whose allowance is whole again are forgotten, so that an attacker who comes from everywhere
/// fills no memory for longer than the allowance takes to refill.
struct Keyed<K: Clone + Eq + Hash> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    asked: AtomicU32,
}

/// Checks between two rounds of forgetting.
const SWEEP_EVERY: u32 = 1_024;

impl<K: Clone + Eq + Hash> Keyed<K> {
    fn new(quota: Quota) -> Self {
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default(), asked: AtomicU32::new(0) }
    }

    /// Takes one from the key's allowance, or says how long until there is one.
    fn take(&self, key: &K) -> Result<(), Duration> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(key).map_err(|until| until.wait_time_from(self.clock.now()))
    }
}

/// At least one, since governor knows no zero.
fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn slow_down(what: &str, wait: Duration) -> Refusal {
    // A moment more than the wait: a clock that ticks in milliseconds must not send the client back too early.
    let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
    Refusal::of(Code::SlowDown, what).retry_after_ms(milliseconds)
}

/// Guesses: at a password, at the set-up code, at invites.
#[derive(Clone)]
pub struct Throttle(Arc<Guesses>);

struct Guesses {
    per_account: Keyed<(Username, IpAddr)>,
    per_address: Keyed<IpAddr>,
    set_up_and_sign_up: Keyed<IpAddr>,
    bearers: Keyed<IpAddr>,
}

/// An address may guess this many times as often as one account from it.
const ADDRESS_SHARE: u32 = 5;

impl Throttle {
    /// `limits.sign_in_per_minute` guesses a minute for an account from one address, and five times as many for the address.
    pub fn new(limits: &Limits) -> Self {
        let per_account = at_least_one(limits.sign_in_per_minute);
        let per_address = per_account.saturating_mul(at_least_one(ADDRESS_SHARE));
        Self(Arc::new(Guesses {
            per_account: Keyed::new(Quota::per_minute(per_account)),
            per_address: Keyed::new(Quota::per_minute(per_address)),
            set_up_and_sign_up: Keyed::new(Quota::per_minute(per_address)),
            bearers: Keyed::new(Quota::per_minute(per_address)),
        }))
    }

    /// Before each look at a password. Known and unknown accounts count alike; `None` is a name that no account can have.
    ///
    /// # Errors
    /// [`Code::SlowDown`] with the time to wait.
    pub fn sign_in(&self, account: Option<&Username>, address: ClientAddress) -> Result<(), Refusal> {
        let network = address.network();
        self.0
            .per_address
            .take(&network)
            .and_then(|()| account.map_or(Ok(()), |account| self.0.per_account.take(&(account.clone(), network))))
            .map_err(|wait| slow_down("Too many attempts to sign in. Wait a little.", wait))
    }

    /// After each token that opened nothing. Nobody guesses 256 bits; but each try is a query.
    ///
    /// # Errors
    /// [`Code::SlowDown`] with the time to wait.
    pub fn bad_bearer(&self, address: ClientAddress) -> Result<(), Refusal> {
        self.0.bearers.take(&address.network()).map_err(|wait| slow_down("Too many tokens that open nothing. Wait a little.", wait))
    }

    /// Before each look at a set-up code, and each sign-up: what costs a password hash or tries an invite.
    ///
    /// # Errors
    /// [`Code::SlowDown`] with the time to wait.
    pub fn sign_up(&self, address: ClientAddress) -> Result<(), Refusal> {
        self.0.set_up_and_sign_up.take(&address.network()).map_err(|wait| slow_down("Too many attempts. Wait a little.", wait))
    }
}

/// Posts of a user, over every socket and REST request together.
#[derive(Clone)]
pub struct PostRate(Arc<Keyed<UserId>>);

impl PostRate {
    /// `limits.posts_per_second` on average, `limits.posts_burst` at once.
    pub fn new(limits: &Limits) -> Self {
        let quota = Quota::per_second(at_least_one(limits.posts_per_second)).allow_burst(at_least_one(limits.posts_burst));
        Self(Arc::new(Keyed::new(quota)))
    }

    /// Before each post.
    ///
    /// # Errors
    /// [`Code::SlowDown`] with the time to wait.
    pub fn check(&self, user: UserId) -> Result<(), Refusal> {
        self.0.take(&user).map_err(|wait| slow_down("You are posting too fast. Wait a moment.", wait))
    }
}

/// Handshakes of an address, whoever makes them.
#[derive(Clone)]
pub struct HandshakeRate(Arc<Keyed<IpAddr>>);

impl HandshakeRate {
    /// `limits.handshakes_per_second` on average. As many at once as the address may have sockets: after a restart all come back.
    pub fn new(limits: &Limits) -> Self {
        let all = at_least_one(u32::try_from(limits.sockets_per_address).unwrap_or(u32::MAX));
        Self(Arc::new(Keyed::new(Quota::per_second(at_least_one(limits.handshakes_per_second)).allow_burst(all))))
    }

    /// Before each handshake.
    ///
    /// # Errors
    /// [`Code::SlowDown`] with the time to wait.
    pub fn check(&self, address: ClientAddress) -> Result<(), Refusal> {
        self.0.take(&address.network()).map_err(|wait| slow_down("Too many handshakes from this address. Wait a moment.", wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> ClientAddress {
        ClientAddress(text.parse().unwrap())
    }

    #[test]
    fn an_account_is_guessed_at_five_times_and_an_address_guesses_twenty_five_times() {
        let throttle = Throttle::new(&Limits::default());
        let [alice, bob] = ["alice", "bob"].map(|name| Username::parse(name).unwrap());
        let here = address("198.51.100.7");
        for _ in 0..5 {
            throttle.sign_in(Some(&alice), here).unwrap();
        }
        let refusal = throttle.sign_in(Some(&alice), here).unwrap_err();
        assert_eq!(refusal.code, Code::SlowDown);
        assert!((1..=12_001).contains(&refusal.retry_after_ms.unwrap()), "{refusal:?}");
        throttle.sign_in(Some(&bob), here).unwrap();
        throttle.sign_in(Some(&alice), address("203.0.113.9")).unwrap();
        let spent = (0..100).find(|n| throttle.sign_in(Username::parse(&format!("user{n}")).ok().as_ref(), here).is_err());
        assert_eq!(spent, Some(25 - 7));
    }

    #[test]
    fn a_user_posts_a_burst_and_then_waits() {
        let rate = PostRate::new(&Limits { posts_per_second: 1, posts_burst: 3, ..Limits::default() });
        for _ in 0..3 {
            rate.check(UserId::new(1)).unwrap();
        }
        assert!((1..=1_001).contains(&rate.check(UserId::new(1)).unwrap_err().retry_after_ms.unwrap()));
        rate.check(UserId::new(2)).unwrap();
    }

    #[test]
    fn keys_that_are_whole_again_are_forgotten() {
        let keyed = Keyed::new(Quota::with_period(Duration::from_nanos(1)).unwrap());
        for key in 0..10 * SWEEP_EVERY {
            let _ = keyed.take(&key);
        }
        assert!(keyed.limiter.len() <= SWEEP_EVERY as usize, "{}", keyed.limiter.len());
    }
}
