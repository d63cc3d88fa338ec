//! The buffers of UDP sockets: `/proc/net/udp` and `udp6`.

use std::path::Path;

use crate::CapabilityError;
use crate::kernel::source::{Source, optional};
use crate::kernel::text::{Line, Malformed, hexadecimal, lines, whole_number};

/// The buffers of all UDP sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UdpQueues {
    /// Bytes that wait for a program to take them.
    pub received: u64,
    /// Bytes that wait to be sent.
    pub sent: u64,
    /// Packets that the sockets which are open now have lost.
    pub drops: u64,
}

pub(super) struct Reader {
    udp: Source,
    udp6: Source,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self { udp: Source::records(root.join("proc/net/udp")), udp6: Source::records(root.join("proc/net/udp6")) }
    }

    pub(super) fn read(&mut self) -> Result<UdpQueues, CapabilityError> {
        let mut queues = UdpQueues::default();
        self.udp.parse(|text| parse(text, &mut queues))?;
        optional(self.udp6.parse(|text| parse(text, &mut queues)))?;
        Ok(queues)
    }
}

/// `sl local rem st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ref pointer drops`, under a line of headings.
fn parse(text: &[u8], queues: &mut UdpQueues) -> Result<(), Malformed> {
    for mut line in lines(text).skip(1) {
        line.skip(4);
        let both = line.expect_field("the queues")?;
        let (sent, received) = halves(both).ok_or_else(|| line.not_a_number("the queues", both))?;
        line.skip(7);
        queues.sent = queues.sent.saturating_add(sent);
        queues.received = queues.received.saturating_add(received);
        queues.drops = queues.drops.saturating_add(drops(&mut line)?);
    }
    Ok(())
}

fn drops(line: &mut Line<'_>) -> Result<u64, Malformed> {
    let field = line.expect_field("the packets dropped")?;
    whole_number(field).ok_or_else(|| line.not_a_number("the packets dropped", field))
}

fn halves(field: &[u8]) -> Option<(u64, u64)> {
    let colon = field.iter().position(|&byte| byte == b':')?;
    Some((hexadecimal(&field[..colon])?, hexadecimal(&field[colon + 1..])?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SOCKET: &str = "  77: 00000000:0044 00000000:0000 07 00000010:000001F0 00:00000000 00000000     0        0 \
                          12345 2 0000000000000000 9\n";

    #[test]
    fn the_buffers_of_all_sockets_are_summed() {
        let mut queues = UdpQueues::default();
        parse(format!("head\n{SOCKET}{SOCKET}").as_bytes(), &mut queues).unwrap();
        assert_eq!(queues, UdpQueues { received: 992, sent: 32, drops: 18 });
        for (text, problem) in [
            (SOCKET.replace("00000010:", "-1:"), "/f, line 2: expected a number for the queues, found `-1:000001F0`"),
            (SOCKET.replace("000000 9", "000000"), "/f, line 2: ends before the packets dropped"),
        ] {
            let error = parse(format!("head\n{text}").as_bytes(), &mut queues).unwrap_err();
            assert_eq!(error.in_file(Path::new("/f")).to_string(), problem);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse(&[b"head\n1 2 3 4 ", &bytes[..]].concat(), &mut UdpQueues::default());
        }
    }
}
