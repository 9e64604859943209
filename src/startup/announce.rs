//! What the operator reads after the start.

use std::net::{IpAddr, SocketAddr};

use crate::auth::SetupCode;
use crate::config::Config;

/// Where people open Snug: the public URL where there is one, else the address it listens on.
pub fn address(config: &Config, listening: SocketAddr) -> String {
    if let Some(url) = &config.site.public_url {
        return url.to_string();
    }
    match listening.ip() {
        ip if ip.is_unspecified() => format!("http://localhost:{}", listening.port()),
        IpAddr::V4(ip) => format!("http://{ip}:{}", listening.port()),
        IpAddr::V6(ip) => format!("http://[{ip}]:{}", listening.port()),
    }
}

/// Says on standard output where to go. The set-up code travels in the fragment, which no browser sends and no proxy logs.
#[expect(clippy::print_stdout, reason = "the address is the program's one answer to being started")]
pub fn ready(address: &str, listening: SocketAddr, setup_code: &SetupCode) {
    println!("Snug is ready at {address}");
    if !address.ends_with(&listening.to_string()) {
        // What a proxy in front must be told.
        println!("It listens on {listening}");
    }
    if let Some(code) = setup_code.to_print() {
        println!("Set up your place: {address}/setup#code={code}");
    }
}
