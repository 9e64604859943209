//! The floor: what writing the same frames to the same number of loopback sockets costs without any server around it.
//!
//! It is a process of its own, so that its CPU is measured as a server's is. It reads eight bytes from a sender (the token of a
//! post), puts them into the frame and writes that to every socket of the room: one `write(2)` for each frame, or for several
//! frames where several posts had come.

use std::io::{ErrorKind, Read, Write};
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use rustix::process::Signal;

use crate::frames;
use crate::server::{Running, Starting};
use crate::token;

const LISTENER: Token = Token(usize::MAX);

/// Starts the sender as a child on the server's core.
///
/// # Errors
/// It cannot be started.
pub fn start(message: &[u8], per_write: usize, pinned: bool) -> Result<Running> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["floor-sender", "--per-write", &per_write.to_string()]).stdin(Stdio::piped()).stderr(Stdio::inherit());
    let mut starting = Starting::spawn(command, pinned)?;
    starting.feed(message)?;
    if !starting.is_ready(std::time::Duration::from_secs(10))? {
        bail!("the sender of the floor did not start");
    }
    starting.finish()
}

/// A message as a Snug delivers it, where no server has been measured to take one from.
pub fn example_message(body_bytes: usize) -> Vec<u8> {
    let (id, text) = (token::client_id(1, 0), "x".repeat(body_bytes));
    format!(
        r#"{{"type":"event","room":123,"seq":12345,"tag":1234567890,"at":1764000000000,"by":123,"event":{{"kind":"posted","message":{{"id":123456,"room":123,"number":12340,"seq":12345,"author":123,"client_id":"{id}","body":"{text}","html":"<p>{text}</p>\n","at":1764000000000}}}}}}"#
    )
    .into_bytes()
}

/// The run whose number is in the message's `client_id`.
pub fn run_of(message: &[u8]) -> Result<u16> {
    let at = client_id_at(message)?;
    message.get(at..at + token::CLIENT_ID_LENGTH).and_then(token::run_of).context("a client_id of another program")
}

fn client_id_at(message: &[u8]) -> Result<usize> {
    const KEY: &[u8] = br#""client_id":""#;
    Ok(memchr::memmem::find(message, KEY).context("a message without client_id")? + KEY.len())
}

/// The sender itself. Ends with its parent.
///
/// # Errors
/// The system refuses something.
#[expect(clippy::print_stdout, reason = "the parent reads the address from standard output")]
pub fn send(per_write: usize) -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let mut message = Vec::new();
    std::io::stdin().read_to_end(&mut message)?;
    let mut listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("The floor is ready at {}", listener.local_addr()?);
    let mut sender = Sender::new(&message, per_write.max(1))?;
    let mut events = Events::with_capacity(1_024);
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                sender.accept(&listener, &poll)?;
            } else {
                sender.read(event.token().0)?;
            }
        }
    }
}

struct Socket {
    stream: TcpStream,
    room: Option<usize>,
    inbox: Vec<u8>,
}

struct Sender {
    sockets: Vec<Socket>,
    rooms: Vec<Vec<usize>>,
    frame: Vec<u8>,
    token_at: usize,
    per_write: usize,
    batch: Vec<u8>,
}

impl Sender {
    fn new(message: &[u8], per_write: usize) -> Result<Self> {
        let mut frame = Vec::new();
        frames::unmasked(frames::TEXT, message, &mut frame);
        // The last twelve digits of the id.
        let token_at = client_id_at(message)? + 24 + (frame.len() - message.len());
        Ok(Self { sockets: Vec::new(), rooms: Vec::new(), frame, token_at, per_write, batch: Vec::new() })
    }

    fn accept(&mut self, listener: &TcpListener, poll: &Poll) -> Result<()> {
        loop {
            match listener.accept() {
                Ok((mut stream, _)) => {
                    stream.set_nodelay(true)?;
                    poll.registry().register(&mut stream, Token(self.sockets.len()), Interest::READABLE)?;
                    self.sockets.push(Socket { stream, room: None, inbox: Vec::new() });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn read(&mut self, id: usize) -> Result<()> {
        let socket = self.sockets.get_mut(id).context("an unknown socket")?;
        let mut buffer = [0; 4_096];
        match socket.stream.read(&mut buffer) {
            Ok(count) => socket.inbox.extend_from_slice(&buffer[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return Ok(()),
            // A client that leaves takes its socket with it; the parent says when all is over.
            Err(_) => return Ok(()),
        }
        if socket.room.is_none() && socket.inbox.len() >= 4 {
            let hello: Vec<u8> = socket.inbox.drain(..4).collect();
            let room = u32::from_be_bytes([hello[0], hello[1], hello[2], hello[3]]) as usize;
            socket.room = Some(room);
            let mut ready = Vec::new();
            frames::unmasked(frames::TEXT, br#"{"type":"ready"}"#, &mut ready);
            write_all(&mut socket.stream, &ready)?;
            self.rooms.resize_with(self.rooms.len().max(room + 1), Vec::new);
            self.rooms[room].push(id);
        }
        self.fan_out(id)
    }

    fn fan_out(&mut self, id: usize) -> Result<()> {
        let Some(room) = self.sockets[id].room else { return Ok(()) };
        while self.sockets[id].inbox.len() >= 8 {
            self.batch.clear();
            for _ in 0..self.per_write.min(self.sockets[id].inbox.len() / 8) {
                let token: Vec<u8> = self.sockets[id].inbox.drain(..8).collect();
                let token = token.iter().fold(0_u64, |token, byte| token << 8 | u64::from(*byte));
                let digits = format!("{token:012x}");
                self.frame[self.token_at..self.token_at + 12].copy_from_slice(digits.as_bytes());
                self.batch.extend_from_slice(&self.frame);
            }
            for member in &self.rooms[room] {
                write_all(&mut self.sockets[*member].stream, &self.batch)?;
            }
        }
        Ok(())
    }
}

/// One system call where the socket takes it all, which it does while posts in flight are few.
fn write_all(stream: &mut TcpStream, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::{Adapter, Seen, Snug};

    #[test]
    fn the_frame_of_the_floor_is_recognised_with_any_token_in_it() {
        let message = example_message(200);
        assert_eq!(run_of(&message).unwrap(), 1);
        let mut sender = Sender::new(&message, 1).unwrap();
        let (at, digits) = (sender.token_at, format!("{:012x}", 99));
        sender.frame[at..at + 12].copy_from_slice(digits.as_bytes());
        let frames::Next::Frame(frame) = frames::next(&sender.frame) else { panic!("no frame") };
        assert_eq!(Snug::recogniser(1).recognise(frame.payload), Seen::Delivery(99));
    }
}
