//! The smallest server that can be driven: what a client of `/?room=N` says goes to everyone there.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Right,
    /// Everybody hears everything twice.
    Twice,
}

type Rooms = Arc<Mutex<HashMap<String, Vec<TcpStream>>>>;

/// Starts it; it lives as long as the test's process.
pub fn start(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let rooms = Rooms::default();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, rooms) = (stream.unwrap(), Arc::clone(&rooms));
            // A client that leaves ends its thread, however it leaves.
            thread::spawn(move || serve(stream, &rooms, manner));
        }
    });
    format!("http://{address}")
}

fn serve(mut stream: TcpStream, rooms: &Rooms, manner: Manner) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let room = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    stream.set_nodelay(true)?;
    stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")?;
    rooms.lock().unwrap().entry(room.clone()).or_default().push(stream);
    loop {
        let text = read_frame(&mut reader)?;
        let mut frame = vec![0x81, 126];
        frame.extend_from_slice(&u16::try_from(text.len()).unwrap().to_be_bytes());
        frame.extend_from_slice(&text);
        for member in rooms.lock().unwrap().entry(room.clone()).or_default() {
            // Who has left hears nothing; the others must.
            let _ = member.write_all(&frame);
            if manner == Manner::Twice {
                let _ = member.write_all(&frame);
            }
        }
    }
}

/// A masked text frame of 126 to 65,535 bytes, which is all that the load tool sends here.
fn read_frame(reader: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut header = [0; 8];
    reader.read_exact(&mut header)?;
    assert_eq!(header[..2], [0x81, 0x80 | 126]);
    let mut text = vec![0; usize::from(u16::from_be_bytes([header[2], header[3]]))];
    reader.read_exact(&mut text)?;
    text.iter_mut().zip(header[4..].iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    Ok(text)
}
