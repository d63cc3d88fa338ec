//! Echo requests and replies of ICMP, as bytes.

/// Of both ICMP and ICMPv6: type, code, checksum, identifier, sequence.
const HEADER: usize = 8;

/// What tells the answers to our requests from those to others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) is_v6: bool,
    /// `None` where the kernel puts its own in and hands over matching answers alone.
    pub(super) identifier: Option<u16>,
    /// As much of it as the payload holds.
    pub(super) cookie: [u8; 8],
    /// Of the payload.
    pub(super) size: usize,
}

impl Mark {
    /// Request `number`, checksum included. (The kernel makes its own for ICMPv6.)
    pub(super) fn request(&self, number: u16) -> Vec<u8> {
        let mut bytes = vec![if self.is_v6 { 128 } else { 8 }, 0, 0, 0];
        bytes.extend_from_slice(&self.identifier.unwrap_or_default().to_be_bytes());
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend(self.payload());
        let sum = checksum(&bytes).to_be_bytes();
        bytes[2..4].copy_from_slice(&sum);
        bytes
    }

    /// The number of the request that `message` answers.
    pub(super) fn number(&self, message: &[u8]) -> Option<u16> {
        let (&[kind, code, _, _, id_high, id_low, high, low], payload) = message.split_first_chunk::<HEADER>()?;
        let is_reply = kind == if self.is_v6 { 129 } else { 0 } && code == 0;
        let is_ours = self.identifier.is_none_or(|ours| ours == u16::from_be_bytes([id_high, id_low]));
        let is_whole = payload.iter().copied().eq(self.payload());
        (is_reply && is_ours && is_whole).then(|| u16::from_be_bytes([high, low]))
    }

    fn payload(&self) -> impl Iterator<Item = u8> {
        self.cookie.into_iter().chain(std::iter::repeat(b'.')).take(self.size)
    }
}

/// What follows the header of IPv4, which raw sockets hand over, too.
pub(super) fn after_ipv4(packet: &[u8]) -> Option<&[u8]> {
    let first = packet.first()?;
    let words = usize::from(first & 0x0f);
    if first >> 4 == 4 && words >= 5 { packet.get(words * 4..) } else { None }
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let word = |pair: &[u8]| u64::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or_default()]));
    let mut sum: u64 = bytes.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mark(is_v6: bool, size: usize) -> Mark {
        Mark { is_v6, identifier: Some(0x1234), cookie: *b"cookies!", size }
    }

    fn reply(mark: &Mark, number: u16) -> Vec<u8> {
        let mut bytes = mark.request(number);
        bytes[0] = if mark.is_v6 { 129 } else { 0 };
        bytes
    }

    #[test]
    fn a_request_is_as_the_rfc_has_it() {
        let request = mark(false, 10).request(7);
        assert_eq!(request[..2], [8, 0]);
        assert_eq!(request[4..], *b"\x12\x34\x00\x07cookies!..");
        assert_eq!(checksum(&request), 0, "a message with its checksum sums up to nothing");
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2, "the example of RFC 1071");
    }

    #[test]
    fn only_our_own_replies_count() {
        for is_v6 in [false, true] {
            for size in [0, 3, 8, 56, 1400] {
                let ours = mark(is_v6, size);
                assert_eq!(ours.number(&reply(&ours, 99)), Some(99));
                assert_eq!(ours.number(&ours.request(99)), None, "our own request, which loopback shows");
                assert_eq!(ours.number(&reply(&Mark { identifier: Some(1), ..ours }, 99)), None);
                assert_eq!(ours.number(&[&reply(&ours, 99)[..], b"."].concat()), None);
                if size > 0 {
                    assert_eq!(ours.number(&reply(&Mark { cookie: *b"brownies", ..ours }, 99)), None);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_reply_or_not(bytes: Vec<u8>) {
            let _ = mark(false, 8).number(&bytes);
            let _ = after_ipv4(&bytes).map(|rest| mark(false, 8).number(rest));
        }
    }
}
