//! Who is calling, and whether they may call at all.

mod client_address;
mod origin;
mod password;
mod setup_code;
mod site;
mod throttle;

pub use client_address::{ClientAddress, TrustedProxies};
pub use origin::gate;
pub use password::{Cost, Passwords, refuse_common};
pub use setup_code::SetupCode;
pub use site::{Site, WebOrigin};
pub use throttle::{PostRate, Throttle};
