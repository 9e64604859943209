//! Over real sockets: the server of the product on the loopback interface, and clients that know how to misbehave.

mod attacks;
mod client;
mod conformance;
mod delivery;
mod server;
