//! Memory at an address that O_DIRECT accepts.

use autobot_stats::Random;

/// What every common device accepts: the page size, a multiple of each logical block size.
pub(super) const ALIGNMENT: usize = 4096;

/// Bytes that begin at a multiple of [`ALIGNMENT`]. A piece of a larger vector, so that no unsafe code is needed.
#[derive(Debug)]
pub(super) struct AlignedBuffer {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
}

impl AlignedBuffer {
    /// `len` bytes that do not compress.
    pub(super) fn random(len: usize, random: &mut Random) -> Self {
        let mut bytes = vec![0; len + ALIGNMENT];
        let address = bytes.as_ptr().addr();
        let start = address.next_multiple_of(ALIGNMENT) - address;
        for chunk in bytes.chunks_mut(8) {
            for (slot, byte) in chunk.iter_mut().zip(random.bits().to_le_bytes()) {
                *slot = byte;
            }
        }
        Self { bytes, start, len }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..self.start + self.len).unwrap_or_default()
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.start..self.start + self.len).unwrap_or_default()
    }

    /// Makes the block differ from all others, so that nothing below can store it once.
    pub(super) fn mark(&mut self, number: u64) {
        for (slot, byte) in self.bytes_mut().iter_mut().zip(number.to_le_bytes()) {
            *slot ^= byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_has_its_length_and_an_aligned_address() {
        for len in [512, 4096, 1 << 20] {
            let buffer = AlignedBuffer::random(len, &mut Random::new(1));
            assert_eq!(buffer.bytes().len(), len);
            assert_eq!(buffer.bytes().as_ptr().addr() % ALIGNMENT, 0);
        }
    }
}
