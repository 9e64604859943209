//! What `strace` writes down, one line at a time.

use anyhow::{Context, Result, ensure};

/// The calls that are written down: what changes a file, what waits for the disk, what tells a peer something.
const CALLS: &str = "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,ftruncate,fallocate,fdatasync,fsync,unlink,unlinkat";
/// Bytes of a call's data that are written down: more than any write of the server has, or the reading below would refuse it.
const MOST_BYTES: &str = "1048576";

/// The words in front of the server's own, so that its calls are written to `trace`. The server stays this process's child (`-D`), and
/// only the calls above are stopped at (`--seccomp-bpf`).
pub fn wrapper(trace: &std::path::Path) -> Result<Vec<String>> {
    let trace = trace.to_str().context("the path of the trace is not UTF-8")?;
    let words = ["strace", "-D", "-f", "--seccomp-bpf", "-y", "-xx", "-s", MOST_BYTES, "-e", &format!("trace={CALLS}"), "-o", trace, "--"];
    Ok(words.map(str::to_owned).to_vec())
}

/// One line. A call that another thread's line interrupted is written in two: its beginning and its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Whole {
        thread: u32,
        call: Call<'a>,
        result: Option<i64>,
    },
    Began {
        thread: u32,
        call: Call<'a>,
    },
    Ended {
        thread: u32,
        result: Option<i64>,
    },
    /// A thread is no more.
    Gone {
        thread: u32,
    },
    /// A signal, which changes nothing.
    Signal,
}

/// A call and what stood between its brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    pub name: &'a str,
    arguments: &'a str,
}

impl<'a> Line<'a> {
    /// # Errors
    /// It is no line of `strace`.
    pub fn parse(line: &'a str) -> Result<Self> {
        let (thread, rest) = line.split_once(' ').context("no thread")?;
        let (thread, rest) = (thread.parse().context("no thread")?, rest.trim_start());
        if rest.starts_with("+++") {
            return Ok(Self::Gone { thread });
        }
        if rest.starts_with("---") {
            return Ok(Self::Signal);
        }
        if let Some(resumed) = rest.strip_prefix("<... ") {
            return Ok(Self::Ended { thread, result: result(resumed) });
        }
        let (name, rest) = rest.split_once('(').context("no call")?;
        if let Some(arguments) = rest.strip_suffix("<unfinished ...>") {
            return Ok(Self::Began { thread, call: Call { name, arguments: arguments.trim_end() } });
        }
        let end = rest.rfind(')').filter(|_| rest.contains(" = ")).context("a call without an end")?;
        // What is said about an error stands in brackets behind its number.
        let end = rest.rfind(") = ").or_else(|| rest.find(") ")).unwrap_or(end);
        Ok(Self::Whole { thread, call: Call { name, arguments: &rest[..end] }, result: result(&rest[end..]) })
    }
}

/// The number behind the last ` = `; nothing for a call that never returned.
fn result(text: &str) -> Option<i64> {
    text.rsplit_once(" = ")?.1.split(' ').next()?.parse().ok()
}

impl Call<'_> {
    /// What the first argument, a descriptor, stands for: a path, or `socket:[NUMBER]`.
    ///
    /// # Errors
    /// It is written in another way.
    pub fn target(&self) -> Result<String> {
        let start = self.arguments.find('<').context("no descriptor")? + 1;
        let end = self.arguments.find('>').filter(|end| *end >= start).context("no descriptor")?;
        String::from_utf8(bytes(&self.arguments[start..end])?).context("a path that is not UTF-8")
    }

    /// All that stands in quotation marks, joined: the data of a write, in however many pieces.
    ///
    /// # Errors
    /// It was not written down to its end.
    pub fn data(&self) -> Result<Vec<u8>> {
        let mut data = Vec::new();
        let mut pieces = self.arguments.split('"');
        pieces.next();
        while let Some(quoted) = pieces.next() {
            data.append(&mut bytes(quoted)?);
            ensure!(!pieces.next().unwrap_or_default().starts_with("..."), "a {} was not written down to its end", self.name);
        }
        Ok(data)
    }

    /// The last argument, where that is a number.
    ///
    /// # Errors
    /// It is none.
    pub fn last_number(&self) -> Result<u64> {
        self.arguments.rsplit(", ").next().unwrap_or_default().parse().with_context(|| format!("no number at the end of a {}", self.name))
    }
}

/// `\x68\x69` as bytes.
fn bytes(text: &str) -> Result<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (places, rest) = text.as_bytes().as_chunks::<4>();
    ensure!(rest.is_empty(), "not written in hexadecimal: {text}");
    let byte = |place: &[u8; 4]| match place {
        [b'\\', b'x', high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    places.iter().map(byte).collect::<Option<_>>().with_context(|| format!("not written in hexadecimal: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(line: &str) -> (Call<'_>, Option<i64>) {
        match Line::parse(line).unwrap() {
            Line::Whole { call, result, .. } => (call, result),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn calls_are_read_with_their_target_data_and_result() {
        let (call, result) = whole(r#"7 pwrite64(3<\x2f\x66>, "\x68\x69\x00", 3, 4096) = 3"#);
        assert_eq!((call.name, call.target().unwrap().as_str(), call.data().unwrap().as_slice()), ("pwrite64", "/f", &b"hi\0"[..]));
        assert_eq!((call.last_number().unwrap(), result), (4096, Some(3)));
        let (call, result) = whole(r#"7 writev(4<\x66>, [{iov_base="\x61", iov_len=1}, {iov_base="\x62\x63", iov_len=2}], 2) = 3"#);
        assert_eq!((call.data().unwrap(), result), (b"abc".to_vec(), Some(3)));
        let (_, result) = whole(r#"7 sendto(4<\x66>, "\x61", 1, MSG_NOSIGNAL, NULL, 0) = -1 EAGAIN (Resource temporarily unavailable)"#);
        assert_eq!(result, Some(-1));
        assert_eq!(whole(r"9 fdatasync(3<\x66>) = ?").1, None);
    }

    #[test]
    fn a_call_may_be_written_in_two_and_a_thread_may_end() {
        let Line::Began { thread: 8, call } = Line::parse(r"8 fdatasync(3<\x66> <unfinished ...>").unwrap() else { panic!() };
        assert_eq!(call.target().unwrap(), "f");
        assert_eq!(Line::parse("8 <... fdatasync resumed>) = 0").unwrap(), Line::Ended { thread: 8, result: Some(0) });
        assert_eq!(Line::parse("8 +++ killed by SIGKILL +++").unwrap(), Line::Gone { thread: 8 });
        assert_eq!(Line::parse("8 --- SIGTERM {si_signo=SIGTERM} ---").unwrap(), Line::Signal);
    }

    #[test]
    fn what_was_cut_short_is_no_data() {
        let (call, _) = whole(r#"7 write(3<\x66>, "\x61"..., 4096) = 4096"#);
        assert!(call.data().is_err());
        assert!(Line::parse("no line").is_err());
    }
}
